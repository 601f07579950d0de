// Window joins, OVER functions per window and unnest against DuckDB.
#include <algorithm>

#include "engine/operators/operator_for_test.h"
#include "engine/operators/unnest/unnest.h"
#include "engine/operators/window_function/window_function.h"
#include "engine/operators/window_join/window_join.h"
#include "expression/batch_window_for_test.h"
#include "expression/bind_for_test.h"
#include "random_rows.h"

namespace laminar::tests {
namespace {

using engine::OperatorForTest;
using plan::JoinType;

constexpr int64_t kSecond = 1'000'000;

// Windows of 10 s and of 20 s that may end together; the event time is the window's last
// microsecond.
constexpr const char* kWindow =
    "{'start': make_timestamp((g // 2 * 10000000)::BIGINT), 'end': make_timestamp((g // 2 * "
    "10000000 + "
    "CASE WHEN g % 2 = 0 THEN 10000000 ELSE 20000000 END)::BIGINT)}";

// A table of random rows: id, k (few values), s, d, t (of several types, all with NULLs), l (list),
// w, e (event time).
void MakeTable(RandomRows& rows, const std::string& name, int64_t num_rows, int64_t num_keys) {
  rows.Execute("SELECT setseed(" + std::to_string(static_cast<double>(rows.Draw(1000)) / 1000) +
               ")");
  const std::string keys = std::to_string(num_keys);
  const auto nullable = [](const std::string& expression) {
    return "CASE WHEN random() < 0.1 THEN NULL ELSE " + expression + " END";
  };
  rows.Execute(
      "CREATE OR REPLACE TEMP TABLE " + name +
      " AS SELECT *, w.\"end\" - INTERVAL '1 microsecond' AS e FROM "
      "(SELECT * EXCLUDE (g), " +
      kWindow + " AS w FROM (SELECT range::INTEGER AS id, " +
      nullable("floor(random() * " + keys + ")::INTEGER") + " AS k, " +
      nullable("repeat('text ', (random() * 4)::INTEGER) || floor(random() * 3)::INTEGER") +
      " AS s, " +
      nullable("CASE WHEN random() < 0.1 THEN 'nan'::DOUBLE ELSE floor(random() * 5) - 2 END") +
      " AS d, " + nullable("make_timestamp((floor(random() * 4) * 1000000)::BIGINT)") + " AS t, " +
      nullable("[floor(random() * 2)::INTEGER, NULL][1:1 + (random() * 2)::INTEGER]") +
      " AS l, "
      "floor(random() * 6)::INTEGER AS g FROM range(" +
      std::to_string(num_rows) + ")))");
}

data::Schema TableSchema(RandomRows& rows, const std::string& table) {
  data::Schema schema = rows.SchemaOf("SELECT id, k, s, d, t, l, w, e FROM " + table);
  schema.has_event_time = true;
  return schema;
}
constexpr size_t kWindowColumn = 6;
constexpr const char* kVisible = "id, k, s, d, t, l, w";

// Feeds chunks in turn from both lists.
void FeedAll(RandomRows& rows,
             OperatorForTest& driver,
             std::vector<data::Chunk> left,
             std::vector<data::Chunk> right) {
  size_t next[2] = {0, 0};
  std::vector<data::Chunk>* sides[2] = {&left, &right};
  while (next[0] < left.size() || next[1] < right.size()) {
    size_t side = static_cast<size_t>(rows.Draw(1));
    side = next[side] < sides[side]->size() ? side : 1 - side;
    EXPECT_EQ(
        driver.Process(static_cast<int>(side), std::move((*sides[side])[next[side]++])).size(), 0);
  }
}

// Advances time in random steps to the end and collects the visible columns of the output, sorted.
std::vector<std::string> FinishInSteps(RandomRows& rows, OperatorForTest& driver) {
  std::vector<std::string> result;
  int64_t time = 0;
  while (true) {
    time += rows.Draw(30) * kSecond + 1;
    const bool last = time > 100 * kSecond;
    const absl::Status status = driver.op().ProcessWatermark(
        {.time = last ? data::EventTime::Max() : data::EventTime{time}, .arrival = {}});
    EXPECT_TRUE(status.ok()) << status;
    for (auto chunk = driver.op().Produce(); chunk.ok() && chunk->has_value();
         chunk = driver.op().Produce()) {
      AppendRows(**chunk, 1, result);
    }
    if (last) {
      break;
    }
  }
  std::sort(result.begin(), result.end());
  return result;
}

TEST(WindowOperators, JoinsAreThoseOfDuckDb) {
  struct Key {
    std::string column;
    size_t position;
    bool null_equals_null;
  };
  const std::vector<std::pair<JoinType, std::string>> types = {
      {JoinType::kInner, "JOIN"},       {JoinType::kLeft, "LEFT JOIN"},
      {JoinType::kRight, "RIGHT JOIN"}, {JoinType::kFull, "FULL JOIN"},
      {JoinType::kSemi, "SEMI JOIN"},   {JoinType::kAnti, "ANTI JOIN"}};
  const std::vector<std::string> residuals = {"",
                                              "x.id < y.id",
                                              "x.d <= y.d OR x.s = y.s",
                                              "(x.id + y.id) % 3 = 1",
                                              "x.t < y.t AND len(x.l) = len(y.l)",
                                              "NULL::BOOLEAN",
                                              "x.w.start < TIMESTAMP '1970-01-01 00:00:15'"};
  for (int seed = 0; seed < 150; ++seed) {
    RandomRows rows(seed);
    const int64_t size = rows.Pick(std::vector<int64_t>{0, 3, 40, 200});
    const int64_t keys = rows.Pick(std::vector<int64_t>{1, 5, 100});
    MakeTable(rows, "x", size, keys);
    MakeTable(rows, "y", rows.Draw(size) * 2, keys);
    const auto& [type, join] = rows.Pick(types);
    std::vector<Key> all = {
        {"k", 1, false}, {"s", 2, false}, {"d", 3, false}, {"t", 4, false}, {"l", 5, false}};
    plan::WindowJoinSpec spec;
    spec.type = type;
    spec.left_window = spec.right_window = kWindowColumn;
    std::string condition = "x.w = y.w";
    for (Key key : all) {
      if (rows.Draw(4) == 0 || (key.position == 1 && rows.Draw(2) > 0)) {
        key.null_equals_null = rows.Draw(1) == 0;
        spec.left_keys.push_back(key.position);
        spec.right_keys.push_back(key.position);
        spec.null_equals_null.push_back(key.null_equals_null);
        condition += " AND x." + key.column +
                     (key.null_equals_null ? " IS NOT DISTINCT FROM y." : " = y.") + key.column;
      }
    }
    const data::Schema left = TableSchema(rows, "x");
    const data::Schema right = TableSchema(rows, "y");
    const std::string residual = rows.Pick(residuals);
    if (!residual.empty()) {
      condition += " AND (" + residual + ")";
      // The binder of tests knows one table.
      data::Schema both;
      std::string text = residual;
      for (const auto& [prefix, schema] : {std::pair("x", &left), std::pair("y", &right)}) {
        for (size_t i = 0; i < schema->num_visible_columns(); ++i) {
          both.fields.push_back(
              {std::string(prefix) + "_" + schema->fields[i].name, schema->fields[i].type});
        }
        for (size_t at = text.find(std::string(prefix) + "."); at != std::string::npos;
             at = text.find(std::string(prefix) + ".")) {
          text[at + 1] = '_';
        }
      }
      spec.residual = expression::BindOneForTest(text, both);
    }
    plan::Node node;
    node.output.fields.assign(left.fields.begin(), left.fields.end() - 1);
    const bool exists = type == JoinType::kSemi || type == JoinType::kAnti;
    if (!exists) {
      node.output.fields.insert(node.output.fields.end(), right.fields.begin(),
                                right.fields.end() - 1);
    }
    node.output.AddEventTime();
    node.spec = spec;
    OperatorForTest driver(engine::MakeWindowJoin(node, left, right), node.output.Types());
    const int64_t batch = rows.Pick(std::vector<int64_t>{1, 7, 2048});
    FeedAll(rows, driver, rows.ChunksOf("FROM x", batch), rows.ChunksOf("FROM y", batch));
    const std::string query = "SELECT x.* EXCLUDE (e)" +
                              std::string(exists ? "" : ", y.* EXCLUDE (e)") + " FROM x " + join +
                              " y ON " + condition;
    EXPECT_EQ(FinishInSteps(rows, driver), rows.Query(query)) << "seed " << seed << ": " << query;
  }
}

TEST(WindowOperators, FunctionsAreThoseOfDuckDb) {
  // Every order ends in id, so that there is one right answer.
  const std::vector<std::string> functions = {
      "row_number() OVER (#ORDER BY d DESC, id)",
      "rank() OVER (#ORDER BY k, s)",
      "dense_rank() OVER (#ORDER BY t DESC NULLS FIRST)",
      "rank() OVER (#ORDER BY d)",
      "row_number() OVER (#ORDER BY id DESC)",
      "percent_rank() OVER (#ORDER BY d)",
      "cume_dist() OVER (#ORDER BY k)",
      "ntile(3) OVER (#ORDER BY s, id)",
      "lag(id) OVER (#ORDER BY d, id)",
      "lead(s, 2, 'none') OVER (#ORDER BY t, id)",
      "lag(l, 1) OVER (#ORDER BY id)",
      "first_value(d) OVER (#ORDER BY s, id)",
      "last_value(s IGNORE NULLS) OVER (#ORDER BY id ROWS BETWEEN 2 PRECEDING AND CURRENT ROW)",
      "nth_value(id, 2) OVER (#ORDER BY k DESC, id)",
      "count(*) OVER (#)",
      "sum(k) OVER (#ORDER BY id)",
      "sum(k) OVER (#ORDER BY id ROWS BETWEEN 1 PRECEDING AND 1 FOLLOWING)",
      "avg(k) OVER (#ORDER BY id RANGE BETWEEN 5 PRECEDING AND CURRENT ROW)",
      "count(DISTINCT k) OVER (#ORDER BY id)",
      "max(s) FILTER (k > 0) OVER (#)",
      "min(t) OVER (#ORDER BY t RANGE BETWEEN INTERVAL '1 second' PRECEDING AND CURRENT ROW)",
      "string_agg(s, ',' ORDER BY id) OVER (#)",
      "list(k ORDER BY id) OVER (#ORDER BY id ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING EXCLUDE "
      "CURRENT ROW)",
      "count(*) OVER (#ORDER BY k GROUPS BETWEEN 1 PRECEDING AND CURRENT ROW)",
      "median(k) OVER (#)",
      "row_number() OVER (#ORDER BY l, id)"};
  const std::vector<std::string> columns = {"id", "k", "s", "d", "t", "l"};
  for (int seed = 0; seed < 150; ++seed) {
    RandomRows rows(seed + 1000);
    MakeTable(rows, "x", rows.Pick(std::vector<int64_t>{0, 1, 50, 700}),
              rows.Pick(std::vector<int64_t>{1, 5, 100}));
    plan::WindowFunctionSpec spec;
    spec.window_column = kWindowColumn;
    std::string partition = "PARTITION BY w";
    for (size_t column = 1; column <= 5; ++column) {
      if (rows.Draw(5) == 0) {
        spec.partition_by.push_back(column);
        partition += ", " + columns[column];
      }
    }
    // As the planner does: the node says the partitions, not the calls. Some say them all the same.
    std::string bound;
    std::string queried;
    std::vector<std::string> chosen;
    for (int64_t i = rows.Draw(2); i >= 0; --i) {
      const std::string function = rows.Pick(functions);
      if (std::find(chosen.begin(), chosen.end(), function) != chosen.end()) {
        continue;
      }
      chosen.push_back(function);
      const auto with = [&function](const std::string& part) {
        std::string text = function;
        return text.replace(text.find('#'), 1, part);
      };
      bound += (bound.empty() ? "" : ", ") + with(rows.Draw(2) == 0 ? partition + " " : "");
      queried += (queried.empty() ? "" : ", ") + with(partition + " ") +
                 (queried.empty() ? " AS first" : "");
    }
    const bool can_limit = chosen[0].find("row_number") == 0 || chosen[0].find("rank") == 0 ||
                           chosen[0].find("dense_rank") == 0;
    std::string query = "SELECT " + std::string(kVisible) + ", " + queried + " FROM x";
    if (can_limit && rows.Draw(1) == 0) {
      spec.top_n = rows.Draw(4);
      query += " QUALIFY first <= " + std::to_string(*spec.top_n);
    }
    const data::Schema schema = TableSchema(rows, "x");
    plan::Node node;
    node.output.fields.assign(schema.fields.begin(), schema.fields.end() - 1);
    for (const auto& call : expression::BindWindowCallsForTest(bound, schema)) {
      spec.functions.push_back({call, "function"});
      node.output.fields.push_back({"function", call.type()});
    }
    node.output.AddEventTime();
    node.spec = std::move(spec);
    OperatorForTest driver(engine::MakeWindowFunction(node, schema), node.output.Types());
    const int64_t batch = rows.Pick(std::vector<int64_t>{1, 7, 2048});
    FeedAll(rows, driver, rows.ChunksOf("FROM x", batch), {});
    EXPECT_EQ(FinishInSteps(rows, driver), rows.Query(query)) << "seed " << seed << ": " << query;
  }
}

TEST(WindowOperators, UnnestIsThatOfDuckDb) {
  const std::vector<std::string> items = {
      "id",
      "s",
      "unnest(l)",
      "unnest(range(k % 5))",
      "unnest([s, s || '!'])",
      "unnest([{'a': id, 'b': [d, NULL]}, NULL])",
      "unnest(CASE WHEN id % 3 = 0 THEN [[1], NULL, [2, 3]] END)",
      "unnest(range(id % 4 * 900))",
      "unnest(NULL::INTEGER[])",
      "d + 1"};
  for (int seed = 0; seed < 30; ++seed) {
    RandomRows rows(seed + 2000);
    MakeTable(rows, "x", rows.Pick(std::vector<int64_t>{0, 1, 40, 300}), 7);
    const data::Schema schema = TableSchema(rows, "x");
    plan::UnnestSpec spec;
    plan::Node node;
    std::string query;
    bool has_list = false;
    for (int64_t i = rows.Draw(3); i >= 0 || !has_list; --i) {
      std::string item = rows.Pick(items);
      query += (query.empty() ? "SELECT " : ", ") + item;
      const bool is_unnest = item.rfind("unnest(", 0) == 0;
      if (is_unnest) {
        item = item.substr(7, item.size() - 8);
        has_list = true;
      }
      const auto expression = expression::BindOneForTest(item, schema);
      spec.items.push_back({expression, is_unnest});
      node.output.fields.push_back({"item", is_unnest
                                                ? duckdb::ListType::GetChildType(expression.type())
                                                : expression.type()});
    }
    node.output.AddEventTime();
    node.spec = std::move(spec);
    OperatorForTest driver(engine::MakeUnnest(node, schema), node.output.Types());
    std::vector<std::string> result;
    for (data::Chunk& chunk :
         rows.ChunksOf("FROM x", rows.Pick(std::vector<int64_t>{1, 7, 2048}))) {
      ASSERT_TRUE(driver.op().Process(0, std::move(chunk)).ok());
      for (auto out = driver.op().Produce(); out.ok() && out->has_value();
           out = driver.op().Produce()) {
        AppendRows(**out, 1, result);
      }
    }
    std::sort(result.begin(), result.end());
    EXPECT_EQ(result, rows.Query(query + " FROM x")) << "seed " << seed << ": " << query;
  }
}

TEST(WindowOperators, CanBeClosedInTheMiddleOfTheirOutput) {
  for (int seed = 0; seed < 40; ++seed) {
    RandomRows rows(seed + 3000);
    MakeTable(rows, "x", 3000, 2);
    const data::Schema schema = TableSchema(rows, "x");
    plan::Node node;
    node.output.fields.assign(schema.fields.begin(), schema.fields.end() - 1);
    std::unique_ptr<engine::Operator> op;
    if (seed % 2 == 0) {
      plan::WindowJoinSpec spec;
      spec.type =
          rows.Pick(std::vector<JoinType>{JoinType::kInner, JoinType::kFull, JoinType::kSemi});
      spec.left_window = spec.right_window = kWindowColumn;
      spec.left_keys = spec.right_keys = {1};
      spec.null_equals_null = {true};
      if (spec.type != JoinType::kSemi) {
        node.output.fields.insert(node.output.fields.end(), schema.fields.begin(),
                                  schema.fields.end() - 1);
      }
      node.output.AddEventTime();
      node.spec = spec;
      op = engine::MakeWindowJoin(node, schema, schema);
    } else {
      plan::WindowFunctionSpec spec;
      spec.window_column = kWindowColumn;
      const std::string call = rows.Pick(
          std::vector<std::string>{"row_number() OVER (ORDER BY d)", "lag(d) OVER (ORDER BY d)"});
      for (const auto& bound : expression::BindWindowCallsForTest(call, schema)) {
        spec.functions.push_back({bound, "function"});
        node.output.fields.push_back({"function", bound.type()});
      }
      node.output.AddEventTime();
      node.spec = std::move(spec);
      op = engine::MakeWindowFunction(node, schema);
    }
    OperatorForTest driver(std::move(op), node.output.Types());
    FeedAll(rows, driver, rows.ChunksOf("FROM x", 2048),
            seed % 2 == 0 ? rows.ChunksOf("FROM x", 2048) : std::vector<data::Chunk>());
    ASSERT_TRUE(driver.op().ProcessWatermark({.time = data::EventTime::Max(), .arrival = {}}).ok());
    driver.Drain(rows.Draw(5));
    // The driver closes the operator, and checks that all memory was given back.
  }
}

}  // namespace
}  // namespace laminar::tests
