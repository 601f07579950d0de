// Function names that programs written for other streaming systems use, in terms of DuckDB's
// functions. Static tables; any thread.
#ifndef LAMINAR_SQL_CATALOG_COMPATIBILITY_FUNCTIONS_H_
#define LAMINAR_SQL_CATALOG_COMPATIBILITY_FUNCTIONS_H_

#include <string_view>
#include <vector>

namespace laminar::sql {

/// Another name for a function, same arguments.
struct FunctionAlias {
  std::string_view name;
  std::string_view target;
};

/// A function as an expression over its parameters.
struct FunctionMacro {
  std::string_view name;
  std::string_view definition;  // "(a, b) AS a + b", overloads separated by commas
};

const std::vector<FunctionAlias>& FunctionAliases();
const std::vector<FunctionMacro>& FunctionMacros();

/// Null when there is none. Names in lower case.
const FunctionAlias* FindFunctionAlias(std::string_view name);
const FunctionMacro* FindFunctionMacro(std::string_view name);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_CATALOG_COMPATIBILITY_FUNCTIONS_H_
