#include "engine/operators/window_assign/window_assign.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/operators/window_assign/window_run.h"
#include "engine/operators/window_rows/late_counts.h"

namespace laminar::engine {
namespace {

using data::Chunk;
using data::idx_t;
using data::LogicalType;
using data::SelectionVector;
using data::Vector;

// The windows of an output chunk, one per row.
struct Bounds {
  explicit Bounds(idx_t num_rows) : starts(num_rows), ends(num_rows) {}

  std::vector<int64_t> starts;
  std::vector<int64_t> ends;

  bool AllEqual() const {
    return std::adjacent_find(starts.begin(), starts.end(), std::not_equal_to<>()) ==
               starts.end() &&
           std::adjacent_find(ends.begin(), ends.end(), std::not_equal_to<>()) == ends.end();
  }
};

Vector TimestampVector(const std::vector<int64_t>& micros, int64_t shift) {
  Vector vector(LogicalType::TIMESTAMP, micros.size());
  auto* data = duckdb::FlatVector::GetData<int64_t>(vector);
  std::transform(micros.begin(), micros.end(), data,
                 [shift](int64_t value) { return value + shift; });
  return vector;
}

data::Value TimestampValue(int64_t micros) {
  return data::Value::TIMESTAMP(duckdb::timestamp_t(micros));
}

class WindowAssign : public Operator {
 public:
  WindowAssign(plan::WindowAssignSpec spec, size_t num_columns, std::vector<LogicalType> output)
      : spec_(std::move(spec)), num_columns_(num_columns), output_types_(std::move(output)) {}

  absl::Status Open(OperatorContext& context) override {
    metrics_ = &context.metrics;
    return absl::OkStatus();
  }

  absl::Status Process(int input, Chunk chunk) override {
    LAMINAR_ASSERT(!chunk_, input);
    FindRuns(chunk);
    chunk_ = std::move(chunk);
    row_ = 0;
    window_ = 0;
    return absl::OkStatus();
  }

  absl::Status ProcessWatermark(data::Watermark watermark) override {
    // After a restore the sources may be behind what they had reached.
    watermark_ = std::max(watermark_, watermark.time);
    last_run_ = WindowRun();
    return absl::OkStatus();
  }

  std::vector<StateTable*> StateTables() override {
    values_.Set("watermark", watermark_.micros, ValueTable::Merge::kLeast);
    SaveLateCounts(*metrics_, values_);
    return {&values_};
  }

  void StateRestored() override {
    watermark_.micros =
        values_.Restored("watermark", data::EventTime::Min().micros, ValueTable::Merge::kLeast);
    RestoreLateCounts(values_, *metrics_);
  }

  absl::StatusOr<std::optional<Chunk>> Produce() override {
    if (!chunk_) {
      return std::nullopt;
    }
    SelectionVector parents(base::kRowsPerChunkMax);
    Bounds bounds(base::kRowsPerChunkMax);
    const idx_t num_rows = Take(parents, bounds);
    if (num_rows == 0) {
      chunk_.reset();
      return std::nullopt;
    }
    return MakeOutput(parents, bounds, num_rows);
  }

  void Close() override { chunk_.reset(); }

 private:
  // Finds the open windows of every row; neighbours mostly share them.
  void FindRuns(Chunk& chunk) {
    const idx_t num_rows = chunk.num_rows();
    runs_.resize(num_rows);
    data::UnifiedVectorFormat times;
    chunk.column(spec_.time_column).ToUnifiedFormat(num_rows, times);
    const auto* micros = data::UnifiedVectorFormat::GetData<int64_t>(times);
    int64_t num_late = 0;
    int64_t num_invalid = 0;
    for (idx_t row = 0; row < num_rows; ++row) {
      const idx_t position = times.sel->get_index(row);
      if (!times.validity.RowIsValid(position)) {
        runs_[row] = WindowRun();
        ++num_invalid;
        continue;
      }
      if (!last_run_.Covers(micros[position])) {
        last_run_ = FindOpenWindows(spec_.window, micros[position], watermark_);
      }
      runs_[row] = last_run_;
      num_late += last_run_.late ? 1 : 0;
      num_invalid += last_run_.out_of_range ? 1 : 0;
    }
    if (num_late > 0) {
      metrics_->late_rows.Add(num_late);
    }
    if (num_invalid > 0) {
      metrics_->invalid_time_rows.Add(num_invalid);
    }
  }

  // Chooses the next output rows: input row and window of each. Returns their number.
  idx_t Take(SelectionVector& parents, Bounds& bounds) {
    idx_t filled = 0;
    while (row_ < runs_.size() && filled < base::kRowsPerChunkMax) {
      const WindowRun& run = runs_[row_];
      const int64_t taken =
          std::min<int64_t>(run.num_windows - window_, base::kRowsPerChunkMax - filled);
      for (int64_t i = 0; i < taken; ++i, ++filled) {
        parents.set_index(filled, row_);
        bounds.starts[filled] = run.start(window_ + i);
        bounds.ends[filled] = run.end(window_ + i);
      }
      window_ += taken;
      if (window_ == run.num_windows) {
        ++row_;
        window_ = 0;
      }
    }
    bounds.starts.resize(filled);
    bounds.ends.resize(filled);
    return filled;
  }

  Chunk MakeOutput(const SelectionVector& parents, const Bounds& bounds, idx_t num_rows) {
    // Taken as a whole, in order: nothing was dropped or repeated.
    const bool is_whole = num_rows == chunk_->num_rows() && row_ == runs_.size() &&
                          std::all_of(runs_.begin(), runs_.end(),
                                      [](const WindowRun& run) { return run.num_windows == 1; });
    Chunk rows = is_whole ? chunk_->Share() : chunk_->Select(parents, num_rows);
    Chunk output = Chunk::Shell(output_types_);
    output.set_num_rows(num_rows);
    output.set_arrival(rows.arrival());
    output.row_kinds() = std::move(rows.row_kinds());
    for (size_t i = 0; i < num_columns_; ++i) {
      output.column(i).Reference(rows.column(i));
    }
    SetWindows(output, bounds);
    return output;
  }

  void SetWindows(Chunk& output, const Bounds& bounds) {
    const LogicalType& type = output_types_[num_columns_];
    Vector& event_time = output.column(num_columns_ + 1);
    if (bounds.AllEqual()) {
      output.column(num_columns_)
          .Reference(data::Value::STRUCT(
              type, {TimestampValue(bounds.starts[0]), TimestampValue(bounds.ends[0])}));
      event_time.Reference(TimestampValue(bounds.ends[0] - 1));
      return;
    }
    Vector window(type, bounds.starts.size());
    auto& entries = duckdb::StructVector::GetEntries(window);
    entries[0]->Reference(TimestampVector(bounds.starts, 0));
    entries[1]->Reference(TimestampVector(bounds.ends, 0));
    output.column(num_columns_).Reference(window);
    event_time.Reference(TimestampVector(bounds.ends, -1));
  }

  const plan::WindowAssignSpec spec_;
  const size_t num_columns_;  // visible ones of the input
  const std::vector<LogicalType> output_types_;
  OperatorMetrics* metrics_ = nullptr;
  data::EventTime watermark_ = data::EventTime::Min();
  ValueTable values_;

  // The chunk that is being assigned, the windows of its rows, and where the next output row comes
  // from.
  std::optional<Chunk> chunk_;
  std::vector<WindowRun> runs_;
  WindowRun last_run_;
  idx_t row_ = 0;
  int64_t window_ = 0;
};

}  // namespace

std::unique_ptr<Operator> MakeWindowAssign(const plan::Node& node, const data::Schema& input) {
  const auto& spec = std::get<plan::WindowAssignSpec>(node.spec);
  LAMINAR_ASSERT(spec.window.kind != plan::WindowSpec::Kind::kSession, node.id.value);
  LAMINAR_ASSERT(spec.time_column < input.num_columns(), spec.time_column);
  LAMINAR_ASSERT(node.output.num_columns() == input.num_visible_columns() + 2, node.id.value);
  return std::make_unique<WindowAssign>(spec, input.num_visible_columns(), node.output.Types());
}

}  // namespace laminar::engine
