// Which key groups a subtask owns, and by what the rows of a table belong to one: by the same
// columns by which the exchange before the operator has routed them, so that a restore at another
// parallelism gives every subtask exactly the rows of the keys that will come to it. Pure
// functions; any thread.
#ifndef LAMINAR_ENGINE_STATE_KEY_GROUP_RANGE_H_
#define LAMINAR_ENGINE_STATE_KEY_GROUP_RANGE_H_

#include <cstdint>

#include "engine/state/state_schema.h"

namespace laminar::engine {

/// Key groups [begin, end) of `num_key_groups`. Rows without key columns belong to group 0.
struct KeyGroupRange {
  uint32_t begin = 0;
  uint32_t end = 256;
  uint32_t num_key_groups = 256;

  static KeyGroupRange All(uint32_t num_key_groups) { return {0, num_key_groups, num_key_groups}; }

  bool Contains(uint32_t key_group) const { return key_group >= begin && key_group < end; }
  uint32_t size() const { return end - begin; }
};

/// What subtask `subtask` of `parallelism` owns: see data::SubtaskOfKeyGroup.
KeyGroupRange KeyGroupsOfSubtask(int subtask, int parallelism, uint32_t num_key_groups);

/// By what a row belongs to a key group.
enum class KeyGroupRule {
  kKeys,    // the hash of its key columns
  kSlice,   // the hash of its window: operators without keys behind an exchange by the window
  kStored,  // a column that its operator fills in
  kZero,    // all to group 0: operators that have one subtask
};

/// The key group of a window, as an exchange by a STRUCT(start, end) column finds it.
uint32_t KeyGroupOfSlice(SliceId slice, uint32_t num_key_groups);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_KEY_GROUP_RANGE_H_
