#include "engine/operators/window_aggregate/arrival_order.h"

#include <cstdint>
#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

#include "engine/operators/operator_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;
using testing::ElementsAre;
using testing::IsEmpty;

// Rows of (arrival number).
data::Chunk Rows(const std::vector<int64_t>& numbers) {
  std::vector<std::vector<Value>> rows;
  for (const int64_t number : numbers) {
    rows.push_back({Value::BIGINT(number)});
  }
  return ChunkForTest({LogicalType::BIGINT}, rows);
}

// The runs of a walk over sources: `source: number number ...`.
std::vector<std::string> Walk(const std::vector<std::vector<std::vector<int64_t>>>& sources) {
  std::vector<std::vector<data::Chunk>> chunks;
  for (const auto& source : sources) {
    std::vector<data::Chunk>& own = chunks.emplace_back();
    for (const auto& numbers : source) {
      own.push_back(Rows(numbers));
    }
  }
  std::vector<const std::vector<data::Chunk>*> pointers;
  for (const auto& source : chunks) {
    pointers.push_back(&source);
  }
  std::vector<std::string> runs;
  const absl::Status status =
      ForEachByArrival(pointers, 0, [&](size_t source, const data::Chunk& rows) -> absl::Status {
        std::string run = std::to_string(source) + ":";
        for (data::idx_t i = 0; i < rows.num_rows(); ++i) {
          run += " " + rows.column(0).GetValue(i).ToString();
        }
        runs.push_back(run);
        return runs.size() < 100 ? absl::OkStatus() : base::Internal("the walk does not end");
      });
  EXPECT_EQ(status, absl::OkStatus());
  return runs;
}

TEST(ForEachByArrival, MergesSources) {
  EXPECT_THAT(Walk({{{1, 2, 6}, {9}}, {{3, 4}, {5, 7, 8}}}),
              ElementsAre("0: 1 2", "1: 3 4", "1: 5", "0: 6", "1: 7 8", "0: 9"));
}

TEST(ForEachByArrival, TakesSourcesWithoutRows) {
  EXPECT_THAT(Walk({}), IsEmpty());
  EXPECT_THAT(Walk({{}, {{1}}, {}}), ElementsAre("1: 1"));
}

TEST(ForEachByArrival, TakesEqualNumbersInTheOrderOfTheSources) {
  // Numbers of several subtasks, whose state one of them has taken over.
  EXPECT_THAT(Walk({{{1, 2, 3}}, {{1, 2, 3}}}),
              ElementsAre("0: 1", "1: 1", "0: 2", "1: 2", "0: 3", "1: 3"));
}

TEST(ForEachByArrival, StopsAtTheFirstError) {
  const std::vector<data::Chunk> none;
  std::vector<data::Chunk> chunks;
  chunks.push_back(Rows({1}));
  chunks.push_back(Rows({2}));
  int calls = 0;
  const absl::Status status =
      ForEachByArrival({&none, &chunks}, 0, [&](size_t, const data::Chunk&) {
        ++calls;
        return base::InvalidArgument("enough");
      });
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(calls, 1);
}

}  // namespace
}  // namespace laminar::engine
