#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/operators/window_function/window_evaluation.h"
#include "expression/batch_window_evaluator.h"

namespace laminar::engine {
namespace {

using data::Chunk;
using data::idx_t;

// Small windows that end together share the cost of an evaluation.
constexpr idx_t kRowsWanted = 16 * base::kRowsPerChunkMax;

// DuckDB copies the rows to sort them, and once more to compute; then there is the result.
constexpr int64_t kCopiesOfRows = 3;

class BatchEvaluation : public WindowEvaluation {
 public:
  explicit BatchEvaluation(const FunctionShape& shape)
      : shape_(shape),
        evaluator_(shape.calls,
                   shape.input.visible_types,
                   shape.input.window_column,
                   shape.partition_by) {
    // Only integers are compared with a limit.
    LAMINAR_ASSERT(!shape.limit || shape.calls[0].type() == data::LogicalType::BIGINT,
                   shape.calls.size());
  }

  idx_t num_rows_wanted() const override { return kRowsWanted; }

  absl::Status Start(const std::vector<WindowRows>& windows) override {
    std::vector<int32_t> groups;
    for (size_t i = 0; i < windows.size(); ++i) {
      for (const Chunk& chunk : *windows[i].chunks) {
        inputs_.push_back(MakeInput(chunk, windows[i].window));
        windows_.push_back(windows[i].window);
        groups.push_back(static_cast<int32_t>(i));
      }
    }
    LAMINAR_ASSIGN_OR_RETURN(results_, evaluator_.Evaluate(inputs_, groups));
    next_ = 0;
    return absl::OkStatus();
  }

  std::optional<Chunk> Next() override {
    while (next_ < results_.size()) {
      Chunk output = MakeOutput(next_++);
      if (shape_.limit) {
        output = KeepBest(std::move(output));
      }
      if (output.num_rows() > 0) {
        return output;
      }
    }
    inputs_.clear();
    windows_.clear();
    results_.clear();
    next_ = 0;
    return std::nullopt;
  }

  int64_t EstimateBytes(const std::vector<WindowRows>& windows) const override {
    int64_t bytes = 0;
    for (const WindowRows& window : windows) {
      for (const Chunk& chunk : *window.chunks) {
        for (size_t i = 0; i < shape_.input.types.size(); ++i) {
          bytes += kCopiesOfRows *
                   static_cast<int64_t>(chunk.column(i).GetAllocationSize(chunk.num_rows()));
        }
      }
    }
    return bytes;
  }

 private:
  // All visible columns, as the calls name them.
  Chunk MakeInput(const Chunk& rows, SliceId window) const {
    const WindowedInput& input = shape_.input;
    Chunk chunk = Chunk::Shell(input.visible_types);
    chunk.set_num_rows(rows.num_rows());
    chunk.column(input.window_column)
        .Reference(WindowValue(input.visible_types[input.window_column], window));
    for (size_t i = 0; i < input.kept.size(); ++i) {
      chunk.column(input.kept[i]).Reference(rows.column(i));
    }
    return chunk;
  }

  Chunk MakeOutput(size_t index) const {
    Chunk output = shape_.MakeOutput(windows_[index], inputs_[index].num_rows());
    for (const size_t column : shape_.input.kept) {
      output.column(column).Reference(inputs_[index].column(column));
    }
    for (size_t i = 0; i < shape_.calls.size(); ++i) {
      output.column(shape_.OutputOfFunction(i)).Reference(results_[index].column(i));
    }
    return output;
  }

  Chunk KeepBest(Chunk output) const {
    data::UnifiedVectorFormat values;
    output.column(shape_.OutputOfFunction(0)).ToUnifiedFormat(output.num_rows(), values);
    const auto* numbers = data::UnifiedVectorFormat::GetData<int64_t>(values);
    data::SelectionVector best(output.num_rows());
    idx_t num_best = 0;
    for (idx_t row = 0; row < output.num_rows(); ++row) {
      const idx_t position = values.sel->get_index(row);
      if (values.validity.RowIsValid(position) && numbers[position] <= *shape_.limit) {
        best.set_index(num_best++, row);
      }
    }
    return num_best == output.num_rows() ? std::move(output) : output.Select(best, num_best);
  }

  const FunctionShape& shape_;
  expression::BatchWindowEvaluator evaluator_;
  // Chunks of input, their windows and results, in step; those before next_ have been given out.
  std::vector<Chunk> inputs_;
  std::vector<SliceId> windows_;
  std::vector<Chunk> results_;
  size_t next_ = 0;
};

}  // namespace

std::unique_ptr<WindowEvaluation> MakeBatchEvaluation(const FunctionShape& shape) {
  return std::make_unique<BatchEvaluation>(shape);
}

}  // namespace laminar::engine
