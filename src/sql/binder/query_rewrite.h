// Rewrites a query's syntax tree between DuckDB's parser and its binder: places of expressions
// become places in the program's text, window table functions become sub-queries, window_start and
// its like become fields of the window, connectors in FROM become scans, names of other systems
// become DuckDB's. Refuses what no stream can do. Binding thread.
#ifndef LAMINAR_SQL_BINDER_QUERY_REWRITE_H_
#define LAMINAR_SQL_BINDER_QUERY_REWRITE_H_

#include <functional>
#include <set>
#include <string>
#include <vector>

#include "duckdb/parser/query_node.hpp"
#include "duckdb/parser/tableref.hpp"

#include "data/options.h"
#include "sql/binder/diagnostic_error.h"

namespace duckdb {
class FunctionExpression;
class SelectNode;
class TableFunctionRef;
}  // namespace duckdb

namespace laminar::sql {

/// What the rewriter asks of the program around the query.
class QueryEnvironment {
 public:
  enum class TableStatus {
    kReadable,
    kSink,       // only written
    kUnwritten,  // a memory table that no INSERT has filled yet
    kBroken,     // its own statement had an error
    kUnknown,
  };

  virtual ~QueryEnvironment() = default;
  virtual TableStatus StatusOf(const std::string& table) const = 0;
  virtual std::vector<std::string> ReadableTables() const = 0;
  virtual bool IsConnector(const std::string& name) const = 0;
  virtual std::vector<std::string> SourceConnectors() const = 0;
  /// Declares the source that a connector with these arguments is, or finds the one declared before
  /// with the same arguments. Returns its name for laminar_scan; throws DiagnosticError.
  virtual std::string DeclareConnectorCall(
      const std::string& connector,
      duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>& arguments,
      base::SourceSpan span) = 0;
  /// True when the name is an aggregate function.
  virtual bool IsAggregate(const std::string& function) const = 0;
  /// Makes a compatibility macro known.
  virtual void UseMacro(const std::string& function) = 0;
  /// From the text that DuckDB parsed to the program's.
  virtual int64_t ToOriginal(int64_t offset) const = 0;
  /// The span of the word that starts at a place of the program's text.
  virtual base::SourceSpan WordAt(int64_t original_offset) const = 0;
};

struct RewriteResult {
  std::vector<base::Diagnostic>
      diagnostics;                 // errors; the query cannot be bound when there are any
  bool depends_on_broken = false;  // its errors would only follow from those already told
};

/// Rewrites in place.
RewriteResult RewriteQuery(duckdb::QueryNode& node, QueryEnvironment& environment);
/// The same for an expression that stands alone, such as a generated column.
RewriteResult RewriteExpression(duckdb::unique_ptr<duckdb::ParsedExpression>& expression,
                                QueryEnvironment& environment);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_QUERY_REWRITE_H_
