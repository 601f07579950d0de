#include "engine/operators/window_aggregate/chunk_input.h"

#include <algorithm>
#include <utility>

namespace laminar::engine {
namespace {

using data::idx_t;
using data::UnifiedVectorFormat;

expression::AggregateRows ToAggregateRows(const GroupedRows& rows, int64_t first_sequence) {
  return {.positions = rows.positions,
          .states = rows.one_group ? nullptr : rows.groups,
          .single_state = rows.one_group && rows.count > 0 ? rows.groups[0] : nullptr,
          .count = rows.count,
          .first_sequence = first_sequence};
}

void Unify(const data::Vector& column, idx_t num_rows, UnifiedVectorFormat& format) {
  // DuckDB's kernels take mutable vectors but only read them.
  const_cast<data::Vector&>(column).ToUnifiedFormat(num_rows, format);
}

}  // namespace

ChunkInput::ChunkInput(const AggregatePlan& plan,
                       const RowLayout& layout,
                       std::vector<size_t> key_columns)
    : plan_(plan), keys_(layout, std::move(key_columns)), arguments_(plan.natives().size()) {
  for (size_t i = 0; i < arguments_.size(); ++i) {
    arguments_[i].resize(plan.natives()[i].arguments.size());
  }
  const auto add_filter = [this](FilterColumn filter) {
    if (filter) {
      filters_[*filter];
      filtered_[*filter];
    }
  };
  for (size_t i = 0; i < plan.natives().size(); ++i) {
    const AggregatePlan::Native& native = plan.natives()[i];
    add_filter(native.filter);
    if (!native.set && !native.rows) {
      plain_natives_[native.filter].push_back(i);
    }
  }
  for (const AggregatePlan::Set& set : plan.sets()) {
    add_filter(set.filter);
  }
  for (const AggregatePlan::Rows& rows : plan.rows()) {
    add_filter(rows.filter);
  }
}

void ChunkInput::Set(const data::Chunk& chunk, int64_t first_sequence) {
  chunk_ = &chunk;
  first_sequence_ = first_sequence;
  keys_.Set(chunk);
  for (size_t i = 0; i < arguments_.size(); ++i) {
    const std::vector<size_t>& columns = plan_.natives()[i].arguments;
    for (size_t j = 0; j < columns.size(); ++j) {
      Unify(chunk.column(columns[j]), chunk.num_rows(), arguments_[i][j]);
    }
  }
  for (auto& [column, format] : filters_) {
    Unify(chunk.column(column), chunk.num_rows(), format);
  }
}

absl::Status ChunkInput::UpdateNatives(const GroupedRows& rows, expression::StateStrings& strings) {
  if (plan_.maintains_rows()) {
    for (idx_t i = 0; i < rows.count; ++i) {
      plan_.AddRows(rows.groups[i], 1);
    }
  }
  for (const auto& [filter, natives] : plain_natives_) {
    const GroupedRows passing = Filter(filter, rows);
    for (const size_t native : natives) {
      LAMINAR_RETURN_IF_ERROR(UpdateNative(native, passing, strings));
    }
  }
  return absl::OkStatus();
}

absl::Status ChunkInput::UpdateNative(size_t native,
                                      const GroupedRows& rows,
                                      expression::StateStrings& strings) {
  if (rows.count == 0) {
    return absl::OkStatus();
  }
  return plan_.natives()[native].function->Update(arguments_[native],
                                                  ToAggregateRows(rows, first_sequence_), strings);
}

GroupedRows ChunkInput::Filter(FilterColumn filter, const GroupedRows& rows) {
  if (!filter) {
    return rows;
  }
  const UnifiedVectorFormat& format = filters_[*filter];
  const bool* passes = UnifiedVectorFormat::GetData<bool>(format);
  GroupedSelection& selected = filtered_[*filter];
  selected.positions.clear();
  selected.groups.clear();
  for (idx_t i = 0; i < rows.count; ++i) {
    const idx_t position = rows.PositionOf(i);
    const idx_t at = format.sel->get_index(position);
    if (format.validity.RowIsValid(at) && passes[at]) {
      selected.positions.push_back(static_cast<duckdb::sel_t>(position));
      selected.groups.push_back(rows.groups[i]);
    }
  }
  return selected.Rows(rows.one_group);
}

data::Chunk ChunkInput::Arguments(const std::vector<size_t>& columns,
                                  const std::vector<data::LogicalType>& types,
                                  const GroupedRows& rows) const {
  data::Chunk arguments = data::Chunk::Shell(types);
  for (size_t i = 0; i < columns.size(); ++i) {
    arguments.column(i).Reference(const_cast<data::Vector&>(chunk_->column(columns[i])));
    if (rows.positions != nullptr) {
      // A copy of the selection: the vector keeps it, the rows may go.
      data::SelectionVector selection(rows.count);
      std::copy(rows.positions, rows.positions + rows.count, selection.data());
      arguments.column(i).Slice(selection, rows.count);
    }
  }
  arguments.set_num_rows(rows.count);
  return arguments;
}

absl::Status UpdateFrom(const data::Chunk& arguments,
                        const AggregatePlan::Native& native,
                        const GroupedRows& rows,
                        expression::StateStrings& strings) {
  std::vector<UnifiedVectorFormat> formats(arguments.num_columns());
  for (size_t i = 0; i < formats.size(); ++i) {
    Unify(arguments.column(i), arguments.num_rows(), formats[i]);
  }
  return native.function->Update(formats, ToAggregateRows(rows, /*first_sequence=*/1), strings);
}

}  // namespace laminar::engine
