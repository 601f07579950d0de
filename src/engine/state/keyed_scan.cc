#include "engine/state/keyed_scan.h"

#include "base/limits.h"
#include "data/key_group.h"

namespace laminar::engine {
namespace {

using data::idx_t;

constexpr size_t kKeyGroupColumn = 0;
constexpr size_t kStartColumn = 1;
constexpr size_t kEndColumn = 2;

}  // namespace

KeyedRowsScan::KeyedRowsScan(const KeyedTable& table,
                             const StateSchema& schema,
                             SliceId slice,
                             KeyGroupRange range)
    : table_(table), schema_(schema), slice_(slice), range_(range) {}

std::optional<data::Chunk> KeyedRowsScan::Next() {
  uint8_t* rows[base::kRowsPerChunkMax];
  idx_t num_rows = 0;
  while (num_rows == 0) {
    const idx_t num_seen = table_.Next(cursor_, base::kRowsPerChunkMax, rows);
    if (num_seen == 0) {
      return std::nullopt;
    }
    for (idx_t i = 0; i < num_seen; ++i) {
      if (range_.Contains(data::KeyGroupOf(RowLayout::HashOf(rows[i]), range_.num_key_groups))) {
        rows[num_rows++] = rows[i];
      }
    }
  }
  const std::vector<data::LogicalType> types = MakeSnapshotSchema(schema_).Types();
  data::Chunk gathered = data::Chunk::Allocate(types);
  auto* key_groups = duckdb::FlatVector::GetData<int32_t>(gathered.column(kKeyGroupColumn));
  for (idx_t i = 0; i < num_rows; ++i) {
    key_groups[i] =
        static_cast<int32_t>(data::KeyGroupOf(RowLayout::HashOf(rows[i]), range_.num_key_groups));
  }
  if (schema_.sliced) {
    gathered.column(kStartColumn).Reference(data::Value::BIGINT(slice_.start));
    gathered.column(kEndColumn).Reference(data::Value::BIGINT(slice_.end));
  }
  const size_t first = FirstKeyColumn(schema_);
  for (size_t column = first; column < types.size(); ++column) {
    table_.layout().Gather(column - first, rows, num_rows, gathered.column(column), 0);
  }
  gathered.set_num_rows(num_rows);
  // Gathered text refers to the table, which may be gone when the chunk is written.
  data::Chunk owned = data::Chunk::Allocate(types);
  owned.columns().Append(gathered.columns());
  return owned;
}

std::vector<SliceId> SlicesOf(const data::Chunk& rows, const StateSchema& schema) {
  std::vector<SliceId> slices(rows.num_rows());
  if (!schema.sliced) {
    return slices;
  }
  data::UnifiedVectorFormat starts;
  data::UnifiedVectorFormat ends;
  const_cast<data::Vector&>(rows.column(kStartColumn)).ToUnifiedFormat(rows.num_rows(), starts);
  const_cast<data::Vector&>(rows.column(kEndColumn)).ToUnifiedFormat(rows.num_rows(), ends);
  for (idx_t i = 0; i < rows.num_rows(); ++i) {
    slices[i] = {
        .end = data::UnifiedVectorFormat::GetData<int64_t>(ends)[ends.sel->get_index(i)],
        .start = data::UnifiedVectorFormat::GetData<int64_t>(starts)[starts.sel->get_index(i)]};
  }
  return slices;
}

size_t FirstKeyColumn(const StateSchema& schema) {
  return schema.sliced ? kEndColumn + 1 : kKeyGroupColumn + 1;
}

void ScatterValues(const data::Chunk& snapshot,
                   const StateSchema& schema,
                   const std::vector<duckdb::sel_t>& positions,
                   uint8_t* const* rows,
                   KeyedTable& table) {
  const size_t num_keys = schema.keys.size();
  for (size_t i = 0; i < schema.values.size(); ++i) {
    const size_t column = num_keys + i;
    data::Vector holder(data::LogicalType::BLOB);
    data::UnifiedVectorFormat format;
    table.layout().Unify(column, snapshot.column(FirstKeyColumn(schema) + column),
                         snapshot.num_rows(), holder, format);
    table.layout().Scatter(column, format, positions.data(), positions.size(), rows,
                           table.strings());
  }
}

}  // namespace laminar::engine
