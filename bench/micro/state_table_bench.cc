// Keyed updates: how many rows a second a keyed table counts by a BIGINT key, beside the physical
// limit, a bare loop over one array of slots with the same hashes. Keys are those of Nexmark's
// bids, and uniform ones in tables of several sizes. `state_table_bench [million rows]`.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>

#include "base/clock.h"
#include "base/limits.h"
#include "bench/micro/bare_loop_for_bench.h"
#include "bench/micro/nexmark_keys_for_bench.h"
#include "data/chunk.h"
#include "data/key_group.h"
#include "engine/state/keyed_table.h"
#include "engine/state/memory_for_test.h"

namespace laminar::engine {
namespace {

using bench::KeyInput;
using bench::MakeInput;
using bench::Measure;
using bench::MeasureBareLoop;
using data::LogicalType;

double MeasureTable(const KeyInput& input, LogicalType type, bool hashes_known) {
  MemoryForTest memory;
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

double MeasureHash(const KeyInput& input) {
  data::Vector hashes(LogicalType::UBIGINT);
  return Measure(input, [&](size_t chunk) { data::HashKeys(input.chunks[chunk], {0}, hashes); });
}

void Report(const std::string& name, const KeyInput& input, int64_t num_keys_max) {
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
  const KeyInput auction_input =
      MakeInput(num_rows, LogicalType::BIGINT, [&] { return auctions.Next().auction; });
  Report("count by Nexmark auction", auction_input, num_rows / 46 * 3 + 2000);
  bench::NexmarkKeys bidders;
  Report("count by Nexmark bidder",
         MakeInput(num_rows, LogicalType::BIGINT, [&] { return bidders.Next().bidder; }),
         num_rows / 46 + 2000);
  for (const int64_t num_keys : {100, 10'000, 1'000'000}) {
    uint64_t random = 1;
    const KeyInput uniform = MakeInput(num_rows, LogicalType::BIGINT, [&] {
      random = random * 6364136223846793005ULL + 1442695040888963407ULL;
      return static_cast<int64_t>((random >> 20) % static_cast<uint64_t>(num_keys));
    });
    Report("count by " + std::to_string(num_keys) + " uniform keys", uniform, num_keys);
  }
  bench::NexmarkKeys texts;
  const KeyInput text_input =
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
