// BoundProgram: a program's text after the dialect, DuckDB's parser, binder and optimiser: what is
// read, what is written, and one logical plan per query. Made by Bind, consumed by sql/planner. One
// thread at a time.
#ifndef LAMINAR_SQL_BINDER_PROGRAM_H_
#define LAMINAR_SQL_BINDER_PROGRAM_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "connectors/api/connector_factory.h"
#include "data/options.h"
#include "data/vector.h"
#include "formats/format_registry.h"
#include "sql/catalog/source_table.h"

namespace duckdb {
class Connection;
class Expression;
class LogicalOperator;
}  // namespace duckdb

namespace laminar::sql {

/// What SET says.
struct ProgramSettings {
  std::optional<data::Duration> updating_ttl;
  std::optional<int> parallelism;
};

enum class ExplainKind { kLogical, kPhysical, kJson };

/// One INSERT or bare SELECT.
struct BoundQuery {
  BoundQuery();
  BoundQuery(BoundQuery&&) noexcept;
  BoundQuery& operator=(BoundQuery&&) noexcept;
  ~BoundQuery();

  /// Bound and optimised. Its output columns are, in order, those of the sink's schema, already
  /// cast to their types. Locations of expressions are byte offsets in the program's text.
  std::unique_ptr<duckdb::LogicalOperator> plan;
  std::vector<std::string> names;
  std::vector<data::LogicalType> types;
  size_t sink = 0;                     // index in BoundProgram::sinks
  base::SourceSpan span;               // the statement
  ProgramSettings settings;            // in force at this statement
  std::optional<ExplainKind> explain;  // it is to be explained, not run
};

/// Rows that a statement such as SHOW TABLES or DESCRIBE answers at once.
struct StatementReport {
  base::SourceSpan span;
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

struct BoundProgram {
  BoundProgram();
  BoundProgram(BoundProgram&&) noexcept;
  BoundProgram& operator=(BoundProgram&&) noexcept;
  ~BoundProgram();

  std::string text;
  /// Owns the catalog entries and the transaction that the plans point into; destroyed after them.
  std::shared_ptr<duckdb::Connection> connection;
  std::vector<std::shared_ptr<const SourceTable>>
      sources;                      // those that some query reads, and others that were declared
  std::vector<SinkTable> sinks;     // those that some query writes
  std::vector<BoundQuery> queries;  // in the order of the text
  std::vector<StatementReport> reports;
  ProgramSettings settings;  // at the end of the program
};

struct BindOptions {
  /// For `${name}` in the text.
  std::map<std::string, std::string> variables;
  /// Where a bare SELECT goes: connector, options and format; name and schema are filled in per
  /// query.
  data::ConnectorTable default_sink;
  const connectors::ConnectorRegistry* connectors = &connectors::ConnectorRegistry::Global();
  const formats::FormatRegistry* formats = &formats::FormatRegistry::Global();
};

struct BindResult {
  /// Unset when there was any error.
  std::optional<BoundProgram> program;
  /// Errors and warnings, in the order of the text; spans are in the text as given.
  std::vector<base::Diagnostic> diagnostics;
};

/// Binds a whole program. Never throws; every problem is a diagnostic. BLOCKS: while a connector
/// infers a schema.
BindResult Bind(std::string_view text, const BindOptions& options);

/// Where in the program a bound expression, or the first placed expression of an operator (its own,
/// else of its inputs), was written; {-1, 0} when unknown. The span covers the word or call that
/// starts there.
base::SourceSpan FindSpan(std::string_view text, const duckdb::Expression& expression);
base::SourceSpan FindSpan(std::string_view text, const duckdb::LogicalOperator& op);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_PROGRAM_H_
