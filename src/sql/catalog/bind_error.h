// BindError: an error thrown from a function's bind step that keeps one of our codes and the place
// in the text, through DuckDB's binder. Caught at the edge of sql/binder.
#ifndef LAMINAR_SQL_CATALOG_BIND_ERROR_H_
#define LAMINAR_SQL_CATALOG_BIND_ERROR_H_

#include <string>

#include "duckdb/common/exception/binder_exception.hpp"
#include "duckdb/planner/expression.hpp"

namespace laminar::sql {

/// Keys of the extra information of the exception.
inline constexpr const char* kErrorCodeKey = "laminar_code";
inline constexpr const char* kErrorHintKey = "laminar_hint";

class BindError final : public duckdb::BinderException {
 public:
  BindError(const std::string& code,
            const duckdb::Expression& at,
            const std::string& message,
            const std::string& hint = "")
      : duckdb::BinderException(message, Information(code, at, hint)) {}

 private:
  static duckdb::unordered_map<duckdb::string, duckdb::string>
  Information(const std::string& code, const duckdb::Expression& at, const std::string& hint) {
    duckdb::unordered_map<duckdb::string, duckdb::string> information;
    information[kErrorCodeKey] = code;
    if (!hint.empty()) {
      information[kErrorHintKey] = hint;
    }
    if (at.GetQueryLocation().IsValid()) {
      information["position"] = std::to_string(at.GetQueryLocation().GetIndex());
    }
    return information;
  }
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_CATALOG_BIND_ERROR_H_
