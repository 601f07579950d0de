#include "engine/network/chunk_sharing.h"

#include <gtest/gtest.h>

#include "base/thread.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;

LogicalType WindowType() {
  return LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP}, {"end", LogicalType::TIMESTAMP}});
}

// Rows of (a BIGINT, window STRUCT, tags VARCHAR[], name VARCHAR), some of it NULL.
data::Chunk NestedChunk(data::idx_t num_rows) {
  data::Chunk chunk =
      data::Chunk::Allocate({LogicalType::BIGINT, WindowType(),
                             LogicalType::LIST(LogicalType::VARCHAR), LogicalType::VARCHAR});
  for (data::idx_t i = 0; i < num_rows; ++i) {
    const auto number = static_cast<int64_t>(i);
    chunk.column(0).SetValue(i, Value::BIGINT(number));
    chunk.column(1).SetValue(
        i, i % 5 == 0
               ? Value(WindowType())
               : Value::STRUCT({{"start", Value::TIMESTAMP(duckdb::timestamp_t(number))},
                                {"end", Value::TIMESTAMP(duckdb::timestamp_t(number + 10))}}));
    chunk.column(2).SetValue(
        i, Value::LIST(LogicalType::VARCHAR,
                       {Value("tag number " + std::to_string(i)), Value(LogicalType::VARCHAR)}));
    chunk.column(3).SetValue(i, Value("name " + std::to_string(i % 7)));
  }
  chunk.set_num_rows(num_rows);
  return chunk;
}

// Rows with every second one selected, so that all columns are dictionaries, the struct's children,
// too.
data::Chunk SlicedChunk(data::idx_t num_rows) {
  data::SelectionVector selection(num_rows);
  for (data::idx_t i = 0; i < num_rows; ++i) {
    selection.set_index(i, 2 * i);
  }
  return NestedChunk(2 * num_rows).Select(selection, num_rows);
}

std::string Text(const data::Chunk& chunk) {
  std::string text;
  for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
    for (data::idx_t i = 0; i < chunk.num_columns(); ++i) {
      text += chunk.column(i).GetValue(row).ToString() + "|";
    }
  }
  return text;
}

TEST(ChunkSharing, ChangesNoValues) {
  for (const bool sliced : {false, true}) {
    data::Chunk chunk = sliced ? SlicedChunk(100) : NestedChunk(100);
    const std::string expected = Text(chunk);
    PrepareForSharing(chunk);
    EXPECT_EQ(Text(chunk), expected);
    EXPECT_EQ(Text(ShareWithTask(chunk)), expected);
  }
}

TEST(ChunkSharing, KeepsConstantStructsConstant) {
  data::Chunk chunk = data::Chunk::Shell({WindowType(), WindowType()});
  chunk.column(0).Reference(Value::STRUCT({{"start", Value::TIMESTAMP(duckdb::timestamp_t(1))},
                                           {"end", Value::TIMESTAMP(duckdb::timestamp_t(2))}}));
  chunk.column(1).Reference(Value(WindowType()));
  chunk.set_num_rows(10);
  const std::string expected = Text(chunk);
  PrepareForSharing(chunk);
  data::Chunk shared = ShareWithTask(chunk);
  EXPECT_EQ(shared.column(0).GetVectorType(), duckdb::VectorType::CONSTANT_VECTOR);
  EXPECT_EQ(Text(shared), expected);
  data::SelectionVector selection(1);
  selection.set_index(0, 3);
  EXPECT_EQ(Text(SelectForTask(chunk, selection, 1)), expected.substr(0, expected.size() / 10));
}

TEST(ChunkSharing, LeavesTheFieldsOfANullStructAsTheyAre) {
  data::Vector start(Value::TIMESTAMP(duckdb::timestamp_t(1)));
  data::Chunk chunk = data::Chunk::Shell({WindowType(), LogicalType::TIMESTAMP});
  chunk.column(0).Reference(Value(WindowType()));
  // The field is a column of its own as well.
  duckdb::ConstantVector::Validity(start).SetAllValid(1);
  duckdb::StructVector::GetEntries(chunk.column(0))[0]->Reference(start);
  chunk.column(1).Reference(start);
  chunk.set_num_rows(10);
  const std::string expected = Text(chunk);
  PrepareForSharing(chunk);
  const data::Chunk shared = ShareWithTask(chunk);
  EXPECT_EQ(Text(shared), expected);
  EXPECT_EQ(Text(chunk), expected);
}

TEST(ChunkSharing, SelectsByReferenceOrByCopy) {
  data::Chunk chunk = NestedChunk(1000);
  PrepareForSharing(chunk);
  for (const data::idx_t count : {data::idx_t{3}, data::idx_t{600}}) {
    data::SelectionVector selection(count);
    for (data::idx_t i = 0; i < count; ++i) {
      selection.set_index(i, i + 100);
    }
    const data::Chunk selected = SelectForTask(chunk, selection, count);
    EXPECT_EQ(Text(selected), Text(chunk.Select(selection, count)));
    EXPECT_EQ(selected.column(0).GetVectorType() == duckdb::VectorType::FLAT_VECTOR, count == 3);
  }
}

TEST(ChunkSharing, LetsManyThreadsFlattenAndHashAtOnce) {
  for (const bool sliced : {false, true}) {
    data::Chunk chunk = sliced ? SlicedChunk(500) : NestedChunk(500);
    // A dictionary that caches the hashes of its entries.
    data::Vector names(LogicalType::VARCHAR);
    for (data::idx_t i = 0; i < 7; ++i) {
      names.SetValue(i, Value("name that is long enough " + std::to_string(i)));
    }
    data::SelectionVector positions(500);
    for (data::idx_t i = 0; i < 500; ++i) {
      positions.set_index(i, i % 7);
    }
    data::Vector dictionary(LogicalType::VARCHAR, nullptr);
    dictionary.Dictionary(names, 7, positions, 500);
    chunk.column(3).Reference(dictionary);
    PrepareForSharing(chunk);
    const std::string expected = Text(chunk);

    std::vector<data::Chunk> parts;
    data::SelectionVector half(250);
    for (data::idx_t i = 0; i < 250; ++i) {
      half.set_index(i, 2 * i);
    }
    for (int i = 0; i < 4; ++i) {
      parts.push_back(i % 2 == 0 ? ShareWithTask(chunk) : SelectForTask(chunk, half, 250));
    }
    std::vector<base::Thread> threads;
    for (data::Chunk& part : parts) {
      threads.emplace_back("reader", [&part] {
        const data::idx_t num_rows = part.num_rows();
        data::Vector hashes(LogicalType::HASH);
        for (data::idx_t i = 0; i < part.num_columns(); ++i) {
          duckdb::VectorOperations::Hash(part.column(i), hashes, num_rows);
          data::UnifiedVectorFormat format;
          part.column(i).ToUnifiedFormat(num_rows, format);
          part.column(i).Flatten(num_rows);
        }
      });
    }
    threads.clear();
    EXPECT_EQ(Text(parts[0]), expected);
    EXPECT_EQ(Text(parts[2]), expected);
    EXPECT_EQ(Text(parts[1]), Text(parts[3]));
  }
}

}  // namespace
}  // namespace laminar::engine
