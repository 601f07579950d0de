// How much memory a chunk in a queue holds, strings included, well enough to bound queues.
#ifndef LAMINAR_ENGINE_NETWORK_CHUNK_BYTES_H_
#define LAMINAR_ENGINE_NETWORK_CHUNK_BYTES_H_

#include <cstdint>

#include "data/chunk.h"

namespace laminar::engine {

/// The columns' sizes, and the lengths of strings outside of them as a sample of the rows tells.
/// Changes no values.
int64_t EstimateChunkBytes(data::Chunk& chunk);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_NETWORK_CHUNK_BYTES_H_
