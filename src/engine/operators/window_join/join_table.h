// JoinTable: finds the rows of one side of a join by the hash of their keys. Rows are grouped by
// bucket in one array, so that a key with many rows is read in sequence and a search can stop
// anywhere and go on. Built once per window, then only read; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_TABLE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_TABLE_H_

#include <cstdint>
#include <vector>

#include "data/chunk.h"

namespace laminar::engine {

/// The columns of one side that must equal those of the other. None: every row goes with every
/// other.
struct JoinKeys {
  std::vector<size_t> columns;
  std::vector<bool> null_equals_null;  // else a NULL equals nothing
};

/// Of each row of a chunk: the hash of its keys, and whether it can have an equal at all.
struct JoinHashes {
  std::vector<uint64_t> hashes;
  std::vector<uint8_t> matchable;
};
void HashJoinKeys(const data::Chunk& chunk, const JoinKeys& keys, JoinHashes& out);

class JoinTable {
 public:
  /// A row whose keys may equal the searched ones: the upper halves of the hashes are equal.
  struct Entry {
    uint32_t tag;
    uint32_t row;
  };
  /// Entries [begin, end) are to be compared with `tag`.
  struct Range {
    uint32_t begin = 0;
    uint32_t end = 0;
    uint32_t tag = 0;
  };

  /// Rows are numbered through all chunks. REQUIRES: fewer than 2^32 - 1 rows.
  JoinTable(const std::vector<data::Chunk>& chunks, const JoinKeys& keys);

  /// Where the rows are that may go with each row of the hashed chunk; within a range in arrival
  /// order.
  void Find(const JoinHashes& probe, std::vector<Range>& ranges) const;
  const Entry* entries() const { return entries_.data(); }

  static int64_t EstimateBytes(data::idx_t num_rows);

 private:
  uint64_t mask_ = 0;
  std::vector<uint32_t> starts_;  // bucket b has entries starts_[b] .. starts_[b + 1]
  std::vector<Entry> entries_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_TABLE_H_
