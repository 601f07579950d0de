// OVER functions give the same rows whatever barriers, abandoned cuts and crashes come in between,
// and at whatever parallelism they go on.
#include <cstdint>
#include <optional>
#include <random>
#include <string>
#include <vector>

#include "gtest/gtest.h"

#include "engine/operators/stage_for_test.h"
#include "engine/operators/window_function/window_function.h"
#include "expression/batch_window_for_test.h"

namespace laminar::engine {
namespace {

using data::LogicalType;
using data::Value;

constexpr int64_t kSecond = 1'000'000;

LogicalType WindowType() {
  return LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP}, {"end", LogicalType::TIMESTAMP}});
}

data::Schema InputSchema() {
  data::Schema schema;
  schema.fields = {{"k", LogicalType::VARCHAR},
                   {"w", WindowType()},
                   {"v", LogicalType::BIGINT},
                   {"id", LogicalType::INTEGER}};
  schema.AddEventTime();
  return schema;
}

struct Query {
  std::string calls;
  std::vector<size_t> partition_by = {};
  std::optional<int64_t> top_n = std::nullopt;
};

plan::Node MakeNode(const Query& query, bool local) {
  const data::Schema schema = InputSchema();
  plan::WindowFunctionSpec spec;
  spec.window_column = 1;
  spec.partition_by = query.partition_by;
  spec.top_n = query.top_n;
  spec.local = local;
  plan::Node node;
  node.output.fields.assign(schema.fields.begin(), schema.fields.end() - 1);
  for (const auto& call : expression::BindWindowCallsForTest(query.calls, schema)) {
    spec.functions.push_back({call, "function"});
    node.output.fields.push_back({"function", call.type()});
  }
  node.output.AddEventTime();
  node.spec = std::move(spec);
  return node;
}

StageSpecForTest Stage(const Query& query, bool with_local) {
  const plan::Node node = MakeNode(query, /*local=*/false);
  StageSpecForTest stage{
      .make = [node] { return MakeWindowFunction(node, InputSchema()); },
      .output = node.output.Types(),
      .routes = {query.partition_by.empty() ? std::vector<size_t>{1} : query.partition_by}};
  if (with_local) {
    const plan::Node local = MakeNode(query, /*local=*/true);
    stage.make_local = [local] { return MakeWindowFunction(local, InputSchema()); };
    stage.local_output = local.output.Types();
    stage.local_columns = {0, 1, 2, 3, local.output.num_columns() - 1};  // without the function
  }
  return stage;
}

// `id` tells rows apart, so that functions that order by it are sure of their result.
std::vector<EventForTest> MakeEvents(uint64_t seed, int num_events, int64_t rows_max) {
  std::mt19937_64 random(seed);
  const auto below = [&](int64_t n) {
    return static_cast<int64_t>(random() % static_cast<uint64_t>(n));
  };
  const auto time = [](int64_t micros) { return Value::TIMESTAMP(duckdb::timestamp_t(micros)); };
  std::vector<EventForTest> events;
  int64_t watermark = 0;
  int32_t id = 0;
  for (int i = 0; i < num_events; ++i) {
    if (below(4) == 0) {
      watermark += 1 + below(3 * kSecond);
      events.push_back({.input = 0, .chunk = std::nullopt, .watermark = watermark});
      continue;
    }
    std::vector<std::vector<Value>> rows;
    for (int64_t n = 1 + below(below(4) == 0 ? rows_max : 10); n > 0; --n) {
      const int64_t start =
          (watermark + below(12 * kSecond)) / (5 * kSecond) * 5 * kSecond - 5 * kSecond * below(2);
      const int64_t key = below(20);
      rows.push_back({key == 0 ? Value() : Value("key number " + std::to_string(key)),
                      Value::STRUCT(WindowType(), {time(start), time(start + 5 * kSecond)}),
                      Value::BIGINT(below(50)), Value::INTEGER(id++),
                      time(start + 5 * kSecond - 1)});
    }
    events.push_back(
        {.input = 0, .chunk = ChunkForTest(InputSchema().Types(), rows), .watermark = 0});
  }
  events.push_back({.input = 0, .chunk = std::nullopt, .watermark = data::EventTime::Max().micros});
  return events;
}

void ExpectSame(const Query& query, bool with_local, int64_t rows_max) {
  for (uint64_t seed = 1; seed <= 3; ++seed) {
    for (const int num_key_groups : {4, 128}) {
      SCOPED_TRACE(testing::Message()
                   << query.calls << ", seed " << seed << ", key groups " << num_key_groups);
      ExpectSameAfterCrashes(Stage(query, with_local), MakeEvents(seed, 120, rows_max),
                             num_key_groups, seed);
      if (testing::Test::HasFailure()) {
        return;
      }
    }
  }
}

TEST(WindowFunctionRestore, KeptRowsComeBack) {
  for (const Query& query :
       {Query{"row_number() OVER (PARTITION BY k, w ORDER BY v, id)", {0}},
        Query{"sum(v) OVER (PARTITION BY k, w ORDER BY id), lag(v) OVER (PARTITION BY k, w ORDER "
              "BY id)",
              {0}},
        Query{"rank() OVER (PARTITION BY w ORDER BY v)"}}) {
    ExpectSame(query, /*with_local=*/false, 200);
  }
}

TEST(WindowFunctionRestore, TheBestRowsComeBackAfterTheOthersWereDropped) {
  ExpectSame({"row_number() OVER (PARTITION BY w ORDER BY v, id)", {}, 3}, /*with_local=*/false,
             2000);
  ExpectSame({"rank() OVER (PARTITION BY k, w ORDER BY v)", {0}, 2}, /*with_local=*/false, 2000);
}

TEST(WindowFunctionRestore, ALocalPhaseHandsItsBestRowsOnBeforeABarrier) {
  ExpectSame({"row_number() OVER (PARTITION BY k, w ORDER BY v, id)", {0}, 2}, /*with_local=*/true,
             200);
  ExpectSame({"rank() OVER (PARTITION BY w ORDER BY v)", {}, 3}, /*with_local=*/true, 2000);
}

}  // namespace
}  // namespace laminar::engine
