#include "engine/operators/window_rows/window_split.h"

#include <numeric>

#include "base/assert.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::UnifiedVectorFormat;
using data::Vector;

// Reads the bounds row by row, whatever form the vector has.
class WindowReader {
 public:
  WindowReader(const Vector& column, idx_t num_rows) : column_(column.GetType(), nullptr) {
    column_.Reference(column);
    LAMINAR_ASSERT(column_.GetType().InternalType() == duckdb::PhysicalType::STRUCT, num_rows);
    column_.ToUnifiedFormat(num_rows, windows_);
    const auto& entries = duckdb::StructVector::GetEntries(column_);
    LAMINAR_ASSERT(entries.size() == 2, entries.size());
    entries[0]->ToUnifiedFormat(num_rows, starts_);
    entries[1]->ToUnifiedFormat(num_rows, ends_);
  }

  // Every row has the same window, or none has one.
  bool IsConstant() const { return column_.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR; }
  bool IsValid(idx_t row) const {
    return IsValid(windows_, row) && IsValid(starts_, row) && IsValid(ends_, row);
  }
  SliceId Read(idx_t row) const { return {.end = Get(ends_, row), .start = Get(starts_, row)}; }

 private:
  static bool IsValid(const UnifiedVectorFormat& format, idx_t row) {
    return format.validity.RowIsValid(format.sel->get_index(row));
  }
  static int64_t Get(const UnifiedVectorFormat& format, idx_t row) {
    return UnifiedVectorFormat::GetData<int64_t>(format)[format.sel->get_index(row)];
  }

  Vector column_;
  UnifiedVectorFormat windows_;
  UnifiedVectorFormat starts_;
  UnifiedVectorFormat ends_;
};

}  // namespace

void WindowSplit::Split(const data::Chunk& chunk, size_t window_column, data::EventTime watermark) {
  parts_.clear();
  index_.clear();
  last_part_ = 0;
  num_late_ = 0;
  num_invalid_ = 0;
  const idx_t num_rows = chunk.num_rows();
  const WindowReader reader(chunk.column(window_column), num_rows);
  // Whether rows with the window of `row` are kept; counts them where not.
  const auto is_open = [&](idx_t row, idx_t num_same) {
    if (!reader.IsValid(row)) {
      num_invalid_ += static_cast<int64_t>(num_same);
      return false;
    }
    if (reader.Read(row).end <= watermark.micros) {
      num_late_ += static_cast<int64_t>(num_same);
      return false;
    }
    return true;
  };
  if (reader.IsConstant()) {
    if (is_open(0, num_rows)) {
      Part& part = PartOf(reader.Read(0));
      part.rows.resize(num_rows);
      std::iota(part.rows.begin(), part.rows.end(), 0);
    }
    return;
  }
  for (idx_t row = 0; row < num_rows; ++row) {
    if (is_open(row, 1)) {
      PartOf(reader.Read(row)).rows.push_back(static_cast<duckdb::sel_t>(row));
    }
  }
}

WindowSplit::Part& WindowSplit::PartOf(SliceId window) {
  if (last_part_ < parts_.size() && parts_[last_part_].window == window) {
    return parts_[last_part_];
  }
  const auto [found, added] = index_.try_emplace(window, parts_.size());
  last_part_ = found->second;
  if (added) {
    parts_.push_back({window, {}});
  }
  return parts_[last_part_];
}

void WindowSplit::Count(OperatorMetrics& metrics) const {
  if (num_late_ > 0) {
    metrics.late_rows.Add(num_late_);
  }
  if (num_invalid_ > 0) {
    metrics.invalid_time_rows.Add(num_invalid_);
  }
}

data::Value WindowValue(const data::LogicalType& type, SliceId window) {
  return data::Value::STRUCT(type, {data::Value::TIMESTAMP(duckdb::timestamp_t(window.start)),
                                    data::Value::TIMESTAMP(duckdb::timestamp_t(window.end))});
}

}  // namespace laminar::engine
