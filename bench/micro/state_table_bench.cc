// Keyed updates: how many rows a second a keyed table counts by a BIGINT key, beside the physical
// limit, a bare loop over one array of slots with the same hashes. Keys are those of Nexmark's
// bids, and uniform ones in tables of several sizes. `state_table_bench [million rows]`.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <functional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "bench/micro/nexmark_keys_for_bench.h"
#include "data/chunk.h"
#include "data/key_group.h"
#include "engine/state/keyed_table.h"
#include "engine/state/memory_for_test.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::LogicalType;

struct Input {
  std::vector<data::Chunk> chunks;
  std::vector<std::vector<uint64_t>> hashes;
  int64_t num_rows = 0;
};

Input MakeInput(int64_t num_rows, LogicalType type, const std::function<int64_t()>& next) {
  Input input;
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
    data::Vector hashes(LogicalType::UBIGINT);
    data::HashKeys(chunk, {0}, hashes);
    const auto* values = duckdb::FlatVector::GetData<uint64_t>(hashes);
    input.hashes.emplace_back(values, values + base::kRowsPerChunkMax);
    input.chunks.push_back(std::move(chunk));
    input.num_rows += base::kRowsPerChunkMax;
  }
  return input;
}

// Million rows a second of the best of three passes.
double Measure(const Input& input, const std::function<void(size_t chunk)>& body) {
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
double MeasureBareLoop(const Input& input, int64_t num_keys_max) {
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

double MeasureTable(const Input& input, LogicalType type, bool hashes_known) {
  StateMemoryForTest memory;
  const RowLayout layout({{"key", type}}, {{"count", LogicalType::BIGINT, false}});
  KeyedTable table(layout, memory);
  KeyColumns keys(layout, {0});
  const expression::StateField count = layout.field(1);
  uint8_t* rows[base::kRowsPerChunkMax];
  return Measure(input, [&](size_t chunk) {
    hashes_known ? keys.Set(input.chunks[chunk], input.hashes[chunk].data())
                 : keys.Set(input.chunks[chunk]);
    table.FindOrInsert(keys, nullptr, base::kRowsPerChunkMax, rows);
    for (uint8_t* row : rows) {
      count.Store<int64_t>(row, count.Load<int64_t>(row) + 1);
    }
  });
}

double MeasureHash(const Input& input) {
  data::Vector hashes(LogicalType::UBIGINT);
  return Measure(input, [&](size_t chunk) { data::HashKeys(input.chunks[chunk], {0}, hashes); });
}

void Report(const std::string& name, const Input& input, int64_t num_keys_max) {
  const double limit = MeasureBareLoop(input, num_keys_max);
  const double table = MeasureTable(input, LogicalType::BIGINT, /*hashes_known=*/true);
  const double with_hash = MeasureTable(input, LogicalType::BIGINT, /*hashes_known=*/false);
  std::printf("%-28s bare loop %6.1f M/s   table %6.1f M/s (%.2f of it)   with hashing %6.1f M/s\n",
              name.c_str(), limit, table, table / limit, with_hash);
}

int Main(int argc, char** argv) {
  const int64_t millions = argc > 1 ? std::atoll(argv[1]) : 0;
  const int64_t num_rows = (millions > 0 ? millions : 4) * 1'000'000;
  bench::NexmarkKeys auctions;
  const Input auction_input =
      MakeInput(num_rows, LogicalType::BIGINT, [&] { return auctions.Next().auction; });
  Report("count by Nexmark auction", auction_input, num_rows / 46 * 3 + 2000);
  bench::NexmarkKeys bidders;
  Report("count by Nexmark bidder",
         MakeInput(num_rows, LogicalType::BIGINT, [&] { return bidders.Next().bidder; }),
         num_rows / 46 + 2000);
  for (const int64_t num_keys : {100, 10'000, 1'000'000}) {
    uint64_t random = 1;
    const Input uniform = MakeInput(num_rows, LogicalType::BIGINT, [&] {
      random = random * 6364136223846793005ULL + 1442695040888963407ULL;
      return static_cast<int64_t>((random >> 20) % static_cast<uint64_t>(num_keys));
    });
    Report("count by " + std::to_string(num_keys) + " uniform keys", uniform, num_keys);
  }
  bench::NexmarkKeys texts;
  const Input text_input =
      MakeInput(num_rows, LogicalType::VARCHAR, [&] { return texts.Next().auction; });
  std::printf("%-28s table %6.1f M/s   with hashing %6.1f M/s\n", "count by text",
              MeasureTable(text_input, LogicalType::VARCHAR, true),
              MeasureTable(text_input, LogicalType::VARCHAR, false));
  std::printf("%-28s %6.1f M/s\n", "hash of a BIGINT", MeasureHash(auction_input));
  return 0;
}

}  // namespace
}  // namespace laminar::engine

int main(int argc, char** argv) { return laminar::engine::Main(argc, argv); }
