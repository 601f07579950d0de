// KeyColumns: the keys of one chunk, made ready for tables: one hash a row, computed once, and the
// key columns in unified form. Reused from chunk to chunk by its operator; the task's thread.
#ifndef LAMINAR_ENGINE_STATE_KEY_COLUMNS_H_
#define LAMINAR_ENGINE_STATE_KEY_COLUMNS_H_

#include <cstdint>
#include <deque>
#include <vector>

#include "data/chunk.h"
#include "data/vector.h"
#include "engine/state/row_layout.h"

namespace laminar::engine {

class KeyColumns {
 public:
  /// `columns` are the positions in the chunks of the layout's keys.
  KeyColumns(const RowLayout& layout, std::vector<size_t> columns);

  /// Takes the keys of `chunk`, which must outlive their use.
  void Set(const data::Chunk& chunk);
  /// The same with known hashes, one per row.
  void Set(const data::Chunk& chunk, const uint64_t* hashes);

  const uint64_t* hashes() const { return hashes_; }
  size_t size() const { return columns_.size(); }
  const data::UnifiedVectorFormat& column(size_t i) const { return formats_[i]; }
  data::idx_t num_rows() const { return num_rows_; }

 private:
  const RowLayout& layout_;
  const std::vector<size_t> columns_;
  data::Vector hash_vector_;
  const uint64_t* hashes_ = nullptr;
  std::vector<data::UnifiedVectorFormat> formats_;
  std::deque<data::Vector> nested_keys_;  // holders of Unify
  data::idx_t num_rows_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_KEY_COLUMNS_H_
