#include "data/schema.h"

#include <optional>
#include <string>
#include <vector>

#include <gtest/gtest.h>

namespace laminar::data {
namespace {

Schema TwoColumns() {
  Schema schema;
  schema.fields = {{"Id", LogicalType::BIGINT}, {"name", LogicalType::VARCHAR}};
  return schema;
}

TEST(Schema, FindsColumnsWithoutRegardToCase) {
  const Schema schema = TwoColumns();
  EXPECT_EQ(schema.Find("id"), 0);
  EXPECT_EQ(schema.Find("NAME"), 1);
  EXPECT_EQ(schema.Find("nam"), std::nullopt);
  EXPECT_EQ(schema.Find(""), std::nullopt);
}

TEST(Schema, HidesTheEventTime) {
  Schema schema = TwoColumns();
  EXPECT_EQ(schema.num_visible_columns(), 2);
  schema.AddEventTime();
  EXPECT_EQ(schema.num_columns(), 3);
  EXPECT_EQ(schema.num_visible_columns(), 2);
  EXPECT_EQ(schema.event_time_index(), 2);
  EXPECT_EQ(schema.Types().back(), LogicalType::TIMESTAMP);
  EXPECT_EQ(schema.Names(), (std::vector<std::string>{"Id", "name", "_timestamp"}));
  EXPECT_EQ(schema.ToString(), "Id BIGINT, name VARCHAR, _timestamp TIMESTAMP");
}

TEST(SchemaDeathTest, HasOneEventTime) {
  Schema schema = TwoColumns();
  schema.AddEventTime();
  EXPECT_DEATH(schema.AddEventTime(), "assertion failed");
}

}  // namespace
}  // namespace laminar::data
