// Cuts of tables under random changes: what the chain of cuts gives is what the table held when the
// last of them began, whatever was changed, dropped, handed out or abandoned meanwhile.
#include <algorithm>
#include <cstdint>
#include <map>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/limits.h"
#include "data/key_group.h"
#include "engine/state/memory_for_test.h"
#include "engine/state/row_log.h"
#include "engine/state/row_store_for_test.h"
#include "engine/state/sliced_table.h"
#include "engine/state/state_for_test.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::LogicalType;
using data::Value;

constexpr uint32_t kNumKeyGroups = 16;
constexpr KeyGroupRange kAllGroups = {0, kNumKeyGroups, kNumKeyGroups};

// --- keyed tables under random changes ---

struct TableCase {
  bool sliced = true;
  bool text_keys = false;
  KeyGroupRule rule = KeyGroupRule::kKeys;
  bool values = true;
  bool moves = false;  // rows leave memory at any time
};

class TableRun {
 public:
  TableRun(TableCase options, uint64_t seed)
      : options_(options), random_(seed), table_(MakeTable()) {}
  ~TableRun() { chain_.Abandon(); }

  void Run(int num_steps) {
    for (int i = 0; i < num_steps && !testing::Test::HasFailure(); ++i) {
      Step();
    }
    if (chain_.is_running()) {
      chain_.Finish();
      Check();
    }
  }
  int num_checked() const { return num_checked_; }

 private:
  struct Row {
    int64_t sum = 0;
    std::optional<std::string> text;
  };
  using Rows = std::map<SliceId, std::map<int64_t, Row>>;

  std::unique_ptr<SlicedTable> MakeTable() {
    return options_.moves ? std::make_unique<SlicedTable>(Schema(), options_.rule, short_memory(),
                                                          SlicedTable::Rows::kMayMove)
                          : std::make_unique<SlicedTable>(Schema(), options_.rule, memory_);
  }
  RowStoreForTest& short_memory() {
    if (!short_memory_.has_value()) {
      short_memory_.emplace();
    }
    return *short_memory_;
  }
  StateSchema Schema() const {
    StateSchema schema{
        .name = "groups",
        .version = 1,
        .keys = {{"k", options_.text_keys ? LogicalType::VARCHAR : LogicalType::BIGINT}},
        .values = {},
        .sliced = options_.sliced};
    if (options_.values) {
      schema.values = {{"sum", LogicalType::BIGINT, false}, {"text", LogicalType::VARCHAR}};
    }
    return schema;
  }
  int64_t Random(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  SliceId RandomSlice() {
    if (!options_.sliced) {
      return {};
    }
    const int64_t start = first_slice_ + Random(3);
    return {.end = start + 1, .start = start};
  }
  Value KeyOf(int64_t key) const {
    return options_.text_keys ? Value("a key of some length " + std::to_string(key))
                              : Value::BIGINT(key);
  }

  void Step() {
    const int64_t choice = Random(100);
    if (choice < 55) {
      Update(RandomSlice());
    } else if (choice < 70) {
      Erase(RandomSlice());
    } else if (choice < 74 && options_.sliced) {
      Drop();
    } else if (choice < 85 && options_.moves) {
      Move(RandomSlice());
    } else if (!chain_.is_running()) {
      chain_.Begin(*table_, Random(6) == 0 ? CutKind::kAll : CutKind::kChanges, kAllGroups);
      at_cut_ = rows_;
    } else if (choice < 97) {
      // Rows that are not in memory come in more and smaller parts.
      for (int64_t i = options_.moves ? Random(8) : 0; chain_.is_running() && i >= 0; --i) {
        if (!chain_.Step()) {
          Check();
        }
      }
    } else {
      Random(2) == 0 ? chain_.Abandon() : chain_.DrainAndAbandon();
    }
  }

  void Update(SliceId slice) {
    const int64_t count = 1 + Random(Random(4) == 0 ? 2000 : 40);
    const int64_t num_keys = Random(3) == 0 ? 10'000 : 300;
    std::vector<int64_t> numbers;
    data::Chunk chunk = data::Chunk::Allocate({Schema().keys[0].type});
    for (int64_t i = 0; i < count; ++i) {
      numbers.push_back(Random(num_keys));
      chunk.column(0).SetValue(i, KeyOf(numbers.back()));
    }
    chunk.set_num_rows(count);
    KeyColumns keys(table_->layout(), {0});
    keys.Set(chunk);
    KeyedTable& table = table_->Slice(slice);
    std::vector<uint8_t*> rows(count);
    table.FindOrInsert(keys, nullptr, count, rows.data());
    for (int64_t i = 0; i < count; ++i) {
      if (options_.rule == KeyGroupRule::kStored) {
        table_->StoreKeyGroup(rows[i], static_cast<uint32_t>(numbers[i]) % kNumKeyGroups);
      }
      Change(table, rows[i], rows_[slice][numbers[i]]);
    }
  }
  void Change(KeyedTable& table, uint8_t* row, Row& model) {
    if (!options_.values) {
      return;
    }
    const expression::StateField sum = table_->layout().field(1);
    const expression::StateField text = table_->layout().field(2);
    const int64_t more = Random(1000);
    sum.Store(row, sum.Load<int64_t>(row) + more);
    model.sum += more;
    if (Random(3) == 0) {
      const std::string value = "text " + std::string(Random(40), 'x') + std::to_string(more);
      duckdb::string_t stored = text.Load<duckdb::string_t>(row);
      expression::AssignString(stored,
                               duckdb::string_t(value.data(), static_cast<uint32_t>(value.size())),
                               table.strings());
      text.Store(row, stored);
      text.SetValid(row);
      model.text = value;
    }
  }
  void Erase(SliceId slice) {
    const auto found = rows_.find(slice);
    if (found == rows_.end()) {
      return;
    }
    for (int64_t i = 1 + Random(50); i > 0 && !found->second.empty(); --i) {
      auto at = found->second.lower_bound(Random(300));
      at = at == found->second.end() ? found->second.begin() : at;
      data::Chunk chunk = data::Chunk::Allocate({Schema().keys[0].type});
      chunk.column(0).SetValue(0, KeyOf(at->first));
      chunk.set_num_rows(1);
      KeyColumns keys(table_->layout(), {0});
      keys.Set(chunk);
      uint8_t* row = nullptr;
      table_->FindSlice(slice)->Find(keys, nullptr, 1, &row);
      ASSERT_NE(row, nullptr);
      table_->FindSlice(slice)->Erase(row);
      found->second.erase(at);
    }
  }
  void Move(SliceId slice) {
    KeyedTable& table = table_->Slice(slice);
    const int64_t before = table.num_rows();
    table.MoveOut(static_cast<idx_t>(Random(Random(2) == 0 ? 3000 : 50)), short_memory().store());
    ASSERT_EQ(table.num_rows(), before);
    ASSERT_TRUE(table.status().ok()) << table.status();
    Walk(slice);
  }
  // Sees each key once.
  void Walk(SliceId slice) {
    const KeyedTable& table = *table_->FindSlice(slice);
    std::vector<std::string> found;
    KeyedTable::Cursor cursor;
    uint8_t* rows[base::kRowsPerChunkMax];
    while (const idx_t count = table.Next(cursor, base::kRowsPerChunkMax, rows)) {
      data::Chunk keys = data::Chunk::Allocate({Schema().keys[0].type});
      table_->layout().Gather(0, rows, count, keys.column(0), 0);
      for (idx_t i = 0; i < count; ++i) {
        found.push_back(keys.column(0).GetValue(i).ToString());
      }
    }
    std::vector<std::string> expected;
    for (const auto& [key, row] : rows_[slice]) {
      expected.push_back(KeyOf(key).ToString());
    }
    std::ranges::sort(found);
    std::ranges::sort(expected);
    ASSERT_EQ(found, expected);
  }
  void Drop() {
    const SliceId slice = RandomSlice();
    table_->Drop(slice);
    rows_.erase(slice);
    first_slice_ += Random(2);
  }

  uint32_t KeyGroupOf(SliceId slice, int64_t key) const {
    switch (options_.rule) {
      case KeyGroupRule::kKeys: {
        data::Chunk chunk = data::Chunk::Allocate({Schema().keys[0].type});
        chunk.column(0).SetValue(0, KeyOf(key));
        chunk.set_num_rows(1);
        data::Vector hashes(LogicalType::UBIGINT);
        data::HashKeys(chunk, {0}, hashes);
        return data::KeyGroupOf(duckdb::FlatVector::GetData<uint64_t>(hashes)[0], kNumKeyGroups);
      }
      case KeyGroupRule::kStored:
        return static_cast<uint32_t>(key) % kNumKeyGroups;
      case KeyGroupRule::kSlice:
        return KeyGroupOfSlice(slice, kNumKeyGroups);
      case KeyGroupRule::kZero:
        return 0;
    }
  }

  // Applies the chain to subtasks of another parallelism.
  void Check() {
    ++num_checked_;
    std::vector<std::string> expected;
    for (const auto& [slice, rows] : at_cut_) {
      for (const auto& [key, row] : rows) {
        std::string text = "0|" + std::to_string(KeyGroupOf(slice, key)) + "|";
        if (options_.sliced) {
          text += std::to_string(slice.start) + "|" + std::to_string(slice.end) + "|";
        }
        text += KeyOf(key).ToString();
        if (options_.values) {
          text += "|" + std::to_string(row.sum) + "|" + row.text.value_or("NULL");
        }
        expected.push_back(std::move(text));
      }
    }
    std::sort(expected.begin(), expected.end());
    const int parallelism = static_cast<int>(1 + Random(3));
    std::vector<std::string> restored;
    for (int subtask = 0; subtask < parallelism; ++subtask) {
      const KeyGroupRange range = KeyGroupsOfSubtask(subtask, parallelism, kNumKeyGroups);
      const std::unique_ptr<SlicedTable> table = MakeTable();
      chain_.ApplyTo(*table, range);
      // Where rows move, a cut may hand out one twice; the later counts.
      ChainForTest of_restored;
      of_restored.Begin(*table, CutKind::kAll, range);
      of_restored.Finish();
      SlicedTable plain(Schema(), options_.rule, memory_);
      of_restored.ApplyTo(plain, range);
      for (std::string& row : RowsForTest(plain, range)) {
        restored.push_back(std::move(row));
      }
    }
    std::sort(restored.begin(), restored.end());
    ASSERT_EQ(restored, expected);
  }

  const TableCase options_;
  std::mt19937_64 random_;
  MemoryForTest memory_;
  std::optional<RowStoreForTest> short_memory_;
  std::unique_ptr<SlicedTable> table_;
  Rows rows_;
  Rows at_cut_;
  int64_t first_slice_ = 0;
  ChainForTest chain_;
  int num_checked_ = 0;
};

TEST(SlicedTableCut, GivesWhatTheTableHeldWhenItBegan) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    for (const TableCase& options :
         {TableCase{}, TableCase{.text_keys = true}, TableCase{.sliced = false},
          TableCase{.sliced = false, .text_keys = true, .rule = KeyGroupRule::kStored},
          TableCase{.rule = KeyGroupRule::kSlice}, TableCase{.rule = KeyGroupRule::kZero},
          TableCase{.rule = KeyGroupRule::kStored, .values = false}, TableCase{.moves = true},
          TableCase{.text_keys = true, .moves = true},
          TableCase{.sliced = false, .rule = KeyGroupRule::kStored, .moves = true},
          TableCase{.rule = KeyGroupRule::kStored, .values = false, .moves = true}}) {
      if (options.moves && seed > 1) {
        continue;  // they take longer
      }
      SCOPED_TRACE(testing::Message()
                   << "seed " << seed << " rule " << static_cast<int>(options.rule));
      TableRun run(options, seed);
      run.Run(300);
      EXPECT_GT(run.num_checked(), options.moves ? 0 : 3);
      if (testing::Test::HasFailure()) {
        return;
      }
    }
  }
}

// --- single facts ---

StateSchema CountSchema() {
  return {.name = "counts",
          .version = 1,
          .keys = {{"k", LogicalType::BIGINT, false}},
          .values = {{"count", LogicalType::BIGINT, false}},
          .sliced = false};
}

// Counts keys [first, first + count) once.
void Count(SlicedTable& table, int64_t first, int64_t count) {
  for (int64_t done = 0; done < count; done += base::kRowsPerChunkMax) {
    const int64_t part = std::min<int64_t>(count - done, base::kRowsPerChunkMax);
    data::Chunk chunk = data::Chunk::Allocate({LogicalType::BIGINT});
    for (int64_t i = 0; i < part; ++i) {
      duckdb::FlatVector::GetData<int64_t>(chunk.column(0))[i] = first + done + i;
    }
    chunk.set_num_rows(part);
    KeyColumns keys(table.layout(), {0});
    keys.Set(chunk);
    uint8_t* rows[base::kRowsPerChunkMax];
    table.All().FindOrInsert(keys, nullptr, part, rows);
    const expression::StateField field = table.layout().field(1);
    for (int64_t i = 0; i < part; ++i) {
      field.Store<int64_t>(rows[i], field.Load<int64_t>(rows[i]) + 1);
    }
  }
}

TEST(SlicedTableCut, HandsOutAsMuchAsHasChanged) {
  MemoryForTest memory;
  SlicedTable table(CountSchema(), KeyGroupRule::kKeys, memory);
  ChainForTest chain;
  Count(table, 0, 100'000);
  chain.Begin(table, CutKind::kChanges, {});
  chain.Finish();
  EXPECT_EQ(chain.num_rows_of_last(), 100'000);
  Count(table, 500, 30);
  Count(table, 510, 30);
  chain.Begin(table, CutKind::kChanges, {});
  chain.Finish();
  EXPECT_EQ(chain.num_rows_of_last(), 40);
  chain.Begin(table, CutKind::kChanges, {});
  chain.Finish();
  EXPECT_EQ(chain.num_rows_of_last(), 0);
  Count(table, 0, 10);
  chain.Begin(table, CutKind::kChanges, {});
  chain.DrainAndAbandon();
  Count(table, 5, 10);
  chain.Begin(table, CutKind::kChanges, {});
  chain.Finish();
  EXPECT_EQ(chain.num_rows_of_last(), 15);
  chain.Begin(table, CutKind::kAll, {});
  chain.Finish();
  EXPECT_EQ(chain.num_rows_of_last(), 100'000);
}

TEST(SlicedTableCut, SurvivesManyAbandonedCutsOfAllRows) {
  MemoryForTest memory;
  SlicedTable table(CountSchema(), KeyGroupRule::kKeys, memory);
  Count(table, 0, 5000);
  ChainForTest chain;
  for (int i = 0; i < 40; ++i) {
    chain.Begin(table, CutKind::kAll, {});
    for (int step = 0; step < i % 4; ++step) {
      chain.Step();
    }
    Count(table, i, 3000);
    chain.Abandon();
  }
  chain.Begin(table, CutKind::kChanges, {});
  chain.Finish();
  EXPECT_EQ(chain.num_rows_of_last(), 5000);
  SlicedTable restored(CountSchema(), KeyGroupRule::kKeys, memory);
  chain.ApplyTo(restored, {});
  EXPECT_EQ(RowsForTest(restored), RowsForTest(table));
}

TEST(SlicedTableCut, ChargesWhatItKeeps) {
  MemoryForTest memory;
  {
    SlicedTable table(CountSchema(), KeyGroupRule::kKeys, memory);
    Count(table, 0, 20'000);
    const int64_t before = memory.used_bytes();
    ChainForTest chain;
    chain.Begin(table, CutKind::kChanges, {});
    Count(table, 0, 20'000);
    EXPECT_GT(memory.used_bytes(), before + 20'000 * 16);
    EXPECT_EQ(memory.used_bytes(), table.bytes());
    chain.Finish();
    EXPECT_LT(memory.used_bytes(), before + 20'000 * 9);
  }
  EXPECT_EQ(memory.used_bytes(), 0);
}

TEST(SlicedTableCut, RefusesRowsInTheWrongKeyGroup) {
  MemoryForTest memory;
  SlicedTable table(CountSchema(), KeyGroupRule::kKeys, memory);
  Count(table, 0, 10);
  auto cut = table.Cut(CutKind::kAll, {});
  ASSERT_TRUE(cut.ok());
  auto rows = (*cut)->Next();
  ASSERT_TRUE(rows.ok() && rows->has_value());
  const auto key_group = duckdb::FlatVector::GetData<int32_t>((*rows)->column(1))[0];
  duckdb::FlatVector::GetData<int32_t>((*rows)->column(1))[0] = (key_group + 1) % 256;
  SlicedTable restored(CountSchema(), KeyGroupRule::kKeys, memory);
  EXPECT_EQ(restored.Apply(**rows, {}).code(), absl::StatusCode::kDataLoss);
  duckdb::FlatVector::GetData<int32_t>((*rows)->column(1))[0] = 256;
  EXPECT_EQ(restored.Apply(**rows, {}).code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(restored.Apply(data::Chunk::Allocate({LogicalType::BIGINT}), {}).code(),
            absl::StatusCode::kDataLoss);
}

// --- logs under random changes ---

class LogRun {
 public:
  LogRun(RowLog::KeyGroups key_groups, uint64_t seed)
      : key_groups_(std::move(key_groups)), random_(seed), log_(Schema(), key_groups_, memory_) {}
  ~LogRun() { chain_.Abandon(); }

  void Run(int num_steps) {
    for (int i = 0; i < num_steps && !testing::Test::HasFailure(); ++i) {
      Step();
    }
    if (chain_.is_running()) {
      chain_.Finish();
      Check();
    }
  }
  int num_checked() const { return num_checked_; }

 private:
  using Rows = std::map<SliceId, std::vector<std::string>>;

  StateSchema Schema() const {
    return {.name = "rows",
            .version = 1,
            .keys = {},
            .values = {{"number", LogicalType::BIGINT}, {"text", LogicalType::VARCHAR}},
            .sliced = true};
  }
  int64_t Random(int64_t n) { return static_cast<int64_t>(random_() % static_cast<uint64_t>(n)); }
  SliceId RandomSlice() {
    const int64_t start = first_slice_ + Random(3);
    return {.end = start + 1, .start = start};
  }

  void Step() {
    const int64_t choice = Random(100);
    if (choice < 60) {
      Append(RandomSlice());
    } else if (choice < 66) {
      Retain(RandomSlice());
    } else if (choice < 70) {
      const SliceId slice = RandomSlice();
      log_.Drop(slice);
      rows_.erase(slice);
      first_slice_ += Random(2);
    } else if (!chain_.is_running()) {
      chain_.Begin(log_, Random(6) == 0 ? CutKind::kAll : CutKind::kChanges, kAllGroups);
      at_cut_ = rows_;
    } else if (choice < 96) {
      if (!chain_.Step()) {
        Check();
      }
    } else {
      Random(2) == 0 ? chain_.Abandon() : chain_.DrainAndAbandon();
    }
  }
  void Append(SliceId slice) {
    const int64_t count = 1 + Random(Random(3) == 0 ? 2000 : 50);
    data::Chunk chunk = data::Chunk::Allocate(log_.types());
    for (int64_t i = 0; i < count; ++i) {
      const int64_t number = next_++;
      chunk.column(0).SetValue(i, Value::BIGINT(number));
      chunk.column(1).SetValue(i, Value("a text of some length " + std::to_string(number)));
      if (key_groups_.rule == KeyGroupRule::kStored) {
        chunk.column(2).SetValue(i, Value::INTEGER(static_cast<int32_t>(number % kNumKeyGroups)));
      }
      rows_[slice].push_back(std::to_string(number));
    }
    chunk.set_num_rows(count);
    ASSERT_TRUE(log_.Append(slice, chunk).ok());
  }
  void Retain(SliceId slice) {
    std::vector<uint32_t> positions;
    std::vector<std::string> kept;
    for (size_t i = 0; i < rows_[slice].size(); ++i) {
      if (Random(3) == 0) {
        positions.push_back(static_cast<uint32_t>(i));
        kept.push_back(rows_[slice][i]);
      }
    }
    rows_[slice] = kept;
    if (kept.empty()) {
      rows_.erase(slice);
    }
    ASSERT_TRUE(log_.Retain(slice, positions).ok());
  }

  static Rows RowsOf(const RowLog& log) {
    Rows result;
    for (auto slice = log.First(); slice; slice = log.Next(*slice)) {
      for (const data::Chunk& chunk : log.Rows(*slice)) {
        for (idx_t i = 0; i < chunk.num_rows(); ++i) {
          const std::string number = chunk.column(0).GetValue(i).ToString();
          EXPECT_EQ(chunk.column(1).GetValue(i).ToString(), "a text of some length " + number);
          result[*slice].push_back(number);
        }
      }
    }
    return result;
  }
  void Check() {
    ++num_checked_;
    RowLog whole(Schema(), key_groups_, memory_);
    chain_.ApplyTo(whole, kAllGroups);
    ASSERT_EQ(RowsOf(whole), at_cut_);
    Rows parts;
    for (int subtask = 0; subtask < 3; ++subtask) {
      RowLog part(Schema(), key_groups_, memory_);
      chain_.ApplyTo(part, KeyGroupsOfSubtask(subtask, 3, kNumKeyGroups));
      for (auto& [slice, rows] : RowsOf(part)) {
        EXPECT_TRUE(std::ranges::is_sorted(rows, {},
                                           [](const std::string& row) { return std::stoll(row); }));
        parts[slice].insert(parts[slice].end(), rows.begin(), rows.end());
      }
    }
    for (auto& [slice, rows] : parts) {
      std::ranges::sort(rows, {}, [](const std::string& row) { return std::stoll(row); });
    }
    ASSERT_EQ(parts, at_cut_);
  }

  const RowLog::KeyGroups key_groups_;
  std::mt19937_64 random_;
  MemoryForTest memory_;
  RowLog log_;
  Rows rows_;
  Rows at_cut_;
  int64_t first_slice_ = 0;
  int64_t next_ = 0;
  ChainForTest chain_;
  int num_checked_ = 0;
};

TEST(RowLogCut, GivesWhatTheLogHeldWhenItBegan) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    for (const RowLog::KeyGroups& key_groups :
         {RowLog::KeyGroups{.rule = KeyGroupRule::kKeys, .columns = {0}},
          RowLog::KeyGroups{.rule = KeyGroupRule::kSlice},
          RowLog::KeyGroups{.rule = KeyGroupRule::kStored}}) {
      SCOPED_TRACE(testing::Message()
                   << "seed " << seed << " rule " << static_cast<int>(key_groups.rule));
      LogRun run(key_groups, seed);
      run.Run(300);
      EXPECT_GT(run.num_checked(), 3);
      if (testing::Test::HasFailure()) {
        return;
      }
    }
  }
}

}  // namespace
}  // namespace laminar::engine
