#include "sql/catalog/compatibility_functions.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

#include "duckdb.hpp"

#include "expression/duckdb_instance.h"
#include "sql/catalog/window_functions.h"

namespace laminar::sql {
namespace {

std::unique_ptr<duckdb::Connection> Connect() {
  RegisterStreamFunctions(expression::DuckDbInstance());
  return std::make_unique<duckdb::Connection>(expression::DuckDbInstance());
}

/// The value of an expression, with the macros it uses.
std::string Value(const std::string& expression, const std::vector<std::string>& macros) {
  const auto connection = Connect();
  for (const std::string& macro : macros) {
    connection->Query("CREATE OR REPLACE TEMP MACRO " + macro +
                      std::string(FindFunctionMacro(macro)->definition));
  }
  const auto result = connection->Query("SELECT " + expression);
  return result->HasError() ? result->GetError() : result->GetValue(0, 0).ToString();
}

TEST(FunctionAliases, NameFunctionsThatExist) {
  const auto connection = Connect();
  std::set<std::string> functions;
  const auto result = connection->Query("SELECT DISTINCT function_name FROM duckdb_functions()");
  for (size_t row = 0; row < result->RowCount(); ++row) {
    functions.insert(result->GetValue(0, row).ToString());
  }
  for (const FunctionAlias& alias : FunctionAliases()) {
    EXPECT_TRUE(functions.contains(std::string(alias.target))) << alias.target;
  }
  for (const FunctionMacro& macro : FunctionMacros()) {
    EXPECT_FALSE(functions.contains(std::string(macro.name))) << "hides a function: " << macro.name;
  }
}

TEST(FunctionMacros, AreAllWellFormed) {
  const auto connection = Connect();
  for (const FunctionMacro& macro : FunctionMacros()) {
    const auto result = connection->Query("CREATE TEMP MACRO " + std::string(macro.name) +
                                          std::string(macro.definition));
    EXPECT_FALSE(result->HasError()) << macro.name << ": " << result->GetError();
  }
}

TEST(FunctionMacros, ComputeWhatTheirNamesSay) {
  EXPECT_EQ(Value("extract_json('{\"a\": [1, 2]}', '$.a')", {"extract_json"}), "['[1,2]']");
  EXPECT_EQ(Value("extract_json('{', '$.a')", {"extract_json"}), "NULL");
  EXPECT_EQ(Value("extract_json_many('{\"a\": [1, 2]}', '$.a[*]')", {"extract_json_many"}),
            "[1, 2]");
  EXPECT_EQ(Value("extract_json_string('{\"a\": \"x\"}', '$.a')", {"extract_json_string"}), "x");
  EXPECT_EQ(Value("get_first_json_object('{\"a\": {\"b\": 1}}', '$.a')", {"get_first_json_object"}),
            "{\"b\":1}");
  EXPECT_EQ(Value("json_get_str('{\"a\": 1}', 'a')", {"json_get_str"}), "NULL");
  EXPECT_EQ(Value("json_get_int('{\"a\": 1}', 'a')", {"json_get_int"}), "1");
  EXPECT_EQ(Value("json_get_int('{\"a\": \"x\"}', 'a')", {"json_get_int"}), "NULL");
  EXPECT_EQ(Value("json_length('{\"a\": 1, \"b\": 2}')", {"json_length"}), "2");
  EXPECT_EQ(Value("json_length('[1]')", {"json_length"}), "1");
  EXPECT_EQ(Value("initcap('hello wORLD')", {"initcap"}), "Hello World");
  EXPECT_EQ(Value("date_bin(INTERVAL '5 minutes', TIMESTAMP '2024-01-01 00:07:00')", {"date_bin"}),
            "2024-01-01 00:05:00");
  EXPECT_EQ(Value("array_except([1, 2, 2, 3], [2])", {"array_except"}), "[1, 3]");
  EXPECT_EQ(Value("array_repeat('x', 3)", {"array_repeat"}), "[x, x, x]");
  EXPECT_EQ(Value("len(array_union([1, 2], [2, 3]))", {"array_union"}), "3");
  EXPECT_EQ(Value("substr_index('a.b.c', '.', 2)", {"substr_index"}), "a.b");
  EXPECT_EQ(Value("substr_index('a.b.c', '.', -2)", {"substr_index"}), "b.c");
  EXPECT_EQ(Value("find_in_set('b', 'a,b')", {"find_in_set"}), "2");
  EXPECT_EQ(Value("to_unixtime(TIMESTAMP '1970-01-02')", {"to_unixtime"}), "86400");
  EXPECT_EQ(Value("from_unixtime(1)", {"from_unixtime"}), "1970-01-01 00:00:01");
  EXPECT_EQ(Value("to_date('2024-02-03 10:00:00')", {"to_date"}), "2024-02-03");
  EXPECT_EQ(Value("to_char(DATE '2024-02-03', '%d')", {"to_char"}), "03");
  EXPECT_EQ(Value("nanvl('nan'::DOUBLE, 2)", {"nanvl"}), "2.0");
  EXPECT_EQ(Value("nvl(NULL, 2)", {"nvl"}), "2");
  EXPECT_EQ(Value("nvl2(1, 'a', 'b')", {"nvl2"}), "a");
  EXPECT_EQ(Value("regexp_count('a1b2', '[0-9]')", {"regexp_count"}), "2");
  EXPECT_EQ(Value("regexp_match('a1', '[0-9]')", {"regexp_match"}), "[1]");
  EXPECT_EQ(Value("array_remove_all([1, 2, NULL], 2)", {"array_remove_all"}), "[1, NULL]");
}

TEST(FindFunction, ReturnsNullForOthers) {
  EXPECT_EQ(FindFunctionAlias("upper"), nullptr);
  EXPECT_EQ(FindFunctionMacro("upper"), nullptr);
}

}  // namespace
}  // namespace laminar::sql
