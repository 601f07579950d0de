// Joins give the same rows whatever barriers, abandoned cuts and crashes come in between, and at
// whatever parallelism they go on.
#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/operators/stage_for_test.h"
#include "engine/operators/window_join/window_join.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;
using plan::JoinType;

constexpr int64_t kSecond = 1'000'000;

LogicalType WindowType() {
  return LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP}, {"end", LogicalType::TIMESTAMP}});
}

// The columns stand at different places on purpose.
data::Schema LeftSchema() {
  data::Schema schema;
  schema.fields = {{"k", LogicalType::VARCHAR}, {"a", LogicalType::BIGINT}, {"w", WindowType()}};
  schema.AddEventTime();
  return schema;
}
data::Schema RightSchema() {
  data::Schema schema;
  schema.fields = {{"w2", WindowType()}, {"b", LogicalType::VARCHAR}, {"k2", LogicalType::VARCHAR}};
  schema.AddEventTime();
  return schema;
}

StageSpecForTest Stage(JoinType type, bool has_key) {
  const data::Schema left = LeftSchema();
  const data::Schema right = RightSchema();
  plan::WindowJoinSpec spec;
  spec.type = type;
  spec.left_window = 2;
  spec.right_window = 0;
  if (has_key) {
    spec.left_keys = {0};
    spec.right_keys = {2};
    spec.null_equals_null = {false};
  }
  plan::Node node;
  node.output.fields.assign(left.fields.begin(), left.fields.end() - 1);
  if (type != JoinType::kSemi && type != JoinType::kAnti) {
    node.output.fields.insert(node.output.fields.end(), right.fields.begin(),
                              right.fields.end() - 1);
  }
  node.output.AddEventTime();
  node.spec = std::move(spec);
  std::vector<std::vector<size_t>> routes{{2}, {0}};
  if (has_key) {
    routes = {{0}, {2}};
  }
  return {.make = [node] { return MakeWindowJoin(node, LeftSchema(), RightSchema()); },
          .output = node.output.Types(),
          .routes = std::move(routes)};
}

std::vector<EventForTest> MakeEvents(uint64_t seed, int num_events, int64_t num_keys) {
  std::mt19937_64 random(seed);
  const auto below = [&](int64_t n) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(n));
  };
  const auto time = [](int64_t micros) { return Value::TIMESTAMP(duckdb::timestamp_t(micros)); };
  std::vector<EventForTest> events;
  int64_t watermark = 0;
  for (int i = 0; i < num_events; ++i) {
    if (below(4) == 0) {
      watermark += 1 + below(3 * kSecond);
      events.push_back({.input = 0, .chunk = std::nullopt, .watermark = watermark});
      continue;
    }
    const int input = static_cast<int>(below(2));
    std::vector<std::vector<Value>> rows;
    for (int64_t n = 1 + below(below(6) == 0 ? 200 : 10); n > 0; --n) {
      const int64_t start =
          (watermark + below(20 * kSecond)) / (5 * kSecond) * 5 * kSecond - 5 * kSecond * below(2);
      const Value window = Value::STRUCT(WindowType(), {time(start), time(start + 5 * kSecond)});
      const Value event_time = time(start + 5 * kSecond - 1);
      const int64_t number = below(num_keys);
      const Value key = number == 0 ? Value() : Value("key number " + std::to_string(number));
      if (input == 0) {
        rows.push_back({key, Value::BIGINT(below(1000)), window, event_time});
      } else {
        rows.push_back(
            {window, Value("text number " + std::to_string(below(1000))), key, event_time});
      }
    }
    const data::Schema schema = input == 0 ? LeftSchema() : RightSchema();
    events.push_back({.input = input, .chunk = ChunkForTest(schema.Types(), rows), .watermark = 0});
  }
  events.push_back({.input = 0, .chunk = std::nullopt, .watermark = data::EventTime::Max().micros});
  return events;
}

TEST(WindowJoinRestore, BothSidesComeBack) {
  for (const JoinType type : {JoinType::kInner, JoinType::kLeft, JoinType::kRight, JoinType::kFull,
                              JoinType::kSemi, JoinType::kAnti}) {
    for (uint64_t seed = 1; seed <= 3; ++seed) {
      for (const int num_key_groups : {4, 128}) {
        SCOPED_TRACE(testing::Message() << "type " << static_cast<int>(type) << ", seed " << seed
                                        << ", key groups " << num_key_groups);
        ExpectSameAfterCrashes(Stage(type, /*has_key=*/true), MakeEvents(seed, 150, 30),
                               num_key_groups, seed);
        if (testing::Test::HasFailure()) {
          return;
        }
      }
    }
  }
}

TEST(WindowJoinRestore, RowsWithoutAKeyComeBackByTheirWindow) {
  for (uint64_t seed = 1; seed <= 4; ++seed) {
    for (const int num_key_groups : {4, 128}) {
      SCOPED_TRACE(testing::Message() << "seed " << seed << ", key groups " << num_key_groups);
      ExpectSameAfterCrashes(Stage(JoinType::kFull, /*has_key=*/false), MakeEvents(seed, 60, 5),
                             num_key_groups, seed);
    }
  }
}

}  // namespace
}  // namespace laminar::engine
