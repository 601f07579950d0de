#include "expression/aggregate_nested_key.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "data/chunk.h"
#include "expression/bind_for_test.h"

namespace laminar::expression {
namespace {

using data::LogicalType;
using testing::ElementsAre;

// The values that the keys of `values` stand for.
std::vector<std::string> EncodeAndDecode(data::Vector& values, data::idx_t num_rows) {
  data::Vector keys(LogicalType::BLOB);
  EncodeNested(values, num_rows, keys);
  data::Vector decoded(values.GetType());
  std::vector<std::string> texts;
  for (data::idx_t i = 0; i < num_rows; ++i) {
    if (duckdb::FlatVector::IsNull(keys, i)) {
      texts.emplace_back("NULL");
      continue;
    }
    DecodeNested(duckdb::FlatVector::GetData<duckdb::string_t>(keys)[i], decoded, i);
    texts.push_back(decoded.GetValue(i).ToString());
  }
  return texts;
}

TEST(EncodeNested, KeepsValuesAndNulls) {
  data::Chunk rows = QueryForTest("FROM (VALUES ([1, 2]), (NULL), ([]), ([NULL]), ([3])) t(list)");
  EXPECT_THAT(EncodeAndDecode(rows.column(0), 5),
              ElementsAre("[1, 2]", "NULL", "[]", "[NULL]", "[3]"));
}

TEST(EncodeNested, TakesSelectedAndConstantValues) {
  data::Chunk rows = QueryForTest(
      "SELECT {'a': i, 'b': CASE WHEN i % 2 = 0 THEN 'text ' || i END} FROM range(4) r(i)");
  data::SelectionVector selection(2);
  selection.set_index(0, 3);
  selection.set_index(1, 2);
  data::Chunk selected = rows.Select(selection, 2);
  EXPECT_THAT(EncodeAndDecode(selected.column(0), 2),
              ElementsAre("{'a': 3, 'b': NULL}", "{'a': 2, 'b': text 2}"));
  data::Vector constant(rows.column(0).GetValue(2));
  EXPECT_THAT(EncodeAndDecode(constant, 2),
              ElementsAre("{'a': 2, 'b': text 2}", "{'a': 2, 'b': text 2}"));
}

TEST(EncodeNested, GivesUpTheBytesOfEarlierRows) {
  data::Chunk rows = QueryForTest("SELECT [i, i + 1, i + 2] FROM range(1000) r(i)");
  data::Vector keys(LogicalType::BLOB);
  const auto bytes = [&keys] {
    return keys.GetAuxiliary()
        ->Cast<duckdb::VectorStringBuffer>()
        .GetStringAllocator()
        .SizeInBytes();
  };
  EncodeNested(rows.column(0), 1000, keys);
  const duckdb::idx_t once = bytes();
  for (int i = 0; i < 10; ++i) {
    EncodeNested(rows.column(0), 1000, keys);
  }
  EXPECT_EQ(bytes(), once);
}

}  // namespace
}  // namespace laminar::expression
