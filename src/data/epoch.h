// Numbers of checkpoints and of attempts to run a job. Both come from counters in the metadata,
// never from a clock. Plain values; any thread.
#ifndef LAMINAR_DATA_EPOCH_H_
#define LAMINAR_DATA_EPOCH_H_

#include <compare>
#include <cstdint>

namespace laminar::data {

/// Number of a checkpoint of a job; from 1.
struct Epoch {
  int64_t value = 0;
  auto operator<=>(const Epoch&) const = default;
};

/// Number of an attempt to run a job; from 1. What a later generation has begun, an earlier one may
/// no longer change.
struct Generation {
  int64_t value = 0;
  auto operator<=>(const Generation&) const = default;
};

}  // namespace laminar::data

#endif  // LAMINAR_DATA_EPOCH_H_
