#include "sql/catalog/window_functions.h"

#include <gtest/gtest.h>

#include "duckdb.hpp"
#include "duckdb/planner/planner.hpp"

#include "expression/duckdb_instance.h"
#include "sql/catalog/bind_error.h"

namespace laminar::sql {
namespace {

/// Binds `SELECT expression` over one TIMESTAMP column ts; keeps the plan alive.
struct Bound {
  std::unique_ptr<duckdb::Connection> connection;
  std::unique_ptr<duckdb::Planner> planner;
  const duckdb::Expression& expression() const { return *planner->plan->expressions.at(0); }
};

Bound Bind(const std::string& expression) {
  duckdb::DuckDB& database = expression::DuckDbInstance();
  RegisterStreamFunctions(database);
  Bound bound;
  bound.connection = std::make_unique<duckdb::Connection>(database);
  bound.connection->BeginTransaction();
  duckdb::Parser parser;
  parser.ParseQuery(
      "SELECT " + expression +
      " FROM (SELECT TIMESTAMP '2024-01-01' AS ts, 'x' AS s, DATE '2024-01-01' AS d)");
  bound.planner = std::make_unique<duckdb::Planner>(*bound.connection->context);
  bound.planner->CreatePlan(std::move(parser.statements[0]));
  return bound;
}

std::string CodeOfError(const std::string& expression) {
  try {
    Bind(expression);
  } catch (const std::exception& error) {
    const duckdb::ErrorData data(error);
    const auto code = data.ExtraInfo().find(kErrorCodeKey);
    return code == data.ExtraInfo().end() ? data.RawMessage() : code->second;
  }
  return "";
}

TEST(WindowFunctions, BindWithAndWithoutTime) {
  const Bound without = Bind("tumble(INTERVAL '1 minute')");
  const WindowCall* call = FindWindowCall(without.expression());
  ASSERT_NE(call, nullptr);
  EXPECT_FALSE(call->has_time_argument);
  EXPECT_EQ(call->width.micros, 60'000'000);
  EXPECT_TRUE(without.expression().IsVolatile());
  const Bound with = Bind("hop(ts, INTERVAL '1' SECOND, '10 seconds', '-500 ms')");
  call = FindWindowCall(with.expression());
  ASSERT_NE(call, nullptr);
  EXPECT_TRUE(call->has_time_argument);
  EXPECT_EQ(call->kind, WindowCall::Kind::kHop);
  EXPECT_EQ(call->slide.micros, 1'000'000);
  EXPECT_EQ(call->width.micros, 10'000'000);
  EXPECT_EQ(call->offset.micros, -500'000);
  EXPECT_FALSE(with.expression().IsVolatile());
  EXPECT_EQ(with.expression().Cast<duckdb::BoundFunctionExpression>().children.size(), 1u);
}

TEST(WindowFunctions, HaveStartAndEnd) {
  const Bound bound = Bind("session('1 s')");
  EXPECT_EQ(bound.expression().return_type.ToString(),
            "STRUCT(\"start\" TIMESTAMP, \"end\" TIMESTAMP)");
}

TEST(WindowFunctions, CastDatesToTimestamps) {
  const Bound bound = Bind("tumble(d, INTERVAL '1 day')");
  EXPECT_EQ(bound.expression().Cast<duckdb::BoundFunctionExpression>().children[0]->return_type,
            duckdb::LogicalType::TIMESTAMP);
}

TEST(WindowFunctions, EqualWhereTheyMeanTheSame) {
  EXPECT_TRUE(Bind("hop('1 s', '2 s')")
                  .expression()
                  .Equals(Bind("hop(INTERVAL 1 SECOND, INTERVAL 2 SECONDS)").expression()));
  EXPECT_FALSE(Bind("tumble('1 s')").expression().Equals(Bind("tumble('2 s')").expression()));
}

TEST(WindowFunctions, RefuseWrongArguments) {
  EXPECT_EQ(CodeOfError("hop('10 s', '1 s')"), "LM1401");
  EXPECT_EQ(CodeOfError("tumble('1 month')"), "LM1402");
  EXPECT_EQ(CodeOfError("tumble('-1 s')"), "LM1402");
  EXPECT_EQ(CodeOfError("tumble(NULL::INTERVAL)"), "LM1402");
  EXPECT_EQ(CodeOfError("tumble('x')"), "LM1402");
  EXPECT_EQ(CodeOfError("tumble(ts, ts - ts)"), "LM1402");
  EXPECT_EQ(CodeOfError("tumble(to_days(2000000000))"), "LM1402");
  EXPECT_EQ(CodeOfError("cumulate('7 s', '10 s')"), "LM1402");
  EXPECT_EQ(CodeOfError("tumble(s, '1 s')"), "LM1403");
  EXPECT_EQ(CodeOfError("tumble(1)"), "LM1403");
  EXPECT_EQ(CodeOfError("tumble(ts)"), "LM1403");
  EXPECT_EQ(CodeOfError("session('1 s', '2 s')"), "LM1403");
}

TEST(WindowFunctions, KnowRowTime) {
  const Bound bound = Bind("row_time()");
  EXPECT_TRUE(IsRowTime(bound.expression()));
  EXPECT_EQ(FindWindowCall(bound.expression()), nullptr);
  EXPECT_FALSE(IsRowTime(Bind("now()").expression()));
}

TEST(WindowFunctions, DoNotRunInBatch) {
  RegisterStreamFunctions(expression::DuckDbInstance());
  duckdb::Connection connection(expression::DuckDbInstance());
  EXPECT_TRUE(connection.Query("SELECT tumble('1 s')")->HasError());
  EXPECT_TRUE(connection.Query("SELECT row_time()")->HasError());
  EXPECT_TRUE(connection.Query("SELECT * FROM laminar_scan('t')")->HasError());
}

}  // namespace
}  // namespace laminar::sql
