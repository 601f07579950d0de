// SlicedAggregate: the window aggregate over tumbling, hopping and cumulating windows and over
// input that is windowed already; the complete and the global phase. Rows go into slices; when the
// watermark passes a window's end its groups are put together from its slices and handed out chunk
// by chunk, windows in order of their end, groups in the order in which they came. The task's
// thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICED_AGGREGATE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICED_AGGREGATE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "engine/operators/operator.h"
#include "engine/operators/window_aggregate/partial_rows.h"
#include "engine/operators/window_aggregate/slice_assigner.h"
#include "engine/operators/window_aggregate/slice_tables.h"
#include "engine/operators/window_aggregate/window_assembler.h"
#include "engine/operators/window_aggregate/window_geometry.h"
#include "engine/state/value_table.h"
#include "plan/job_graph.h"

namespace laminar::engine {

class SlicedAggregate final : public Operator {
 public:
  SlicedAggregate(const plan::WindowAggregateSpec& spec,
                  const data::Schema& input,
                  const data::Schema& output);

  absl::Status Open(OperatorContext& context) override;
  absl::Status Process(int input, data::Chunk chunk) override;
  absl::Status ProcessWatermark(data::Watermark watermark) override;
  absl::StatusOr<std::optional<data::Chunk>> Produce() override;
  void Close() override;
  std::vector<StateTable*> StateTables() override;
  void StateRestored() override;

 private:
  struct Emission {
    SliceId window;
    const KeyedTable* groups = nullptr;
    KeyedTable::Cursor cursor;
  };

  absl::Status ProcessPart(const SliceAssigner::Part& part, data::idx_t count);
  absl::Status UpdateSlice(SliceTables::Slice& slice,
                           const SliceAssigner::Part& part,
                           data::idx_t count);
  int64_t NumLateRows(const SliceAssigner::Part& part, data::idx_t count) const;
  int64_t LastEnd(SliceId slice) const { return geometry_ ? geometry_->LastEnd(slice) : slice.end; }

  absl::StatusOr<bool> StartWindow();
  absl::Status FinishWindow();
  absl::StatusOr<data::Chunk> EmitChunk(uint8_t* const* rows, data::idx_t count);
  void UpdateGauges();
  KeyGroupRule key_group_rule() const;

  const plan::WindowAggregateSpec spec_;
  const data::Schema input_schema_;
  const data::Schema output_schema_;
  OperatorMetrics* metrics_ = nullptr;

  std::optional<WindowGeometry> geometry_;  // not set: the input is windowed
  std::optional<SliceAssigner> assigner_;
  std::unique_ptr<AggregatePlan> plan_;
  std::unique_ptr<SliceTables> tables_;
  std::unique_ptr<ChunkInput> input_;
  std::unique_ptr<PartialRows> partials_;  // of the global phase
  std::unique_ptr<WindowAssembler> assembler_;
  ValueTable values_;

  int64_t sequence_ = 1;  // arrival number of the next row
  int64_t closed_;        // windows that end here or before are over
  int64_t watermark_;
  base::MonotonicTime watermark_arrival_;
  std::optional<Emission> emission_;
  absl::Status restored_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_SLICED_AGGREGATE_H_
