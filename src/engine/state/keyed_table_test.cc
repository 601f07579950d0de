#include "engine/state/keyed_table.h"

#include <algorithm>
#include <cstdint>
#include <set>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "data/chunk.h"
#include "engine/state/memory_for_test.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::LogicalType;
using data::Value;

// A table of one or several key columns and a BIGINT counter.
class Table {
 public:
  explicit Table(std::vector<LogicalType> key_types, int64_t limit = int64_t{1} << 40)
      : types_(std::move(key_types)),
        memory_(limit),
        layout_(Keys(types_), {{"count", LogicalType::BIGINT, false}}),
        table_(std::make_unique<KeyedTable>(layout_, memory_)),
        keys_(layout_, Positions(types_.size())) {}

  data::Chunk MakeChunk(const std::vector<std::vector<Value>>& rows) const {
    data::Chunk chunk = data::Chunk::Allocate(types_);
    for (size_t row = 0; row < rows.size(); ++row) {
      for (size_t i = 0; i < types_.size(); ++i) {
        chunk.column(i).SetValue(row, rows[row][i].DefaultCastAs(types_[i]));
      }
    }
    chunk.set_num_rows(rows.size());
    return chunk;
  }
  // Counts each row under its key; returns the positions that were new.
  std::vector<duckdb::sel_t> Count(const data::Chunk& chunk, const uint64_t* hashes = nullptr) {
    hashes == nullptr ? keys_.Set(chunk) : keys_.Set(chunk, hashes);
    rows_.resize(chunk.num_rows());
    std::vector<duckdb::sel_t> inserted;
    table_->FindOrInsert(keys_, nullptr, chunk.num_rows(), rows_.data(), &inserted);
    const expression::StateField count = layout_.field(types_.size());
    for (uint8_t* row : rows_) {
      count.Store<int64_t>(row, count.Load<int64_t>(row) + 1);
    }
    return inserted;
  }
  int64_t CountOf(const std::vector<Value>& key) {
    const data::Chunk chunk = MakeChunk({key});
    keys_.Set(chunk);
    uint8_t* row = nullptr;
    table_->Find(keys_, nullptr, 1, &row);
    return row == nullptr ? 0 : layout_.field(types_.size()).Load<int64_t>(row);
  }
  // All rows as `key|...:count`, in order of making.
  std::vector<std::string> Rows() const {
    std::vector<std::string> texts;
    KeyedTable::Cursor cursor;
    uint8_t* rows[100];
    for (idx_t count = table_->Next(cursor, 100, rows); count > 0;
         count = table_->Next(cursor, 100, rows)) {
      for (idx_t i = 0; i < count; ++i) {
        std::string text;
        for (size_t column = 0; column <= types_.size(); ++column) {
          data::Vector value(layout_.type(column));
          layout_.Gather(column, rows + i, 1, value, 0);
          text += (column == 0               ? ""
                   : column == types_.size() ? ":"
                                             : "|") +
                  value.GetValue(0).ToString();
        }
        texts.push_back(text);
      }
    }
    return texts;
  }

  KeyedTable& table() { return *table_; }
  std::vector<uint8_t*>& rows() { return rows_; }
  MemoryForTest& memory() { return memory_; }
  void Drop() { table_.reset(); }

 private:
  static std::vector<data::Field> Keys(const std::vector<LogicalType>& types) {
    std::vector<data::Field> keys;
    for (const LogicalType& type : types) {
      keys.push_back({"key", type});
    }
    return keys;
  }
  static std::vector<size_t> Positions(size_t count) {
    std::vector<size_t> positions;
    for (size_t i = 0; i < count; ++i) {
      positions.push_back(i);
    }
    return positions;
  }

  const std::vector<LogicalType> types_;
  MemoryForTest memory_;
  const RowLayout layout_;
  std::unique_ptr<KeyedTable> table_;
  KeyColumns keys_;
  std::vector<uint8_t*> rows_;
};

TEST(KeyedTable, FindsRowsByOneNumber) {
  Table table({LogicalType::BIGINT});
  EXPECT_EQ(table.Count(table.MakeChunk({{7}, {8}, {7}, {0}, {7}})),
            (std::vector<duckdb::sel_t>{0, 1, 3}));
  EXPECT_EQ(table.Count(table.MakeChunk({{8}, {9}})), (std::vector<duckdb::sel_t>{1}));
  EXPECT_EQ(table.Rows(), (std::vector<std::string>{"7:3", "8:2", "0:1", "9:1"}));
  EXPECT_EQ(table.CountOf({9}), 1);
  EXPECT_EQ(table.CountOf({10}), 0);
}

TEST(KeyedTable, KeepsNullApartFromZero) {
  for (const LogicalType& type : {LogicalType::BIGINT, LogicalType::INTEGER, LogicalType::DOUBLE}) {
    Table table({type});
    table.Count(table.MakeChunk({{0}, {Value()}, {0}, {Value()}, {Value()}}));
    table.Count(table.MakeChunk({{0}}));
    EXPECT_EQ(table.CountOf({0}), 3) << type.ToString();
    EXPECT_EQ(table.CountOf({Value()}), 3) << type.ToString();
    EXPECT_EQ(table.table().num_rows(), 2);
  }
}

TEST(KeyedTable, ComparesAsGroupByDoes) {
  Table doubles({LogicalType::DOUBLE});
  doubles.Count(
      doubles.MakeChunk({{Value("nan")}, {Value("nan")}, {Value("-0.0")}, {Value("0.0")}}));
  EXPECT_EQ(doubles.table().num_rows(), 2);
  Table intervals({LogicalType::INTERVAL});
  intervals.Count(
      intervals.MakeChunk({{Value("30 days")}, {Value("1 month")}, {Value("720 hours")}}));
  EXPECT_EQ(intervals.table().num_rows(), 1);
}

TEST(KeyedTable, FindsRowsBySeveralColumnsOfAnyType) {
  const std::vector<LogicalType> types = {LogicalType::VARCHAR,
                                          LogicalType::SMALLINT,
                                          LogicalType::LIST(LogicalType::VARCHAR),
                                          LogicalType::UUID,
                                          LogicalType::STRUCT({{"a", LogicalType::DATE}}),
                                          LogicalType::DECIMAL(20, 3)};
  Table table(types);
  const auto row = [&](const std::string& text, int number, const std::string& list) {
    return std::vector<Value>{Value(text),
                              number,
                              Value(list),
                              Value("6b1f2b1e-7d9a-4f8e-9a63-0e9a3b1f2c4d"),
                              Value("{'a': 2020-01-02}"),
                              Value("12.345")};
  };
  table.Count(
      table.MakeChunk({row("a text that does not fit inline", 1, "[x, a longer element of it]"),
                       row("a text that does not fit inline", 1, "[x, a longer element of it]"),
                       row("a text that does not fit inline", 1, "[x]"),
                       row("short", 1, "[x]"),
                       row("short", 2, "[]"),
                       {Value(), Value(), Value(), Value(), Value(), Value()},
                       {Value(), Value(), Value(), Value(), Value(), Value()}}));
  EXPECT_EQ(table.Rows(),
            (std::vector<std::string>{
                "a text that does not fit inline|1|[x, a longer element of "
                "it]|6b1f2b1e-7d9a-4f8e-9a63-0e9a3b1f2c4d|"
                "{'a': 2020-01-02}|12.345:2",
                "a text that does not fit inline|1|[x]|6b1f2b1e-7d9a-4f8e-9a63-0e9a3b1f2c4d|{'a': "
                "2020-01-02}|12.345:1",
                "short|1|[x]|6b1f2b1e-7d9a-4f8e-9a63-0e9a3b1f2c4d|{'a': 2020-01-02}|12.345:1",
                "short|2|[]|6b1f2b1e-7d9a-4f8e-9a63-0e9a3b1f2c4d|{'a': 2020-01-02}|12.345:1",
                "NULL|NULL|NULL|NULL|NULL|NULL:2"}));
}

TEST(KeyedTable, HoldsOneRowWithoutKeys) {
  Table table({});
  data::Chunk chunk;
  chunk.set_num_rows(5);
  EXPECT_EQ(table.Count(chunk).size(), 1U);
  EXPECT_TRUE(table.Count(chunk).empty());
  EXPECT_EQ(table.Rows(), (std::vector<std::string>{"10"}));
}

TEST(KeyedTable, TellsKeysOfOneHashApart) {
  Table table({LogicalType::VARCHAR});
  const uint64_t hashes[] = {42, 42, 42, 42, 7};
  const data::Chunk chunk = table.MakeChunk({{"one"}, {"two"}, {"one"}, {"three"}, {"four"}});
  std::vector<duckdb::sel_t> inserted = table.Count(chunk, hashes);
  std::sort(inserted.begin(), inserted.end());
  EXPECT_EQ(inserted, (std::vector<duckdb::sel_t>{0, 1, 3, 4}));
  EXPECT_TRUE(table.Count(chunk, hashes).empty());
  std::vector<std::string> rows = table.Rows();
  std::sort(rows.begin(), rows.end());
  EXPECT_EQ(rows, (std::vector<std::string>{"four:2", "one:4", "three:2", "two:2"}));
}

TEST(KeyedTable, GrowsToMillionsOfKeysWithoutLosingOne) {
  Table table({LogicalType::BIGINT});
  constexpr int64_t kNumKeys = 300'000;
  data::Chunk chunk = data::Chunk::Allocate({LogicalType::BIGINT});
  for (int pass = 0; pass < 2; ++pass) {
    for (int64_t first = 0; first < kNumKeys; first += 2000) {
      for (int64_t i = 0; i < 2000; ++i) {
        duckdb::FlatVector::GetData<int64_t>(chunk.column(0))[i] = (first + i) * 8;
      }
      chunk.set_num_rows(2000);
      EXPECT_EQ(table.Count(chunk).size(), pass == 0 ? 2000U : 0U);
    }
  }
  EXPECT_EQ(table.table().num_rows(), kNumKeys);
  EXPECT_EQ(table.CountOf({int64_t{0}}), 2);
  EXPECT_EQ(table.CountOf({kNumKeys * 8 - 8}), 2);
  EXPECT_EQ(table.CountOf({kNumKeys * 8}), 0);
  // Slots at most 60 % full, rows of 32 bytes.
  EXPECT_LT(table.table().bytes(), kNumKeys * 80);
}

TEST(KeyedTable, BearsHashesThatShareTheirTopOrLowBits) {
  for (const int shift : {0, 40}) {
    Table table({LogicalType::VARCHAR});
    for (uint64_t first = 0; first < 60'000; first += 1000) {
      std::vector<std::vector<Value>> keys;
      std::vector<uint64_t> hashes;
      for (uint64_t i = first; i < first + 1000; ++i) {
        keys.push_back({Value("key " + std::to_string(i))});
        hashes.push_back(i << shift);
      }
      ASSERT_EQ(table.Count(table.MakeChunk(keys), hashes.data()).size(), 1000U);
      ASSERT_TRUE(table.Count(table.MakeChunk(keys), hashes.data()).empty());
    }
    EXPECT_EQ(table.table().num_rows(), 60'000);
  }
}

TEST(KeyedTable, ForgetsErasedRowsAndUsesTheirMemoryAgain) {
  Table table({LogicalType::VARCHAR});
  int64_t bytes_after_first = 0;
  for (int round = 0; round < 200; ++round) {
    std::vector<std::vector<Value>> keys;
    for (int i = 0; i < 500; ++i) {
      keys.push_back(
          {Value("a key that is kept out of line, number " + std::to_string(round * 500 + i))});
    }
    EXPECT_EQ(table.Count(table.MakeChunk(keys)).size(), 500U);
    EXPECT_EQ(table.table().num_rows(), 500);
    for (uint8_t* row : std::vector<uint8_t*>(table.rows())) {
      table.table().Erase(row);
    }
    EXPECT_EQ(table.CountOf(keys[3]), 0);
    if (round == 0) {
      bytes_after_first = table.table().bytes();
    }
  }
  EXPECT_TRUE(table.Rows().empty());
  EXPECT_LE(table.table().bytes(), bytes_after_first * 2);
}

TEST(KeyedTable, GivesAllMemoryBack) {
  Table table({LogicalType::VARCHAR});
  std::vector<std::vector<Value>> keys;
  for (int i = 0; i < 2000; ++i) {
    keys.push_back({Value(std::string(100, 'x') + std::to_string(i))});
  }
  table.Count(table.MakeChunk(keys));
  EXPECT_EQ(table.memory().used_bytes(), table.table().bytes());
  EXPECT_GT(table.memory().used_bytes(), 200'000);
  table.Drop();
  EXPECT_EQ(table.memory().used_bytes(), 0);
}

TEST(KeyedTable, ReportsThatTheBudgetIsExceededAndGoesOn) {
  Table table({LogicalType::BIGINT}, /*limit=*/20'000);
  EXPECT_TRUE(table.table().status().ok());
  data::Chunk chunk = data::Chunk::Allocate({LogicalType::BIGINT});
  for (int64_t i = 0; i < 2000; ++i) {
    duckdb::FlatVector::GetData<int64_t>(chunk.column(0))[i] = i;
  }
  chunk.set_num_rows(2000);
  table.Count(chunk);
  EXPECT_EQ(table.table().num_rows(), 2000);
  EXPECT_EQ(table.table().status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_LE(table.memory().used_bytes(), 20'000);
  table.Drop();
  EXPECT_EQ(table.memory().used_bytes(), 0);
}

}  // namespace
}  // namespace laminar::engine
