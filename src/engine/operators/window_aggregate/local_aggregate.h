// LocalAggregate: the first half of a two-phase aggregate. Rows are gathered per slice and key
// where they arise and leave as partial states (see plan/partial_aggregate.h) before a window over
// their slice can close, so the exchange carries a row per key and slice instead of one per event.
// Where keys hardly repeat, states leave with every chunk: nothing is gained by holding them, and
// nothing lost. The task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_LOCAL_AGGREGATE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_LOCAL_AGGREGATE_H_

#include <cstdint>
#include <memory>
#include <optional>

#include "engine/operators/operator.h"
#include "engine/operators/window_aggregate/slice_assigner.h"
#include "engine/operators/window_aggregate/slice_tables.h"
#include "engine/operators/window_aggregate/window_geometry.h"
#include "engine/state/value_table.h"
#include "plan/job_graph.h"

namespace laminar::engine {

class LocalAggregate final : public Operator {
 public:
  LocalAggregate(const plan::WindowAggregateSpec& spec,
                 const data::Schema& input,
                 const data::Schema& output);

  absl::Status Open(OperatorContext& context) override;
  absl::Status Process(int input, data::Chunk chunk) override;
  absl::Status ProcessWatermark(data::Watermark watermark) override;
  absl::Status ProcessBarrier(data::Barrier barrier) override;
  absl::Status EndInput(int input) override;
  absl::StatusOr<std::optional<data::Chunk>> Produce() override;
  void Close() override;
  std::vector<StateTable*> StateTables() override;
  void StateRestored() override;

 private:
  bool IsDue(SliceId slice) const;
  void DecideToHold(int64_t num_groups_before, int64_t num_rows);
  data::Chunk EmitChunk(SliceId slice, uint8_t* const* rows, data::idx_t count) const;

  const plan::WindowAggregateSpec spec_;
  const data::Schema input_schema_;
  const data::Schema output_schema_;
  OperatorMetrics* metrics_ = nullptr;

  std::optional<WindowGeometry> geometry_;
  std::optional<SliceAssigner> assigner_;
  std::unique_ptr<AggregatePlan> plan_;
  std::unique_ptr<SliceTables> tables_;
  std::unique_ptr<ChunkInput> input_;
  ValueTable values_;

  int64_t sequence_ = 1;  // arrival number of the next row
  int64_t watermark_;
  base::MonotonicTime arrival_;  // of the oldest row held
  bool flush_all_ = false;
  bool holds_ = true;  // false: keys hardly repeat
  int64_t chunks_until_sample_ = 0;
  KeyedTable::Cursor cursor_;  // in the slice that is being put out
  bool emitting_ = false;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_LOCAL_AGGREGATE_H_
