#include "engine/operators/window_rows/key_equality.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "expression/bind_for_test.h"

namespace laminar::engine {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

// Compares column 0 with column 1 of a query's rows; the rows that are kept.
std::vector<int> Kept(const std::string& query, bool null_equals_null, int begin = 0) {
  const data::Chunk rows = expression::QueryForTest(query);
  const auto num_rows = rows.num_rows();
  data::SelectionVector left(num_rows);
  data::SelectionVector right(num_rows);
  for (size_t i = 0; i < num_rows; ++i) {
    left.set_index(i, i);
    right.set_index(i, i);
  }
  const size_t end = KeepEqual(rows.column(0), rows.column(1), null_equals_null, left, right,
                               static_cast<size_t>(begin), num_rows);
  std::vector<int> kept;
  for (size_t i = 0; i < end; ++i) {
    EXPECT_EQ(left.get_index(i), right.get_index(i));
    kept.push_back(static_cast<int>(left.get_index(i)));
  }
  return kept;
}

TEST(KeepEqual, KeepsEqualValuesInOrder) {
  const std::string rows =
      "FROM (VALUES (1, 1), (1, 2), (3, 3), (NULL, NULL), (4, NULL), (NULL, 5)) t";
  EXPECT_THAT(Kept(rows, false), ElementsAre(0, 2));
  EXPECT_THAT(Kept(rows, true), ElementsAre(0, 2, 3));
}

TEST(KeepEqual, LeavesPairsBeforeTheRangeAlone) {
  const std::string rows = "FROM (VALUES (1, 2), (1, 2), (3, 3), (4, 5), (5, 5)) t";
  EXPECT_THAT(Kept(rows, false, 2), ElementsAre(0, 1, 2, 4));
  EXPECT_THAT(Kept(rows, false, 5), ElementsAre(0, 1, 2, 3, 4));
}

TEST(KeepEqual, KeepsTheOrderOfNestedValuesToo) {
  // Lists are compared element by element: shorter ones and NULLs are found first.
  const std::string rows =
      "FROM (VALUES ([1, 2, 3], [1, 2, 3]), ([1], [1]), ([1], [2]), (NULL, NULL), ([], []), ([1, "
      "NULL], [1, NULL]), "
      "([1, 2], [1]), ([9, 9, 9, 9], [9, 9, 9, 9]), (NULL, [1])) t";
  EXPECT_THAT(Kept(rows, true), ElementsAre(0, 1, 3, 4, 5, 7));
  EXPECT_THAT(Kept(rows, false), ElementsAre(0, 1, 4, 5, 7));
  EXPECT_THAT(Kept(rows, false, 3), ElementsAre(0, 1, 2, 4, 5, 7));
  const std::string structs =
      "FROM (VALUES ({'a': 1, 'b': 'x'}, {'a': 1, 'b': 'x'}), ({'a': 1, 'b': 'x'}, {'a': 1, 'b': "
      "'y'}), (NULL, NULL), "
      "({'a': NULL, 'b': 'x'}, {'a': NULL, 'b': 'x'})) t";
  EXPECT_THAT(Kept(structs, true), ElementsAre(0, 2, 3));
  EXPECT_THAT(Kept(structs, false), ElementsAre(0, 3));
}

TEST(KeepEqual, KeepsNothingWhereNothingIsEqual) {
  EXPECT_THAT(Kept("FROM (VALUES ('a', 'b'), ('a long text, longer than twelve', 'a long text, "
                   "longer than thirteen')) t",
                   true),
              IsEmpty());
}

}  // namespace
}  // namespace laminar::engine
