#include <algorithm>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/operators/window_function/window_evaluation.h"
#include "engine/operators/window_rows/combined_rows.h"

namespace laminar::engine {
namespace {

using data::Chunk;
using data::idx_t;

// Group, key, sort item, position and values of a row.
constexpr int64_t kRankingBytesPerRow = 80;

class RankingEvaluation : public WindowEvaluation {
 public:
  explicit RankingEvaluation(const FunctionShape& shape) : shape_(shape) {}

  idx_t num_rows_wanted() const override { return 1; }

  absl::Status Start(const std::vector<WindowRows>& windows) override {
    LAMINAR_ASSERT(windows.size() == 1, windows.size());
    window_ = windows[0].window;
    LAMINAR_ASSIGN_OR_RETURN(ranked_, RankRows(*windows[0].chunks, *shape_.ranking));
    rows_ = CombinedRows(shape_.input.types, *windows[0].chunks);
    next_ = 0;
    return absl::OkStatus();
  }

  std::optional<Chunk> Next() override {
    const idx_t num_rows = std::min<idx_t>(ranked_.rows.size() - next_, base::kRowsPerChunkMax);
    if (num_rows == 0) {
      ranked_ = {};
      rows_ = {};
      next_ = 0;
      return std::nullopt;
    }
    data::SelectionVector selection(num_rows);
    for (idx_t i = 0; i < num_rows; ++i) {
      selection.set_index(i, ranked_.rows[next_ + i]);
    }
    Chunk output = shape_.MakeOutput(window_, num_rows);
    for (size_t i = 0; i < shape_.input.kept.size(); ++i) {
      output.column(shape_.OutputOfKept(i)).Slice(rows_.column(i), selection, num_rows);
    }
    for (size_t i = 0; i < ranked_.values.size(); ++i) {
      data::Vector values(data::LogicalType::BIGINT, num_rows);
      std::copy_n(ranked_.values[i].begin() + static_cast<std::ptrdiff_t>(next_), num_rows,
                  duckdb::FlatVector::GetData<int64_t>(values));
      output.column(shape_.OutputOfFunction(i)).Reference(values);
    }
    next_ += num_rows;
    return output;
  }

  int64_t EstimateBytes(const std::vector<WindowRows>& windows) const override {
    int64_t bytes = 0;
    for (const WindowRows& window : windows) {
      for (const Chunk& chunk : *window.chunks) {
        bytes += kRankingBytesPerRow * static_cast<int64_t>(chunk.num_rows());
      }
      bytes += CombinedRows::EstimateBytes(shape_.input.types, *window.chunks);
    }
    return bytes;
  }

 private:
  const FunctionShape& shape_;
  SliceId window_;
  CombinedRows rows_;
  RankedRows ranked_;
  idx_t next_ = 0;  // in ranked_.rows
};

}  // namespace

std::unique_ptr<WindowEvaluation> MakeRankingEvaluation(const FunctionShape& shape) {
  return std::make_unique<RankingEvaluation>(shape);
}

}  // namespace laminar::engine
