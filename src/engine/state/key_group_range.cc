#include "engine/state/key_group_range.h"

#include "base/assert.h"
#include "data/chunk.h"
#include "data/key_group.h"
#include "data/vector.h"

namespace laminar::engine {

KeyGroupRange KeyGroupsOfSubtask(int subtask, int parallelism, uint32_t num_key_groups) {
  LAMINAR_ASSERT(subtask >= 0 && subtask < parallelism, subtask);
  const auto first_of = [&](int i) {
    const uint64_t groups = static_cast<uint64_t>(i) * num_key_groups;
    return static_cast<uint32_t>((groups + static_cast<uint64_t>(parallelism) - 1) /
                                 static_cast<uint64_t>(parallelism));
  };
  return {first_of(subtask), first_of(subtask + 1), num_key_groups};
}

uint32_t KeyGroupOfSlice(SliceId slice, uint32_t num_key_groups) {
  const auto time = [](int64_t micros) {
    return data::Value::TIMESTAMP(duckdb::timestamp_t(micros));
  };
  const data::Value window =
      data::Value::STRUCT({{"start", time(slice.start)}, {"end", time(slice.end)}});
  data::Chunk chunk = data::Chunk::Shell({window.type()});
  chunk.column(0).Reference(window);
  chunk.set_num_rows(1);
  data::Vector hashes(data::LogicalType::UBIGINT);
  data::HashKeys(chunk, {0}, hashes);
  return data::KeyGroupOf(duckdb::FlatVector::GetData<uint64_t>(hashes)[0], num_key_groups);
}

}  // namespace laminar::engine
