#include "engine/state/row_log.h"

#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "data/key_group.h"

namespace laminar::engine {
namespace {

using data::idx_t;

constexpr idx_t kKeyGroupColumn = 0;
constexpr idx_t kStartColumn = 1;
constexpr idx_t kEndColumn = 2;
constexpr idx_t kFirstColumn = 3;

std::vector<data::LogicalType> ColumnTypes(const StateSchema& schema) {
  std::vector<data::LogicalType> types;
  for (const data::Field& column : schema.values) {
    types.push_back(column.type);
  }
  return types;
}

class RowLogScan final : public StateScan {
 public:
  RowLogScan(const std::map<SliceId, RowSegment>& segments,
             const std::vector<size_t>& key_columns,
             std::vector<data::LogicalType> types,
             KeyGroupRange range)
      : key_columns_(key_columns),
        types_(std::move(types)),
        range_(range),
        at_(segments.begin()),
        end_(segments.end()) {}

  absl::StatusOr<std::optional<data::Chunk>> Next() override {
    for (; at_ != end_; ++at_, chunk_ = 0) {
      const std::vector<data::Chunk>& chunks = at_->second.chunks();
      while (chunk_ < chunks.size()) {
        data::Chunk rows = Select(chunks[chunk_++], at_->first);
        if (rows.num_rows() > 0) {
          return std::move(rows);
        }
      }
    }
    return std::nullopt;
  }

 private:
  data::Chunk Select(const data::Chunk& chunk, SliceId slice) {
    data::Vector hashes(data::LogicalType::UBIGINT);
    if (!key_columns_.empty()) {
      data::HashKeys(chunk, key_columns_, hashes);
    }
    data::SelectionVector selection(base::kRowsPerChunkMax);
    data::Chunk rows = data::Chunk::Allocate(types_);
    auto* key_groups = duckdb::FlatVector::GetData<int32_t>(rows.column(kKeyGroupColumn));
    idx_t num_rows = 0;
    for (idx_t i = 0; i < chunk.num_rows(); ++i) {
      const uint32_t key_group =
          key_columns_.empty() ? 0
                               : data::KeyGroupOf(duckdb::FlatVector::GetData<uint64_t>(hashes)[i],
                                                  range_.num_key_groups);
      if (range_.Contains(key_group)) {
        key_groups[num_rows] = static_cast<int32_t>(key_group);
        selection.set_index(num_rows++, i);
      }
    }
    rows.column(kStartColumn).Reference(data::Value::BIGINT(slice.start));
    rows.column(kEndColumn).Reference(data::Value::BIGINT(slice.end));
    for (idx_t i = 0; i < chunk.num_columns(); ++i) {
      duckdb::VectorOperations::Copy(chunk.column(i), rows.column(kFirstColumn + i), selection,
                                     num_rows, 0, 0);
    }
    rows.set_num_rows(num_rows);
    return rows;
  }

  const std::vector<size_t>& key_columns_;
  const std::vector<data::LogicalType> types_;
  const KeyGroupRange range_;
  std::map<SliceId, RowSegment>::const_iterator at_;
  const std::map<SliceId, RowSegment>::const_iterator end_;
  size_t chunk_ = 0;
};

}  // namespace

RowLog::RowLog(StateSchema schema, std::vector<size_t> key_columns, MemoryBudget& memory)
    : schema_(std::move(schema)),
      key_columns_(std::move(key_columns)),
      types_(ColumnTypes(schema_)),
      memory_(memory) {
  LAMINAR_ASSERT(schema_.sliced, schema_.version);
  LAMINAR_ASSERT(schema_.keys.empty(), schema_.keys.size());
  for (const size_t column : key_columns_) {
    LAMINAR_ASSERT(column < types_.size(), column);
  }
}

absl::Status RowLog::Append(SliceId slice, const data::Chunk& chunk) {
  return SegmentOf(slice).Append(chunk);
}

absl::Status RowLog::Append(SliceId slice,
                            const data::Chunk& chunk,
                            const data::SelectionVector& selection,
                            idx_t num_rows) {
  if (num_rows == 0) {
    return absl::OkStatus();
  }
  return SegmentOf(slice).Append(chunk, selection, num_rows);
}

std::optional<SliceId> RowLog::First() const {
  return segments_.empty() ? std::nullopt : std::optional(segments_.begin()->first);
}

std::optional<SliceId> RowLog::Next(SliceId after) const {
  const auto found = segments_.upper_bound(after);
  return found == segments_.end() ? std::nullopt : std::optional(found->first);
}

idx_t RowLog::NumRows(SliceId slice) const {
  const auto found = segments_.find(slice);
  return found == segments_.end() ? 0 : found->second.num_rows();
}

const std::vector<data::Chunk>& RowLog::Rows(SliceId slice) const {
  static const std::vector<data::Chunk> none;
  const auto found = segments_.find(slice);
  return found == segments_.end() ? none : found->second.chunks();
}

std::vector<data::Chunk> RowLog::Take(SliceId slice) {
  const auto found = segments_.find(slice);
  if (found == segments_.end()) {
    return {};
  }
  std::vector<data::Chunk> rows = found->second.Take();
  segments_.erase(found);
  return rows;
}

void RowLog::Drop(SliceId slice) { segments_.erase(slice); }

int64_t RowLog::num_rows() const {
  int64_t sum = 0;
  for (const auto& [slice, segment] : segments_) {
    sum += static_cast<int64_t>(segment.num_rows());
  }
  return sum;
}

int64_t RowLog::bytes() const {
  int64_t sum = 0;
  for (const auto& [slice, segment] : segments_) {
    sum += segment.bytes();
  }
  return sum;
}

data::Schema RowLog::SnapshotSchema() const { return MakeSnapshotSchema(schema_); }

std::unique_ptr<StateScan> RowLog::Scan(KeyGroupRange range) const {
  return std::make_unique<RowLogScan>(segments_, key_columns_, SnapshotSchema().Types(), range);
}

absl::Status RowLog::Load(const data::Chunk& rows) {
  LAMINAR_ASSERT(rows.num_columns() == kFirstColumn + types_.size(), rows.num_columns());
  data::Chunk values = data::Chunk::Shell(types_);
  for (size_t i = 0; i < types_.size(); ++i) {
    values.column(i).Reference(const_cast<data::Vector&>(rows.column(kFirstColumn + i)));
  }
  values.set_num_rows(rows.num_rows());
  data::UnifiedVectorFormat starts;
  data::UnifiedVectorFormat ends;
  const_cast<data::Vector&>(rows.column(kStartColumn)).ToUnifiedFormat(rows.num_rows(), starts);
  const_cast<data::Vector&>(rows.column(kEndColumn)).ToUnifiedFormat(rows.num_rows(), ends);
  for (idx_t i = 0; i < rows.num_rows(); ++i) {
    const SliceId slice{
        .end = data::UnifiedVectorFormat::GetData<int64_t>(ends)[ends.sel->get_index(i)],
        .start = data::UnifiedVectorFormat::GetData<int64_t>(starts)[starts.sel->get_index(i)]};
    data::SelectionVector row(1);
    row.set_index(0, i);
    LAMINAR_RETURN_IF_ERROR(Append(slice, values, row, 1));
  }
  return absl::OkStatus();
}

RowSegment& RowLog::SegmentOf(SliceId slice) {
  return segments_.try_emplace(slice, types_, memory_).first->second;
}

}  // namespace laminar::engine
