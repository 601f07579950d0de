#include "expression/bound_expression.h"

#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "expression/bind_for_test.h"

namespace laminar::expression {
namespace {

using data::LogicalType;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::Pair;

data::Schema Input() {
  return SchemaForTest("SELECT 1::BIGINT AS a, 'x' AS t, {'price': 2, 'by': {'name': 'n'}} AS bid");
}

TEST(BoundExpression, NamesAPlainColumn) {
  EXPECT_EQ(BindOneForTest("t", Input()).AsColumn(), 1);
  EXPECT_EQ(BindOneForTest("a + 1", Input()).AsColumn(), std::nullopt);
  const BoundExpression column = BoundExpression::Column(3, LogicalType::DOUBLE, "d");
  EXPECT_EQ(column.AsColumn(), 3);
  EXPECT_EQ(column.type(), LogicalType::DOUBLE);
  EXPECT_EQ(column.ToString(), "d");
  EXPECT_FALSE(BoundExpression().valid());
}

TEST(BoundExpression, TellsWhatItRefersTo) {
  EXPECT_THAT(BindOneForTest("CASE WHEN t = 'x' THEN a ELSE a + 1 END", Input()).References(),
              ElementsAre(Pair(0, LogicalType::BIGINT), Pair(1, LogicalType::VARCHAR)));
  EXPECT_THAT(BindOneForTest("1 + 1", Input()).References(), IsEmpty());
}

TEST(BoundExpression, WritesFieldsWithDots) {
  EXPECT_EQ(BindOneForTest("bid.price", Input()).ToString(), "bid.price");
  EXPECT_EQ(BindOneForTest("upper(bid.by.name)", Input()).ToString(), "upper(bid.by.name)");
}

TEST(BoundExpression, IsTheSameTextWhateverColumnsAreCalled) {
  const data::Schema other = SchemaForTest("SELECT 1::BIGINT AS b, 'x' AS u");
  EXPECT_EQ(BindOneForTest("a * 2 + length(t)", Input()).ToNormalizedText(),
            BindOneForTest("b * 2 + length(u)", other).ToNormalizedText());
  EXPECT_NE(BindOneForTest("a * 2", Input()).ToNormalizedText(),
            BindOneForTest("a * 3", Input()).ToNormalizedText());
}

}  // namespace
}  // namespace laminar::expression
