// StateSpill: where state lies that does not fit in the memory budget, with the allocator that lets
// columns of chunks lie there. Owned by the worker's memory budget, and outlives all state; any
// thread.
#ifndef LAMINAR_ENGINE_STATE_STATE_SPILL_H_
#define LAMINAR_ENGINE_STATE_STATE_SPILL_H_

#include "base/spill_space.h"
#include "data/vector.h"

namespace laminar::engine {

class StateSpill final : public base::SpillSpace {
 public:
  explicit StateSpill(base::SpillSpaceOptions options);

  /// See duckdb::DataChunk::Initialize. In memory, uncounted, where columns are small or there is
  /// no room.
  duckdb::Allocator& allocator() { return allocator_; }

 private:
  struct AllocatorData;

  duckdb::Allocator allocator_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_STATE_SPILL_H_
