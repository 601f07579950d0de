// SessionAggregate: the window aggregate over session windows. A row joins the open session of its
// key that lies within the gap, or opens one; a row between two sessions makes them one. A session
// ends its gap after its last row and is put out when the watermark has passed that end; rows at
// exactly the gap's distance still belong to it. The task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SESSION_AGGREGATE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SESSION_AGGREGATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/operators/operator.h"
#include "engine/operators/window_aggregate/chunk_input.h"
#include "engine/operators/window_aggregate/session_close.h"
#include "engine/operators/window_aggregate/session_table.h"
#include "engine/state/value_table.h"
#include "plan/job_graph.h"

namespace laminar::engine {

class SessionAggregate final : public Operator {
 public:
  SessionAggregate(const plan::WindowAggregateSpec& spec,
                   const data::Schema& input,
                   const data::Schema& output);

  absl::Status Open(OperatorContext& context) override;
  absl::Status Process(int input, data::Chunk chunk) override;
  absl::Status ProcessWatermark(data::Watermark watermark) override;
  absl::StatusOr<std::optional<data::Chunk>> Produce() override;
  data::EventTime OutputWatermark(data::EventTime input) const override;
  void Close() override;
  std::vector<StateTable*> StateTables() override;
  void StateRestored() override;

 private:
  absl::Status ProcessRow(uint8_t* key_row, int64_t time, data::idx_t position);
  absl::Status Flush();

  const plan::WindowAggregateSpec spec_;
  const data::Schema input_schema_;
  const data::Schema output_schema_;
  int64_t gap_ = 0;
  OperatorMetrics* metrics_ = nullptr;

  std::unique_ptr<AggregatePlan> plan_;
  std::unique_ptr<SessionTable> sessions_;
  std::unique_ptr<ChunkInput> input_;
  std::unique_ptr<SessionClose> close_;
  ValueTable values_;
  GroupedSelection
      pending_;  // rows of the chunk whose session is known, not yet added to its states

  int64_t sequence_ = 1;
  int64_t watermark_;
  base::MonotonicTime watermark_arrival_;
  absl::Status restored_;
  std::vector<uint8_t*> due_;  // to be put out
  size_t num_done_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SESSION_AGGREGATE_H_
