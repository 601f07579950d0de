// The functions that programs may call, as the process's catalog knows them; the command line and
// the reference are made from it.
#ifndef LAMINAR_SQL_CATALOG_FUNCTION_LIST_H_
#define LAMINAR_SQL_CATALOG_FUNCTION_LIST_H_

#include <string>
#include <vector>

#include "base/status.h"

namespace laminar::sql {

struct FunctionInfo {
  std::string name;
  std::string kind;       // "scalar", "aggregate", "macro"
  std::string signature;  // "(col0 BIGINT, col1 BIGINT)"
  std::string returns;    // type, empty when it depends on the arguments
  std::string description;
};

/// Every overload of every scalar function, aggregate and macro, by name.
absl::StatusOr<std::vector<FunctionInfo>> ListFunctions();

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_CATALOG_FUNCTION_LIST_H_
