// Makes a chunk fit to be read by several tasks at once. The buffers of vectors are immutable once
// sent, but DuckDB's vectors keep parts that readers may rewrite in place: child vectors of nested
// types are shared by reference and flattened on demand, and a dictionary's hashes are computed by
// its first reader. Here the producer does that work first, alone.
#ifndef LAMINAR_ENGINE_NETWORK_CHUNK_SHARING_H_
#define LAMINAR_ENGINE_NETWORK_CHUNK_SHARING_H_

#include "data/chunk.h"

namespace laminar::engine {

/// Prepares a chunk, of which other tasks may get parts or copies, in place; costs next to nothing
/// for flat columns of simple types.
void PrepareForSharing(data::Chunk& chunk);

/// A copy over the same buffers for another task. REQUIRES: prepared.
data::Chunk ShareWithTask(const data::Chunk& chunk);

/// The selected rows, for another task: over the same buffers when they are a good part of the
/// chunk, copied when they are few, so that a queue of small selections does not hold on to large
/// buffers. REQUIRES: prepared.
data::Chunk SelectForTask(const data::Chunk& chunk,
                          const data::SelectionVector& selection,
                          data::idx_t num_rows);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_NETWORK_CHUNK_SHARING_H_
