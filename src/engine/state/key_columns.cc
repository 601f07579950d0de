#include "engine/state/key_columns.h"

#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "data/key_group.h"

namespace laminar::engine {
namespace {

// Of tables without keys: their one row hashes to 0.
constexpr uint64_t kNoHashes[base::kRowsPerChunkMax] = {};

}  // namespace

KeyColumns::KeyColumns(const RowLayout& layout, std::vector<size_t> columns)
    : layout_(layout),
      columns_(std::move(columns)),
      hash_vector_(data::LogicalType::UBIGINT),
      formats_(columns_.size()) {
  LAMINAR_ASSERT(columns_.size() == layout_.num_keys(), columns_.size());
  for (size_t i = 0; i < columns_.size(); ++i) {
    nested_keys_.emplace_back(data::LogicalType::BLOB);
  }
}

void KeyColumns::Set(const data::Chunk& chunk) {
  if (columns_.empty()) {
    Set(chunk, kNoHashes);
    return;
  }
  hash_vector_.SetVectorType(duckdb::VectorType::FLAT_VECTOR);
  data::HashKeys(chunk, columns_, hash_vector_);
  Set(chunk, duckdb::FlatVector::GetData<uint64_t>(hash_vector_));
}

void KeyColumns::Set(const data::Chunk& chunk, const uint64_t* hashes) {
  hashes_ = hashes;
  num_rows_ = chunk.num_rows();
  for (size_t i = 0; i < columns_.size(); ++i) {
    layout_.Unify(i, chunk.column(columns_[i]), num_rows_, nested_keys_[i], formats_[i]);
  }
}

}  // namespace laminar::engine
