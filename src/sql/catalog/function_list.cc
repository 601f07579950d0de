#include "sql/catalog/function_list.h"

#include <algorithm>
#include <tuple>

#include "duckdb.hpp"

#include "expression/duckdb_instance.h"
#include "sql/catalog/compatibility_functions.h"
#include "sql/catalog/window_functions.h"

namespace laminar::sql {
namespace {

void AddCompatibilityFunctions(std::vector<FunctionInfo>& functions) {
  const auto is_listed = [&](const std::string& name) {
    return std::any_of(functions.begin(), functions.end(),
                       [&](const auto& function) { return function.name == name; });
  };
  for (const FunctionAlias& alias : FunctionAliases()) {
    if (!is_listed(std::string(alias.name))) {
      functions.push_back({std::string(alias.name), "alias", "", "",
                           "Another name of " + std::string(alias.target) + "."});
    }
  }
  for (const FunctionMacro& macro : FunctionMacros()) {
    const std::string definition(macro.definition);
    functions.push_back({std::string(macro.name), "macro",
                         definition.substr(0, definition.find(')') + 1), "",
                         "Accepted for programs of other systems."});
  }
}

}  // namespace

absl::StatusOr<std::vector<FunctionInfo>> ListFunctions() {
  RegisterStreamFunctions(expression::DuckDbInstance());
  duckdb::Connection connection(expression::DuckDbInstance());
  // Operators have no name of letters; table functions are connectors here, table macros likewise.
  const auto result = connection.Query(
      "SELECT DISTINCT function_name, function_type, "
      "'(' || coalesce(array_to_string(list_transform(list_zip(parameters, parameter_types), "
      "p -> trim(coalesce(p[1], '') || ' ' || coalesce(p[2], ''))), ', '), '') "
      "|| coalesce(', ' || varargs || '...', '') || ')', "
      "coalesce(return_type, ''), coalesce(description, '') "
      "FROM duckdb_functions() WHERE function_type IN ('scalar', 'aggregate', 'macro') "
      "AND regexp_matches(function_name, '^[a-z][a-z0-9_]*$') AND NOT starts_with(function_name, "
      "'pg_') "
      "ORDER BY ALL");
  if (result->HasError()) {
    return base::Internal(result->GetError());
  }
  std::vector<FunctionInfo> functions;
  for (duckdb::idx_t row = 0; row < result->RowCount(); ++row) {
    functions.push_back({result->GetValue(0, row).ToString(), result->GetValue(1, row).ToString(),
                         result->GetValue(2, row).ToString(), result->GetValue(3, row).ToString(),
                         result->GetValue(4, row).ToString()});
  }
  AddCompatibilityFunctions(functions);
  std::sort(functions.begin(), functions.end(), [](const auto& a, const auto& b) {
    return std::tie(a.name, a.kind, a.signature) < std::tie(b.name, b.kind, b.signature);
  });
  return functions;
}

}  // namespace laminar::sql
