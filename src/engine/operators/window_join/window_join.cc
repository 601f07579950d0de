#include "engine/operators/window_join/window_join.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "engine/operators/window_join/join_run.h"
#include "engine/operators/window_join/join_shape.h"
#include "engine/operators/window_rows/late_counts.h"
#include "engine/operators/window_rows/window_split.h"
#include "engine/state/memory_charge.h"
#include "engine/state/row_log.h"
#include "engine/state/value_table.h"

namespace laminar::engine {
namespace {

using data::Chunk;

class WindowJoin : public Operator {
 public:
  WindowJoin(JoinShape shape, std::unique_ptr<expression::FilterEvaluator> residual)
      : shape_(std::move(shape)), residual_(std::move(residual)) {}

  absl::Status Open(OperatorContext& context) override {
    metrics_ = &context.metrics;
    left_.emplace(shape_.left.state, KeyGroupsOf(shape_.left), context.memory);
    right_.emplace(shape_.right.state, KeyGroupsOf(shape_.right), context.memory);
    charge_.emplace("window join", context.memory);
    return absl::OkStatus();
  }

  absl::Status Process(int input, Chunk chunk) override {
    LAMINAR_ASSERT(!run_, input);
    LAMINAR_ASSERT(chunk.row_kinds().empty(), chunk.num_rows());
    const JoinInput& side = input == 0 ? shape_.left : shape_.right;
    split_.Split(chunk, side.window_column, watermark_.time);
    split_.Count(*metrics_);
    return side.Append(chunk, split_, input == 0 ? *left_ : *right_);
  }

  absl::Status ProcessWatermark(data::Watermark watermark) override {
    metrics_->state_bytes.Set(left_->bytes() + right_->bytes());
    metrics_->state_keys.Set(left_->num_rows() + right_->num_rows());
    // After a restore the sources may be behind what they had reached.
    watermark.time = std::max(watermark_.time, watermark.time);
    watermark_ = watermark;
    return absl::OkStatus();
  }

  std::vector<StateTable*> StateTables() override {
    // Rows of windows that were joined before are late after a restore, too.
    values_.Set("watermark", watermark_.time.micros, ValueTable::Merge::kLeast);
    SaveLateCounts(*metrics_, values_);
    return {&*left_, &*right_, &values_};
  }

  void StateRestored() override {
    watermark_.time.micros =
        values_.Restored("watermark", data::EventTime::Min().micros, ValueTable::Merge::kLeast);
    RestoreLateCounts(values_, *metrics_);
  }

  absl::StatusOr<std::optional<Chunk>> Produce() override {
    while (run_ || StartNextWindow()) {
      LAMINAR_RETURN_IF_ERROR(charge_->status());
      // What the output before has brought back.
      left_->TrimSpill(window_);
      right_->TrimSpill(window_);
      LAMINAR_ASSIGN_OR_RETURN(std::optional<Chunk> output, run_->Next());
      if (output) {
        output->set_arrival(watermark_.arrival);
        return output;
      }
      FinishWindow();
    }
    return std::nullopt;
  }

  void Close() override {
    run_.reset();
    left_.reset();
    right_.reset();
    charge_.reset();
  }

 private:
  // As the exchange before a side is made: by the keys, else by the window.
  static RowLog::KeyGroups KeyGroupsOf(const JoinInput& side) {
    return {.rule = side.keys.columns.empty() ? KeyGroupRule::kSlice : KeyGroupRule::kKeys,
            .columns = side.keys.columns};
  }

  // Begins to join the earliest window if it has ended.
  bool StartNextWindow() {
    if (!left_) {
      return false;
    }
    const std::optional<SliceId> left = left_->First();
    const std::optional<SliceId> right = right_->First();
    if (!left && !right) {
      return false;
    }
    const SliceId first = !left ? *right : !right ? *left : std::min(*left, *right);
    if (first.end > watermark_.time.micros) {
      return false;
    }
    window_ = first;
    const std::vector<Chunk>& left_rows = left_->Rows(first);
    const std::vector<Chunk>& right_rows = right_->Rows(first);
    charge_->Take(JoinRun::EstimateBytes(shape_, left_rows, right_rows));
    run_.emplace(shape_, residual_.get(), first, left_rows, right_rows);
    return true;
  }

  void FinishWindow() {
    run_.reset();
    charge_->Release(charge_->bytes());
    left_->Drop(window_);
    right_->Drop(window_);
  }

  const JoinShape shape_;
  const std::unique_ptr<expression::FilterEvaluator> residual_;
  OperatorMetrics* metrics_ = nullptr;
  data::Watermark watermark_;

  std::optional<RowLog> left_;
  std::optional<RowLog> right_;
  ValueTable values_;
  WindowSplit split_;
  // The window that is being joined.
  std::optional<JoinRun> run_;
  SliceId window_;
  std::optional<MemoryCharge> charge_;  // of the run
};

}  // namespace

std::unique_ptr<Operator> MakeWindowJoin(const plan::Node& node,
                                         const data::Schema& left,
                                         const data::Schema& right) {
  const auto& spec = std::get<plan::WindowJoinSpec>(node.spec);
  JoinShape shape(spec, left, right);
  LAMINAR_ASSERT(shape.output_types == node.output.Types(), node.id.value);
  std::unique_ptr<expression::FilterEvaluator> residual;
  if (spec.residual) {
    residual = std::make_unique<expression::FilterEvaluator>(*spec.residual);
  }
  return std::make_unique<WindowJoin>(std::move(shape), std::move(residual));
}

}  // namespace laminar::engine
