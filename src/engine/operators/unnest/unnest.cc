#include "engine/operators/unnest/unnest.h"

#include <algorithm>
#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "base/limits.h"
#include "expression/evaluator.h"

namespace laminar::engine {
namespace {

using data::Chunk;
using data::idx_t;
using data::SelectionVector;
using data::Vector;

// Consecutive elements of one input row that go into one output chunk.
struct Segment {
  idx_t row;
  idx_t first_element;
  idx_t num_elements;
};

// Which element of a list column each output row has.
struct Elements {
  explicit Elements(idx_t num_rows) : positions(num_rows) {}
  SelectionVector positions;
  std::vector<idx_t> padded;  // output rows beyond the end of their list
};

Elements FindElements(const duckdb::UnifiedVectorFormat& lists,
                      const std::vector<Segment>& segments,
                      idx_t num_rows) {
  Elements elements(num_rows);
  const auto* entries = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists);
  idx_t filled = 0;
  idx_t existing = 0;
  for (const Segment& segment : segments) {
    const idx_t position = lists.sel->get_index(segment.row);
    const bool valid = lists.validity.RowIsValid(position);
    const idx_t length = valid ? entries[position].length : 0;
    for (idx_t i = 0; i < segment.num_elements; ++i, ++filled) {
      const idx_t element = segment.first_element + i;
      if (element < length) {
        existing = entries[position].offset + element;
        elements.positions.set_index(filled, existing);
      } else {
        elements.padded.push_back(filled);
      }
    }
  }
  // Padded rows point to some element that exists, to be overwritten.
  for (const idx_t row : elements.padded) {
    elements.positions.set_index(row, existing);
  }
  return elements;
}

// Sets an output column to the elements of a list column: a view of them where no row is padded,
// else a copy.
void SetElements(Vector& column, const Elements& elements, Vector& list_column, idx_t num_rows) {
  if (elements.padded.size() == num_rows) {
    column.Reference(data::Value(column.GetType()));
    return;
  }
  const Vector& child = duckdb::ListVector::GetEntry(list_column);
  if (elements.padded.empty()) {
    column.Slice(child, elements.positions, num_rows);
    return;
  }
  Vector copy(column.GetType(), num_rows);
  duckdb::VectorOperations::Copy(child, copy, elements.positions, num_rows, 0, 0);
  for (const idx_t row : elements.padded) {
    duckdb::FlatVector::SetNull(copy, row, true);
  }
  column.Reference(copy);
}

class Unnest : public Operator {
 public:
  Unnest(std::vector<expression::BoundExpression> expressions,
         std::vector<bool> is_unnest,
         std::vector<data::LogicalType> output_types,
         std::optional<size_t> event_time_column)
      : evaluator_(std::move(expressions)),
        is_unnest_(std::move(is_unnest)),
        output_types_(std::move(output_types)),
        event_time_column_(event_time_column) {
    lists_.resize(is_unnest_.size());
  }

  absl::Status Process(int input, Chunk chunk) override {
    LAMINAR_ASSERT(!values_, input);
    LAMINAR_ASSIGN_OR_RETURN(values_, evaluator_.Evaluate(chunk));
    if (event_time_column_) {
      event_time_.emplace(chunk.column(*event_time_column_));
    }
    MeasureRows();
    row_ = 0;
    element_ = 0;
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<Chunk>> Produce() override {
    if (!values_) {
      return std::nullopt;
    }
    const idx_t num_rows = TakeSegments();
    if (num_rows == 0) {
      Release();
      return std::nullopt;
    }
    Chunk output = MakeOutput(num_rows);
    return output;
  }

  void Close() override { Release(); }

 private:
  // Finds how many rows each input row becomes.
  void MeasureRows() {
    const idx_t num_rows = values_->num_rows();
    lengths_.assign(num_rows, 0);
    for (size_t i = 0; i < is_unnest_.size(); ++i) {
      if (!is_unnest_[i] || !IsList(values_->column(i))) {
        continue;
      }
      values_->column(i).ToUnifiedFormat(num_rows, lists_[i]);
      const auto* entries = duckdb::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(lists_[i]);
      for (idx_t row = 0; row < num_rows; ++row) {
        const idx_t position = lists_[i].sel->get_index(row);
        if (lists_[i].validity.RowIsValid(position)) {
          lengths_[row] = std::max<idx_t>(lengths_[row], entries[position].length);
        }
      }
    }
  }

  // unnest(NULL) has no list to look into; it never has an element.
  static bool IsList(const Vector& vector) {
    return vector.GetType().InternalType() == duckdb::PhysicalType::LIST;
  }

  // Chooses what goes into the next output chunk; returns its number of rows.
  idx_t TakeSegments() {
    segments_.clear();
    idx_t filled = 0;
    while (row_ < lengths_.size() && filled < base::kRowsPerChunkMax) {
      const idx_t taken =
          std::min<idx_t>(lengths_[row_] - element_, base::kRowsPerChunkMax - filled);
      if (taken > 0) {
        segments_.push_back({row_, element_, taken});
      }
      filled += taken;
      element_ += taken;
      if (element_ == lengths_[row_]) {
        ++row_;
        element_ = 0;
      }
    }
    return filled;
  }

  Chunk MakeOutput(idx_t num_rows) {
    SelectionVector parents(num_rows);
    idx_t filled = 0;
    for (const Segment& segment : segments_) {
      for (idx_t i = 0; i < segment.num_elements; ++i) {
        parents.set_index(filled++, segment.row);
      }
    }
    Chunk output = Chunk::Shell(output_types_);
    output.set_num_rows(num_rows);
    output.set_arrival(values_->arrival());
    for (size_t i = 0; i < is_unnest_.size(); ++i) {
      Vector& column = output.column(i);
      if (!is_unnest_[i]) {
        column.Slice(values_->column(i), parents, num_rows);
      } else if (IsList(values_->column(i))) {
        const Elements elements = FindElements(lists_[i], segments_, num_rows);
        SetElements(column, elements, values_->column(i), num_rows);
      } else {
        column.Reference(data::Value(column.GetType()));
      }
    }
    if (event_time_) {
      output.column(is_unnest_.size()).Slice(*event_time_, parents, num_rows);
    }
    if (!values_->row_kinds().empty()) {
      output.row_kinds().reserve(num_rows);
      for (idx_t i = 0; i < num_rows; ++i) {
        output.row_kinds().push_back(values_->row_kind(parents.get_index(i)));
      }
    }
    return output;
  }

  void Release() {
    values_.reset();
    event_time_.reset();
    lengths_.clear();
  }

  expression::ProjectionEvaluator evaluator_;
  const std::vector<bool> is_unnest_;
  const std::vector<data::LogicalType> output_types_;
  const std::optional<size_t> event_time_column_;

  // The chunk that is being expanded, one column per item, and where the next output row comes
  // from.
  std::optional<Chunk> values_;
  std::optional<Vector> event_time_;
  std::vector<duckdb::UnifiedVectorFormat> lists_;  // of unnested items
  std::vector<idx_t> lengths_;                      // output rows per input row
  idx_t row_ = 0;
  idx_t element_ = 0;
  std::vector<Segment> segments_;
};

}  // namespace

std::unique_ptr<Operator> MakeUnnest(const plan::Node& node, const data::Schema& input) {
  const auto& spec = std::get<plan::UnnestSpec>(node.spec);
  LAMINAR_ASSERT(!spec.items.empty(), node.id.value);
  LAMINAR_ASSERT(node.output.has_event_time == input.has_event_time, node.id.value);
  std::vector<expression::BoundExpression> expressions;
  std::vector<bool> is_unnest;
  for (const plan::UnnestSpec::Item& item : spec.items) {
    expressions.push_back(item.expression);
    is_unnest.push_back(item.is_unnest);
  }
  std::optional<size_t> event_time;
  if (input.has_event_time) {
    event_time = input.event_time_index();
  }
  return std::make_unique<Unnest>(std::move(expressions), std::move(is_unnest), node.output.Types(),
                                  event_time);
}

}  // namespace laminar::engine
