// Rows by key for benchmarks, and the physical limit of counting them: a bare loop over one array
// of slots.
#ifndef LAMINAR_BENCH_MICRO_BARE_LOOP_FOR_BENCH_H_
#define LAMINAR_BENCH_MICRO_BARE_LOOP_FOR_BENCH_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "data/chunk.h"
#include "data/key_group.h"

namespace laminar::bench {

struct KeyInput {
  std::vector<data::Chunk> chunks;
  std::vector<std::vector<uint64_t>> hashes;
  int64_t num_rows = 0;
};

inline KeyInput MakeInput(int64_t num_rows,
                          const data::LogicalType& type,
                          const std::function<int64_t()>& next) {
  KeyInput input;
  for (int64_t first = 0; first < num_rows; first += base::kRowsPerChunkMax) {
    data::Chunk chunk = data::Chunk::Allocate({type});
    for (int i = 0; i < base::kRowsPerChunkMax; ++i) {
      const int64_t key = next();
      if (type.id() == data::LogicalTypeId::BIGINT) {
        duckdb::FlatVector::GetData<int64_t>(chunk.column(0))[i] = key;
      } else {
        const std::string text = "auction number " + std::to_string(key);
        duckdb::FlatVector::GetData<duckdb::string_t>(chunk.column(0))[i] =
            duckdb::StringVector::AddString(chunk.column(0), text);
      }
    }
    chunk.set_num_rows(base::kRowsPerChunkMax);
    data::Vector hashes(data::LogicalType::UBIGINT);
    data::HashKeys(chunk, {0}, hashes);
    const auto* values = duckdb::FlatVector::GetData<uint64_t>(hashes);
    input.hashes.emplace_back(values, values + base::kRowsPerChunkMax);
    input.chunks.push_back(std::move(chunk));
    input.num_rows += base::kRowsPerChunkMax;
  }
  return input;
}

// Million rows a second of the best of three passes.
inline double Measure(const KeyInput& input, const std::function<void(size_t chunk)>& body) {
  double best = 0;
  for (int pass = 0; pass < 3; ++pass) {
    const int64_t start = base::ThreadCpuNanos();
    for (size_t i = 0; i < input.chunks.size(); ++i) {
      body(i);
    }
    const auto nanos = static_cast<double>(base::ThreadCpuNanos() - start);
    best = std::max(best, static_cast<double>(input.num_rows) * 1e3 / nanos);
  }
  return best;
}

// The limit: 16-byte slots, at most half full, nothing but the key and its count, prefetched 24
// rows ahead where they exceed the cache.
inline double MeasureBareLoop(const KeyInput& input, int64_t num_keys_max) {
  struct Slot {
    int64_t key = -1;
    int64_t count = 0;
  };
  uint64_t num_slots = 64;
  while (num_slots < static_cast<uint64_t>(num_keys_max) * 2) {
    num_slots *= 2;
  }
  std::vector<Slot> slots(num_slots);
  const uint64_t mask = num_slots - 1;
  const bool prefetch = num_slots * sizeof(Slot) > (1 << 20);
  return Measure(input, [&](size_t chunk) {
    const auto* keys = duckdb::FlatVector::GetData<int64_t>(input.chunks[chunk].column(0));
    const uint64_t* hashes = input.hashes[chunk].data();
    for (int i = 0; i < base::kRowsPerChunkMax; ++i) {
      if (prefetch && i + 24 < base::kRowsPerChunkMax) {
        __builtin_prefetch(&slots[hashes[i + 24] & mask]);
      }
      uint64_t at = hashes[i] & mask;
      while (slots[at].key != keys[i]) {
        if (slots[at].key == -1) {
          slots[at].key = keys[i];
          break;
        }
        at = (at + 1) & mask;
      }
      ++slots[at].count;
    }
  });
}

}  // namespace laminar::bench

#endif  // LAMINAR_BENCH_MICRO_BARE_LOOP_FOR_BENCH_H_
