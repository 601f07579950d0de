// RowAudit: what has passed one end of an edge: how many rows, and a hash that does not depend on
// their order. Both ends of an edge must agree at every barrier; the sums are part of each
// checkpoint. Owned by that end; task's thread.
#ifndef LAMINAR_ENGINE_NETWORK_ROW_AUDIT_H_
#define LAMINAR_ENGINE_NETWORK_ROW_AUDIT_H_

#include <cstdint>

#include "data/chunk.h"

namespace laminar::engine {

class RowAudit {
 public:
  /// Adds the rows of `chunk`, each `copies` times. The hash is that of the last column, the event
  /// time where there is one; columns that are no 64-bit number only count.
  void Add(const data::Chunk& chunk, int64_t copies = 1);

  int64_t num_rows() const { return num_rows_; }
  /// Sum of the rows' hashes, modulo 2^64.
  uint64_t hash() const { return hash_; }

 private:
  int64_t num_rows_ = 0;
  uint64_t hash_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_NETWORK_ROW_AUDIT_H_
