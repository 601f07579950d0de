// Cuts of state: how long a task stands still at a barrier with 1 GiB of keyed state, how much is
// handed out and how long that takes when 1 % of the keys have changed, what noting changes costs,
// and how fast state is taken back. The same for kept rows. `state_cut_bench [MiB of state]`.
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/limits.h"
#include "data/chunk.h"
#include "engine/state/memory_for_test.h"
#include "engine/state/row_log.h"
#include "engine/state/sliced_table.h"

namespace laminar::engine {
namespace {

using data::LogicalType;

constexpr int kNumCuts = 100;
constexpr KeyGroupRange kRange = {};

double Seconds(const std::function<void()>& body) {
  const base::MonotonicTime start = base::SystemClock().Now();
  body();
  return static_cast<double>(base::SystemClock().Now().nanos - start.nanos) / 1e9;
}

double Quantile(std::vector<double> values, double quantile) {
  std::sort(values.begin(), values.end());
  return values[static_cast<size_t>(quantile * static_cast<double>(values.size() - 1))];
}

StateSchema TableSchema() {
  StateSchema schema{.name = "groups",
                     .version = 1,
                     .keys = {{"key", LogicalType::BIGINT}},
                     .values = {},
                     .sliced = false};
  for (const char* name : {"count", "sum", "min", "max"}) {
    schema.values.push_back({name, LogicalType::BIGINT, false});
  }
  return schema;
}

class Table {
 public:
  explicit Table(MemoryForTest& memory)
      : table_(TableSchema(), KeyGroupRule::kKeys, memory),
        keys_(table_.layout(), {0}),
        chunk_(data::Chunk::Allocate({LogicalType::BIGINT})) {
    chunk_.set_num_rows(base::kRowsPerChunkMax);
  }

  SlicedTable& table() { return table_; }
  int64_t num_keys() const { return num_keys_; }

  void Fill(int64_t bytes) {
    while (table_.bytes() < bytes) {
      Update([this](int64_t i) { return num_keys_ + i; });
      num_keys_ += base::kRowsPerChunkMax;
    }
  }
  // Updates random keys; returns nanoseconds a row.
  double Touch(int64_t num_rows) {
    const int64_t num_chunks = std::max<int64_t>(num_rows / base::kRowsPerChunkMax, 1);
    const double seconds = Seconds([&] {
      for (int64_t chunk = 0; chunk < num_chunks; ++chunk) {
        Update([this](int64_t) {
          random_ = random_ * 6364136223846793005ULL + 1442695040888963407ULL;
          return static_cast<int64_t>((random_ >> 20) % static_cast<uint64_t>(num_keys_));
        });
      }
    });
    return seconds * 1e9 / static_cast<double>(num_chunks * base::kRowsPerChunkMax);
  }

 private:
  template <class Key>
  void Update(Key key) {
    auto* keys = duckdb::FlatVector::GetData<int64_t>(chunk_.column(0));
    for (int64_t i = 0; i < base::kRowsPerChunkMax; ++i) {
      keys[i] = key(i);
    }
    keys_.Set(chunk_);
    uint8_t* rows[base::kRowsPerChunkMax];
    table_.All().FindOrInsert(keys_, nullptr, base::kRowsPerChunkMax, rows);
    const expression::StateField count = table_.layout().field(1);
    for (uint8_t* row : rows) {
      count.Store<int64_t>(row, count.Load<int64_t>(row) + 1);
    }
  }

  SlicedTable table_;
  KeyColumns keys_;
  data::Chunk chunk_;
  int64_t num_keys_ = 0;
  uint64_t random_ = 1;
};

struct Drained {
  double cut_seconds = 0;
  double seconds = 0;
  double part_seconds_max = 0;
  int64_t num_rows = 0;
  int64_t bytes = 0;
};

// Cuts and hands everything out; `between` runs between the parts, and is not counted.
Drained Drain(StateTable& table, CutKind kind, const std::function<void(data::Chunk&)>& between) {
  Drained result;
  size_t row_bytes = 0;
  for (const data::LogicalType& type : table.ChangeSchema().Types()) {
    row_bytes += duckdb::GetTypeIdSize(type.InternalType());
  }
  std::unique_ptr<StateCut> cut;
  result.cut_seconds = Seconds([&] { cut = *table.Cut(kind, kRange); });
  for (bool more = true; more;) {
    std::optional<data::Chunk> rows;
    const double seconds = Seconds([&] { rows = *cut->Next(); });
    result.seconds += seconds;
    result.part_seconds_max = std::max(result.part_seconds_max, seconds);
    more = rows.has_value();
    if (more) {
      result.num_rows += static_cast<int64_t>(rows->num_rows());
      result.bytes += static_cast<int64_t>(rows->num_rows() * row_bytes);
      between(*rows);
    }
  }
  const double seconds = Seconds([&] { cut.reset(); });
  result.seconds += seconds;
  result.part_seconds_max = std::max(result.part_seconds_max, seconds);
  return result;
}

void Print(const char* what, const Drained& drained) {
  std::printf(
      "%-34s cut %8.1f us   %9lld rows %8.1f MiB in %7.1f ms (%.2f GiB/s), longest part %.2f ms\n",
      what, drained.cut_seconds * 1e6, static_cast<long long>(drained.num_rows),
      static_cast<double>(drained.bytes) / (1 << 20), drained.seconds * 1e3,
      static_cast<double>(drained.bytes) / drained.seconds / (1 << 30),
      drained.part_seconds_max * 1e3);
}

void MeasureTable(int64_t bytes) {
  MemoryForTest memory;
  Table state(memory);
  const double fill = Seconds([&] { state.Fill(bytes); });
  std::printf("keyed state: %lld keys, %.0f MiB, made in %.2f s\n",
              static_cast<long long>(state.num_keys()),
              static_cast<double>(state.table().bytes()) / (1 << 20), fill);
  const int64_t percent = state.num_keys() / 100;
  const double untracked = state.Touch(4 * percent);
  const auto nothing = [](data::Chunk&) {};
  Print("first cut: all rows", Drain(state.table(), CutKind::kChanges, nothing));
  std::vector<double> cut;
  std::vector<double> drain;
  double tracked = 0;
  Drained one;
  for (int i = 0; i < kNumCuts; ++i) {
    tracked += state.Touch(percent) / kNumCuts;
    one = Drain(state.table(), CutKind::kChanges, nothing);
    cut.push_back(one.cut_seconds);
    drain.push_back(one.seconds);
  }
  Print("a cut of changes, 1 % of the keys", one);
  std::printf("%-34s p50 %.1f us, p99 %.1f us, max %.1f us; handing out p50 %.1f ms, p99 %.1f ms\n",
              "of 100 such cuts", Quantile(cut, 0.5) * 1e6, Quantile(cut, 0.99) * 1e6,
              Quantile(cut, 1) * 1e6, Quantile(drain, 0.5) * 1e3, Quantile(drain, 0.99) * 1e3);
  const double again = state.Touch(4 * percent);
  std::printf("%-34s %.1f ns a row untracked, %.1f when 1 %% change between cuts, %.1f over 4 %%\n",
              "random updates", untracked, tracked, again);
  double copied = 0;
  int64_t num_touched = 0;
  Print("all rows, changed meanwhile", Drain(state.table(), CutKind::kAll, [&](data::Chunk&) {
          copied += state.Touch(base::kRowsPerChunkMax / 4);
          ++num_touched;
        }));
  std::printf("%-34s %.1f ns a row\n", "updates during that cut",
              copied / static_cast<double>(num_touched));
  Table restored(memory);
  double apply = 0;
  const Drained all = Drain(state.table(), CutKind::kAll, [&](data::Chunk& rows) {
    apply += Seconds([&] { restored.table().Apply(rows, kRange).IgnoreError(); });
  });
  std::printf("%-34s %.2f s (%.0f MiB/s, %.1f M rows/s)\n\n", "taking all rows back", apply,
              static_cast<double>(all.bytes) / apply / (1 << 20),
              static_cast<double>(all.num_rows) / apply / 1e6);
}

void MeasureLog(int64_t bytes) {
  MemoryForTest memory;
  const StateSchema schema{.name = "rows",
                           .version = 1,
                           .keys = {},
                           .values = {{"key", LogicalType::BIGINT},
                                      {"price", LogicalType::BIGINT},
                                      {"time", LogicalType::TIMESTAMP}},
                           .sliced = true};
  const RowLog::KeyGroups by_key{.rule = KeyGroupRule::kKeys, .columns = {0}};
  RowLog log(schema, by_key, memory);
  data::Chunk chunk = data::Chunk::Allocate(log.types());
  for (data::idx_t i = 0; i < base::kRowsPerChunkMax; ++i) {
    for (data::idx_t column = 0; column < 3; ++column) {
      duckdb::FlatVector::GetData<int64_t>(chunk.column(column))[i] = static_cast<int64_t>(i);
    }
  }
  chunk.set_num_rows(base::kRowsPerChunkMax);
  for (int64_t window = 0; log.bytes() < bytes; window = (window + 1) % 60) {
    log.Append(SliceId::At(window), chunk).IgnoreError();
  }
  std::printf("kept rows: %lld rows, %.0f MiB in 60 windows\n",
              static_cast<long long>(log.num_rows()), static_cast<double>(log.bytes()) / (1 << 20));
  const auto nothing = [](data::Chunk&) {};
  Print("first cut: all rows", Drain(log, CutKind::kChanges, nothing));
  const int64_t num_chunks = log.num_rows() / base::kRowsPerChunkMax / 100;
  for (int64_t i = 0; i < num_chunks; ++i) {
    log.Append(SliceId::At(i % 60), chunk).IgnoreError();
  }
  Print("a cut of changes, 1 % new", Drain(log, CutKind::kChanges, nothing));
  RowLog restored(schema, by_key, memory);
  double apply = 0;
  const Drained all = Drain(log, CutKind::kAll, [&](data::Chunk& rows) {
    apply += Seconds([&] { restored.Apply(rows, kRange).IgnoreError(); });
  });
  std::printf("%-34s %.2f s (%.0f MiB/s, %.1f M rows/s)\n", "taking all rows back", apply,
              static_cast<double>(all.bytes) / apply / (1 << 20),
              static_cast<double>(all.num_rows) / apply / 1e6);
}

int Main(int argc, char** argv) {
  const int64_t mebibytes = argc > 1 ? std::atoll(argv[1]) : 0;
  const int64_t bytes = (mebibytes > 0 ? mebibytes : 1024) << 20;
  MeasureTable(bytes);
  MeasureLog(bytes);
  return 0;
}

}  // namespace
}  // namespace laminar::engine

int main(int argc, char** argv) { return laminar::engine::Main(argc, argv); }
