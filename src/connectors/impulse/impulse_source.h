// ImpulseSource: one subtask's share of a counter. Event n belongs to split n modulo the number of
// splits (see fixed_splits.h), so that counters are the same set of numbers however many subtasks
// count, and a split's rows are the same whoever reads it. Task thread only.
#ifndef LAMINAR_CONNECTORS_IMPULSE_IMPULSE_SOURCE_H_
#define LAMINAR_CONNECTORS_IMPULSE_IMPULSE_SOURCE_H_

#include <cstdint>
#include <limits>
#include <optional>
#include <vector>

#include "connectors/api/fixed_splits.h"
#include "connectors/api/rate_schedule.h"
#include "connectors/api/source_reader.h"

namespace laminar::connectors::impulse {

/// counter, subtask_index, datetime.
const data::Schema& ImpulseSchema();
enum ImpulseColumn : size_t { kCounterColumn, kSubtaskColumn, kDatetimeColumn };

struct ImpulseOptions {
  static constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();

  double event_rate = 0;  // events per second of all subtasks; 0: as fast as they are taken
  int64_t message_count = kUnbounded;
  std::optional<int64_t> interval_micros;  // of event time between events; unset: the clock's time
  std::optional<int64_t> base_micros;      // unset: when the source opens

  /// Reads a table's options. InvalidArgument in the user's words.
  static absl::StatusOr<ImpulseOptions> FromTable(const data::ConnectorTable& table);
};

/// How many events of a stream have a time that TIMESTAMP holds. REQUIRES: interval_micros >= 0.
int64_t CountTimedEvents(int64_t base_micros, int64_t interval_micros);
/// The error of an event whose time no TIMESTAMP holds.
absl::Status TimeOverflow(int64_t event, int64_t interval_micros);

class ImpulseSource final : public SourceReader {
 public:
  ImpulseSource(SourceContext context, const ImpulseOptions& options);
  absl::Status Open() override;
  absl::StatusOr<PollResult> Poll(data::Chunk& chunk) override;
  absl::StatusOr<std::vector<data::SplitPosition>> Positions() override;
  void Close() override {}

 private:
  struct Split {
    int64_t number = 0;
    int64_t next = 0;  // event
  };

  absl::Status TakeSplits();
  // The split whose next event comes first, which is there while any split has not ended.
  Split* FirstSplit();
  int64_t EventMicros(int64_t n, int64_t now_micros) const;
  data::Chunk Make(const Split& split, int64_t count, int64_t now_micros) const;
  PollResult Take(Split& split, int64_t bound, base::MonotonicTime now, data::Chunk& chunk);

  SourceContext context_;
  ImpulseOptions options_;
  std::vector<size_t> columns_;  // of ImpulseSchema
  std::optional<RateSchedule> schedule_;
  int64_t base_micros_ = 0;
  int64_t num_timed_ = 0;
  FixedSplits fixed_;
  std::vector<Split> splits_;
};

}  // namespace laminar::connectors::impulse

#endif  // LAMINAR_CONNECTORS_IMPULSE_IMPULSE_SOURCE_H_
