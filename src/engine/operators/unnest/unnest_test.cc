#include "engine/operators/unnest/unnest.h"

#include "gmock/gmock.h"

#include "engine/operators/operator_for_test.h"
#include "expression/bind_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using testing::ElementsAre;
using testing::IsEmpty;

// What to compute over the rows of a query; items marked true are unnested.
struct Case {
  std::string query;
  std::vector<std::pair<std::string, bool>> items;
  bool has_event_time = false;
};

plan::Node MakeNode(const Case& c, const data::Schema& input) {
  plan::Node node;
  plan::UnnestSpec spec;
  for (const auto& [text, is_unnest] : c.items) {
    const auto expression = expression::BindOneForTest(text, input);
    const bool is_list = expression.type().id() == data::LogicalTypeId::LIST;
    node.output.fields.push_back({text, is_unnest && is_list
                                            ? duckdb::ListType::GetChildType(expression.type())
                                            : expression.type()});
    spec.items.push_back({expression, is_unnest});
  }
  if (input.has_event_time) {
    node.output.AddEventTime();
  }
  node.spec = std::move(spec);
  return node;
}

struct Fixture {
  explicit Fixture(const Case& c) {
    schema = expression::SchemaForTest(c.query);
    schema.has_event_time = c.has_event_time;
    const plan::Node node = MakeNode(c, schema);
    driver = std::make_unique<OperatorForTest>(MakeUnnest(node, schema), node.output.Types());
    input = expression::QueryForTest(c.query);
  }
  std::vector<std::string> Run() { return driver->Process(0, std::move(input)); }

  data::Schema schema;
  std::unique_ptr<OperatorForTest> driver;
  data::Chunk input;
};

TEST(Unnest, GivesARowPerElementAndRepeatsTheOtherColumns) {
  Fixture fixture({.query = "FROM (VALUES (1, ['a', 'b']), (2, ['c'])) t(k, l)",
                   .items = {{"k * 10", false}, {"l", true}}});
  EXPECT_THAT(fixture.Run(), ElementsAre("10|a", "10|b", "20|c"));
}

TEST(Unnest, GivesNoRowForAnEmptyOrMissingList) {
  Fixture fixture({.query = "FROM (VALUES (1, [7]), (2, []), (3, NULL), (4, [8])) t(k, l)",
                   .items = {{"k", false}, {"l", true}}});
  EXPECT_THAT(fixture.Run(), ElementsAre("1|7", "4|8"));
}

TEST(Unnest, GivesNothingWhereNoRowHasElements) {
  Fixture fixture({.query = "SELECT 1 AS k, []::INTEGER[] AS l FROM range(3)",
                   .items = {{"k", false}, {"l", true}}});
  EXPECT_THAT(fixture.Run(), IsEmpty());
}

TEST(Unnest, KeepsNullElements) {
  Fixture fixture({.query = "SELECT [NULL, 2, NULL] AS l", .items = {{"l", true}}});
  EXPECT_THAT(fixture.Run(), ElementsAre("NULL", "2", "NULL"));
}

TEST(Unnest, PadsShorterListsWithNull) {
  Fixture fixture(
      {.query =
           "FROM (VALUES (1, ['a'], [1, 2, 3]), (2, ['b', 'c'], NULL), (3, NULL, [])) t(k, a, b)",
       .items = {{"a", true}, {"k", false}, {"b", true}}});
  EXPECT_THAT(fixture.Run(), ElementsAre("a|1|1", "NULL|1|2", "NULL|1|3", "b|2|NULL", "c|2|NULL"));
}

TEST(Unnest, PadsNestedElements) {
  Fixture fixture({.query = "SELECT [{'x': 1, 'y': ['p', 'q']}] AS s, [[1], NULL, [2, 3]] AS l",
                   .items = {{"s", true}, {"l", true}}});
  EXPECT_THAT(fixture.Run(), ElementsAre("{'x': 1, 'y': [p, q]}|[1]", "NULL|NULL", "NULL|[2, 3]"));
}

TEST(Unnest, TakesUntypedNullAsAListWithoutElements) {
  Fixture alone({.query = "SELECT 1 AS k", .items = {{"NULL", true}, {"k", false}}});
  EXPECT_THAT(alone.Run(), IsEmpty());
  Fixture beside({.query = "SELECT [1, 2] AS l", .items = {{"NULL", true}, {"l", true}}});
  EXPECT_THAT(beside.Run(), ElementsAre("NULL|1", "NULL|2"));
}

TEST(Unnest, ExpandsConstantLists) {
  Fixture fixture(
      {.query = "SELECT i FROM range(2) t(i)", .items = {{"i", false}, {"['x', 'y']", true}}});
  EXPECT_THAT(fixture.Run(), ElementsAre("0|x", "0|y", "1|x", "1|y"));
}

TEST(Unnest, PassesEventTimeOn) {
  Fixture fixture(
      {.query = "FROM (VALUES ([1, 2], TIMESTAMP '2024-01-01'), ([3], '2024-01-02')) t(l, e)",
       .items = {{"l", true}},
       .has_event_time = true});
  EXPECT_THAT(fixture.Run(), ElementsAre("1|2024-01-01 00:00:00", "2|2024-01-01 00:00:00",
                                         "3|2024-01-02 00:00:00"));
}

TEST(Unnest, RepeatsRowKindsAndArrival) {
  Fixture fixture({.query = "FROM (VALUES ([1, 2]), ([3])) t(l)", .items = {{"l", true}}});
  fixture.input.row_kinds() = {data::RowKind::kDelete, data::RowKind::kInsert};
  fixture.input.set_arrival({.nanos = 42});
  ASSERT_TRUE(fixture.driver->op().Process(0, std::move(fixture.input)).ok());
  auto chunk = fixture.driver->op().Produce();
  ASSERT_TRUE(chunk.ok() && chunk->has_value());
  EXPECT_EQ((*chunk)->arrival().nanos, 42);
  std::vector<std::string> rows;
  AppendRowsForTest(**chunk, rows);
  EXPECT_THAT(rows, ElementsAre("-D|1", "-D|2", "+I|3"));
  EXPECT_THAT(fixture.driver->Drain(), IsEmpty());
}

TEST(Unnest, HandsALongListOutInFullChunks) {
  Fixture fixture({.query = "FROM (VALUES (1, range(5000)), (2, range(3))) t(k, l)",
                   .items = {{"k", false}, {"l", true}}});
  const std::vector<std::string> rows = fixture.Run();
  ASSERT_EQ(rows.size(), 5003);
  EXPECT_EQ(fixture.driver->num_chunks(), 3);
  for (int i = 0; i < 5000; ++i) {
    ASSERT_EQ(rows[i], "1|" + std::to_string(i));
  }
  EXPECT_EQ(rows[5002], "2|2");
}

TEST(Unnest, PadsAcrossChunkBorders) {
  Fixture fixture(
      {.query = "SELECT range(2050) AS a, range(4100) AS b", .items = {{"a", true}, {"b", true}}});
  const std::vector<std::string> rows = fixture.Run();
  ASSERT_EQ(rows.size(), 4100);
  EXPECT_EQ(rows[2049], "2049|2049");
  EXPECT_EQ(rows[2050], "NULL|2050");
  EXPECT_EQ(rows[4099], "NULL|4099");
}

TEST(Unnest, TakesTheNextChunkAfterItIsDrained) {
  Fixture fixture({.query = "FROM (VALUES ([1, 2]), ([3])) t(l)", .items = {{"l", true}}});
  data::Chunk again = fixture.input.Share();
  EXPECT_THAT(fixture.Run(), ElementsAre("1", "2", "3"));
  EXPECT_THAT(fixture.driver->Process(0, std::move(again)), ElementsAre("1", "2", "3"));
}

TEST(Unnest, ReadsSelectedRows) {
  Fixture fixture({.query = "FROM (VALUES (1, ['a']), (2, ['b', NULL]), (3, ['d'])) t(k, l)",
                   .items = {{"k", false}, {"l", true}}});
  data::SelectionVector selection(2);
  selection.set_index(0, 2);
  selection.set_index(1, 1);
  fixture.input = fixture.input.Select(selection, 2);
  EXPECT_THAT(fixture.Run(), ElementsAre("3|d", "2|b", "2|NULL"));
}

TEST(Unnest, ReportsAFailingExpression) {
  Fixture fixture({.query = "SELECT 'x' AS s", .items = {{"[s::INTEGER]", true}}});
  const absl::Status status = fixture.driver->op().Process(0, std::move(fixture.input));
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_THAT(fixture.driver->Drain(), IsEmpty());
}

}  // namespace
}  // namespace laminar::engine
