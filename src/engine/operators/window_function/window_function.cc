#include "engine/operators/window_function/window_function.h"

#include <algorithm>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "engine/operators/window_function/window_evaluation.h"
#include "engine/operators/window_rows/late_counts.h"
#include "engine/state/memory_charge.h"
#include "engine/state/row_log.h"
#include "engine/state/value_table.h"

namespace laminar::engine {
namespace {

using data::Chunk;
using data::idx_t;

// Rows of a window that are looked through for the best ones at a time; each time at least half of
// them are new.
constexpr idx_t kPruneRowsMin = 8192;

class WindowFunction : public Operator {
 public:
  WindowFunction(FunctionShape shape, RowLog::KeyGroups key_groups, bool local)
      : shape_(std::move(shape)),
        key_groups_(std::move(key_groups)),
        local_(local),
        evaluation_(shape_.ranking ? MakeRankingEvaluation(shape_) : MakeBatchEvaluation(shape_)) {}

  absl::Status Open(OperatorContext& context) override {
    metrics_ = &context.metrics;
    log_.emplace(shape_.input.state, key_groups_, context.memory);
    charge_.emplace("window function", context.memory);
    return absl::OkStatus();
  }

  absl::Status Process(int input, Chunk chunk) override {
    LAMINAR_ASSERT(running_.empty(), input);
    LAMINAR_ASSERT(chunk.row_kinds().empty(), chunk.num_rows());
    split_.Split(chunk, shape_.input.window_column, watermark_.time);
    split_.Count(*metrics_);
    LAMINAR_RETURN_IF_ERROR(shape_.input.Append(chunk, split_, *log_));
    if (shape_.ranking && shape_.limit) {
      for (const WindowSplit::Part& part : split_.parts()) {
        LAMINAR_RETURN_IF_ERROR(PruneIfLarge(part.window));
      }
    }
    return absl::OkStatus();
  }

  absl::Status ProcessWatermark(data::Watermark watermark) override {
    metrics_->state_bytes.Set(log_->bytes());
    metrics_->state_keys.Set(log_->num_rows());
    // After a restore the sources may be behind what they had reached.
    watermark.time = std::max(watermark_.time, watermark.time);
    watermark_ = watermark;
    return absl::OkStatus();
  }

  // Rows of a partition are in any subtask here, and would have no owner after a restore at another
  // parallelism: the best of them go on, and those that come later after them.
  absl::Status ProcessBarrier(data::Barrier barrier) override {
    hands_on_ = local_;
    return absl::OkStatus();
  }

  std::vector<StateTable*> StateTables() override {
    // Rows of windows that were evaluated before are late after a restore, too.
    values_.Set("watermark", watermark_.time.micros, ValueTable::Merge::kLeast);
    SaveLateCounts(*metrics_, values_);
    if (local_) {
      LAMINAR_ASSERT(log_->num_rows() == 0, log_->num_rows());
      return {&values_};
    }
    return {&*log_, &values_};
  }

  void StateRestored() override {
    watermark_.time.micros =
        values_.Restored("watermark", data::EventTime::Min().micros, ValueTable::Merge::kLeast);
    RestoreLateCounts(values_, *metrics_);
  }

  absl::StatusOr<std::optional<Chunk>> Produce() override {
    while (true) {
      if (running_.empty()) {
        LAMINAR_RETURN_IF_ERROR(StartNextWindows());
        if (running_.empty()) {
          hands_on_ = false;
          return std::nullopt;
        }
      }
      std::optional<Chunk> output = evaluation_->Next();
      if (output) {
        output->set_arrival(watermark_.arrival);
        return output;
      }
      FinishWindows();
    }
  }

  void Close() override {
    running_.clear();
    log_.reset();
    charge_.reset();
  }

 private:
  // Evaluates the earliest windows that have ended; running_ stays empty where none has.
  absl::Status StartNextWindows() {
    idx_t num_rows = 0;
    for (std::optional<SliceId> window = log_->First();
         window && (hands_on_ || window->end <= watermark_.time.micros) &&
         num_rows < evaluation_->num_rows_wanted();
         window = log_->Next(*window)) {
      running_.push_back({*window, &log_->Rows(*window)});
      num_rows += log_->NumRows(*window);
    }
    if (running_.empty()) {
      return absl::OkStatus();
    }
    charge_->Take(evaluation_->EstimateBytes(running_));
    LAMINAR_RETURN_IF_ERROR(charge_->status());
    return evaluation_->Start(running_);
  }

  void FinishWindows() {
    for (const WindowRows& rows : running_) {
      log_->Drop(rows.window);
      prune_at_.erase(rows.window);
    }
    running_.clear();
    charge_->Release(charge_->bytes());
  }

  // Drops the rows of a window that cannot be among the best any more, once enough have come for it
  // to be worth while.
  absl::Status PruneIfLarge(SliceId window) {
    const auto [found, added] = prune_at_.try_emplace(window, kPruneRowsMin);
    if (log_->NumRows(window) < found->second) {
      return absl::OkStatus();
    }
    LAMINAR_ASSIGN_OR_RETURN(RankedRows best, RankRows(log_->Rows(window), *shape_.ranking));
    std::sort(best.rows.begin(), best.rows.end());  // arrival decides between equal rows
    LAMINAR_RETURN_IF_ERROR(log_->Retain(window, best.rows));
    found->second = std::max(kPruneRowsMin, 2 * static_cast<idx_t>(best.rows.size()));
    return absl::OkStatus();
  }

  const FunctionShape shape_;
  const RowLog::KeyGroups key_groups_;
  const bool local_;
  const std::unique_ptr<WindowEvaluation> evaluation_;
  OperatorMetrics* metrics_ = nullptr;
  data::Watermark watermark_;

  std::optional<RowLog> log_;
  ValueTable values_;
  WindowSplit split_;
  std::map<SliceId, idx_t> prune_at_;  // rows at which a window is looked through again
  std::vector<WindowRows> running_;    // the windows that are being evaluated
  bool hands_on_ = false;              // all windows are to be evaluated, ended or not
  std::optional<MemoryCharge> charge_;
};

}  // namespace

std::unique_ptr<Operator> MakeWindowFunction(const plan::Node& node, const data::Schema& input) {
  const auto& spec = std::get<plan::WindowFunctionSpec>(node.spec);
  FunctionShape shape(spec, input, node.output.Types());
  // As the exchange before it is made: by the partition, else by the window.
  RowLog::KeyGroups key_groups{
      .rule = spec.partition_by.empty() ? KeyGroupRule::kSlice : KeyGroupRule::kKeys,
      .columns = shape.input.KeptPositions(spec.partition_by)};
  return std::make_unique<WindowFunction>(std::move(shape), std::move(key_groups), spec.local);
}

}  // namespace laminar::engine
