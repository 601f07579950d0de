// Numbers the partitions of a window's rows: rows with equal values in some columns have one
// number. Pure function of the rows; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_PARTITION_GROUPS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_PARTITION_GROUPS_H_

#include <cstdint>
#include <vector>

#include "data/chunk.h"

namespace laminar::engine {

struct PartitionGroups {
  std::vector<uint32_t> group_of_row;  // by position through all chunks
  uint32_t num_groups = 0;             // numbered in order of their first row
};

/// NULLs are equal to each other. Without columns there is one group. REQUIRES: fewer than 2^32 - 1
/// rows.
PartitionGroups FindPartitionGroups(const std::vector<data::Chunk>& chunks,
                                    const std::vector<size_t>& columns);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_PARTITION_GROUPS_H_
