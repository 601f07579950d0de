// NexmarkSource: one subtask's share of a Nexmark stream. Live, it makes events as they are wanted
// or due; in replay it first makes all of them, a block a poll, and then hands them out from
// memory, so that only the engine is measured. Task thread only.
//
// Without a rate, blocks of 2000 events go to the splits (see fixed_splits.h) in turn; with one,
// single events do, so that all subtasks see the same time. A subtask that has several splits takes
// the one whose next event comes first.
#ifndef LAMINAR_CONNECTORS_NEXMARK_NEXMARK_SOURCE_H_
#define LAMINAR_CONNECTORS_NEXMARK_NEXMARK_SOURCE_H_

#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <vector>

#include "connectors/api/fixed_splits.h"
#include "connectors/api/rate_schedule.h"
#include "connectors/api/source_reader.h"
#include "connectors/nexmark/nexmark_generator.h"

namespace laminar::connectors::nexmark {

struct StreamOptions {
  static constexpr int64_t kUnbounded = std::numeric_limits<int64_t>::max();

  double event_rate = 0;  // events per second of all subtasks; 0: as fast as they are taken
  double event_time_rate = 10'000;
  int64_t events = kUnbounded;         // of all subtasks
  int64_t run_nanos = kUnbounded;      // without a rate: ends when this has passed
  std::optional<int64_t> base_micros;  // unset: when the source opens
  uint64_t seed = 0;
  bool replay = false;
  bool prune = false;
  bool dictionary = true;

  /// Reads a table's options. InvalidArgument in the user's words.
  static absl::StatusOr<StreamOptions> FromTable(const data::ConnectorTable& table);
};

/// The error of an event whose time no TIMESTAMP holds.
absl::Status TimeOverflow(int64_t event, double event_time_rate);

class NexmarkSource final : public SourceReader {
 public:
  NexmarkSource(SourceContext context, const StreamOptions& options);
  ~NexmarkSource() override;
  absl::Status Open() override;
  absl::StatusOr<PollResult> Poll(data::Chunk& chunk) override;
  absl::StatusOr<std::vector<data::SplitPosition>> Positions() override;
  void Close() override;

 private:
  struct Split {
    int64_t number = 0;
    int64_t made = 0;       // events of the split so far
    int64_t delivered = 0;  // of these; fewer in replay
  };
  struct Prepared {
    data::Chunk chunk;
    Split* split;
    data::EventTime next;
    bool splits_wait;
  };

  absl::Status TakeSplits();
  Split& FirstSplit();
  // The next events of the split, at most `count_max`; none at the end.
  std::optional<EventRange> NextRange(const Split& split, int64_t count_max) const;
  int64_t NextEvent(const Split& split) const;
  data::Chunk Make(Split& split, const EventRange& range);
  data::EventTime NextTime();
  absl::Status CheckTimes() const;
  // Takes what all prepared events need, by the first block of them.
  absl::Status Reserve();
  Prepared Prepare(Split& split, const EventRange& range);
  absl::StatusOr<PollResult> PrepareBlock(data::Chunk& chunk);
  PollResult Deliver(Prepared made, base::MonotonicTime arrival, data::Chunk& chunk);
  PollResult End();
  PollResult PollReplay(data::Chunk& chunk);
  absl::StatusOr<PollResult> PollUnlimited(data::Chunk& chunk);
  absl::StatusOr<PollResult> PollPaced(RateSchedule& schedule, data::Chunk& chunk);

  SourceContext context_;
  StreamOptions options_;
  std::unique_ptr<NexmarkGenerator> generator_;
  std::optional<RateSchedule> schedule_;
  base::MonotonicTime opened_;
  int64_t block_events_ = 1;
  int64_t ran_nanos_ = 0;  // before it was opened
  int64_t base_micros_ = 0;
  FixedSplits fixed_;
  std::vector<Split> splits_;
  bool has_ended_ = false;
  int64_t num_events_ = 0;  // of all subtasks: those that are wanted and have a time
  bool preparing_ = false;
  int64_t reserved_bytes_ = 0;
  std::vector<Prepared> prepared_;
  size_t next_prepared_ = 0;
};

}  // namespace laminar::connectors::nexmark

#endif  // LAMINAR_CONNECTORS_NEXMARK_NEXMARK_SOURCE_H_
