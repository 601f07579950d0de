#include "engine/operators/window_aggregate/slice_assigner.h"

#include "gmock/gmock.h"

#include "engine/operators/operator_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;
using testing::ElementsAre;

LogicalType WindowType() {
  return LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP}, {"end", LogicalType::TIMESTAMP}});
}

Value Window(int64_t start, int64_t end) {
  return Value::STRUCT(WindowType(), {Value::TIMESTAMP(duckdb::timestamp_t(start)),
                                      Value::TIMESTAMP(duckdb::timestamp_t(end))});
}

TEST(SliceAssigner, ReadsTheWindowsOfSelectedRows) {
  const data::Chunk rows = ChunkForTest(
      {WindowType()}, {{Window(10, 20)}, {Window(0, 10)}, {Window(0, 20)}, {Value(WindowType())}});
  data::SelectionVector selection(3);
  selection.set_index(0, 2);
  selection.set_index(1, 3);
  selection.set_index(2, 1);
  const data::Chunk selected = rows.Select(selection, 3);
  SliceAssigner assigner = SliceAssigner::ByWindow(0);
  const SliceAssigner::Parts& parts = assigner.Assign(selected);
  EXPECT_EQ(parts.num_invalid, 1);
  ASSERT_EQ(parts.parts.size(), 2);
  EXPECT_EQ(parts.parts[0].slice, (SliceId{.end = 20, .start = 0}));
  EXPECT_THAT(parts.parts[0].positions, ElementsAre(0));
  EXPECT_EQ(parts.parts[1].slice, (SliceId{.end = 10, .start = 0}));
  EXPECT_THAT(parts.parts[1].positions, ElementsAre(2));
}

}  // namespace
}  // namespace laminar::engine
