// Key groups: the fixed number of parts into which keys hash. Subtasks own contiguous ranges of
// them; rescaling moves ranges. The hash is recorded with every checkpoint, since another one would
// scatter keys differently.
#ifndef LAMINAR_DATA_KEY_GROUP_H_
#define LAMINAR_DATA_KEY_GROUP_H_

#include <cstdint>
#include <string_view>
#include <vector>

#include "data/chunk.h"

namespace laminar::data {

/// Names the hash of HashKeys in manifests.
inline constexpr std::string_view kKeyHashId = "duckdb-1.4";

/// Writes one 64-bit hash per row of the given columns into `hashes` (flat, UBIGINT). NULL hashes
/// as a value of its own. REQUIRES: at least one column.
void HashKeys(const Chunk& chunk, const std::vector<size_t>& columns, Vector& hashes);

/// The key group of a hash: its top bits, so that tables may index by the low ones.
inline uint32_t KeyGroupOf(uint64_t hash, uint32_t num_key_groups) {
  return static_cast<uint32_t>((static_cast<unsigned __int128>(hash) * num_key_groups) >> 64);
}

/// The subtask that owns a key group when `parallelism` subtasks own contiguous ranges of equal
/// size.
inline uint32_t SubtaskOfKeyGroup(uint32_t key_group,
                                  uint32_t num_key_groups,
                                  uint32_t parallelism) {
  return key_group * parallelism / num_key_groups;
}

}  // namespace laminar::data

#endif  // LAMINAR_DATA_KEY_GROUP_H_
