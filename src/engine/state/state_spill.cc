#include "engine/state/state_spill.h"

#include <algorithm>
#include <cstring>
#include <utility>

namespace laminar::engine {

using duckdb::data_ptr_t;
using duckdb::idx_t;

struct StateSpill::AllocatorData final : duckdb::PrivateAllocatorData {
  explicit AllocatorData(StateSpill& owner) : spill(owner) {}

  static StateSpill& Of(duckdb::PrivateAllocatorData* data) {
    return static_cast<AllocatorData*>(data)->spill;
  }
  static data_ptr_t Allocate(duckdb::PrivateAllocatorData* data, idx_t size) {
    if (static_cast<int64_t>(size) >= kBlockBytesMin) {
      if (uint8_t* block = Of(data).Allocate(static_cast<int64_t>(size))) {
        return block;
      }
    }
    return duckdb::Allocator::DefaultAllocate(data, size);
  }
  static void Free(duckdb::PrivateAllocatorData* data, data_ptr_t block, idx_t size) {
    if (Of(data).Contains(block)) {
      Of(data).Free(block, static_cast<int64_t>(size));
    } else {
      duckdb::Allocator::DefaultFree(data, block, size);
    }
  }
  static data_ptr_t Reallocate(duckdb::PrivateAllocatorData* data,
                               data_ptr_t block,
                               idx_t old_size,
                               idx_t size) {
    const data_ptr_t moved = Allocate(data, size);
    std::memcpy(moved, block, std::min(old_size, size));
    Free(data, block, old_size);
    return moved;
  }

  StateSpill& spill;
};

StateSpill::StateSpill(base::SpillSpaceOptions options)
    : SpillSpace(std::move(options)),
      allocator_(AllocatorData::Allocate,
                 AllocatorData::Free,
                 AllocatorData::Reallocate,
                 duckdb::make_uniq<AllocatorData>(*this)) {}

}  // namespace laminar::engine
