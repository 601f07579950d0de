#include "engine/operators/window_join/join_table.h"

#include <bit>
#include <limits>

#include "base/assert.h"
#include "data/key_group.h"

namespace laminar::engine {
namespace {

using data::idx_t;

uint32_t TagOf(uint64_t hash) { return static_cast<uint32_t>(hash >> 32); }

uint64_t NumBuckets(idx_t num_rows) { return std::bit_ceil(std::max<uint64_t>(num_rows, 1)); }

void ExcludeNulls(const data::Chunk& chunk, size_t column, std::vector<uint8_t>& matchable) {
  data::Vector values(chunk.column(column).GetType(), nullptr);
  values.Reference(chunk.column(column));
  data::UnifiedVectorFormat format;
  values.ToUnifiedFormat(chunk.num_rows(), format);
  if (format.validity.AllValid()) {
    return;
  }
  for (idx_t row = 0; row < chunk.num_rows(); ++row) {
    if (!format.validity.RowIsValid(format.sel->get_index(row))) {
      matchable[row] = 0;
    }
  }
}

}  // namespace

void HashJoinKeys(const data::Chunk& chunk, const JoinKeys& keys, JoinHashes& out) {
  const idx_t num_rows = chunk.num_rows();
  out.matchable.assign(num_rows, 1);
  if (keys.columns.empty()) {
    out.hashes.assign(num_rows, 0);
    return;
  }
  data::Vector hashes(data::LogicalType::HASH);
  data::HashKeys(chunk, keys.columns, hashes);
  const auto* values = duckdb::FlatVector::GetData<uint64_t>(hashes);
  out.hashes.assign(values, values + num_rows);
  for (size_t i = 0; i < keys.columns.size(); ++i) {
    if (!keys.null_equals_null[i]) {
      ExcludeNulls(chunk, keys.columns[i], out.matchable);
    }
  }
}

JoinTable::JoinTable(const std::vector<data::Chunk>& chunks, const JoinKeys& keys) {
  idx_t num_rows = 0;
  for (const data::Chunk& chunk : chunks) {
    num_rows += chunk.num_rows();
  }
  LAMINAR_ASSERT(num_rows < std::numeric_limits<uint32_t>::max(), num_rows);
  mask_ = keys.columns.empty() ? 0 : NumBuckets(num_rows) - 1;
  starts_.assign(mask_ + 2, 0);

  // Hash once, count the rows of each bucket, then put every row into its bucket's part.
  std::vector<uint64_t> hashes;
  std::vector<uint32_t> rows;
  hashes.reserve(num_rows);
  rows.reserve(num_rows);
  JoinHashes scratch;
  uint32_t row = 0;
  for (const data::Chunk& chunk : chunks) {
    HashJoinKeys(chunk, keys, scratch);
    for (idx_t i = 0; i < chunk.num_rows(); ++i, ++row) {
      if (scratch.matchable[i]) {
        hashes.push_back(scratch.hashes[i]);
        rows.push_back(row);
        ++starts_[(scratch.hashes[i] & mask_) + 1];
      }
    }
  }
  for (size_t bucket = 1; bucket < starts_.size(); ++bucket) {
    starts_[bucket] += starts_[bucket - 1];
  }
  entries_.resize(rows.size());
  std::vector<uint32_t> next(starts_.begin(), starts_.end() - 1);
  for (size_t i = 0; i < rows.size(); ++i) {
    entries_[next[hashes[i] & mask_]++] = {TagOf(hashes[i]), rows[i]};
  }
}

void JoinTable::Find(const JoinHashes& probe, std::vector<Range>& ranges) const {
  ranges.resize(probe.hashes.size());
  for (size_t i = 0; i < ranges.size(); ++i) {
    const uint64_t bucket = probe.hashes[i] & mask_;
    ranges[i] = probe.matchable[i]
                    ? Range{starts_[bucket], starts_[bucket + 1], TagOf(probe.hashes[i])}
                    : Range{};
  }
}

int64_t JoinTable::EstimateBytes(idx_t num_rows) {
  return static_cast<int64_t>(num_rows * (sizeof(Entry) + sizeof(uint64_t) + sizeof(uint32_t)) +
                              NumBuckets(num_rows) * 2 * sizeof(uint32_t));
}

}  // namespace laminar::engine
