// Binds one SELECT with DuckDB: from a rewritten syntax tree to a bound and optimised plan. Binding
// thread.
#ifndef LAMINAR_SQL_BINDER_PLAN_BINDING_H_
#define LAMINAR_SQL_BINDER_PLAN_BINDING_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/planner/planner.hpp"

#include "expression/bound_expression.h"
#include "sql/binder/diagnostic_error.h"

namespace laminar::sql {

/// A plan before the optimiser, with the planner that can still add to it.
struct BoundSelect {
  std::unique_ptr<duckdb::Planner> planner;
  duckdb::unique_ptr<duckdb::LogicalOperator> plan;
  std::vector<std::string> names;
  std::vector<data::LogicalType> types;
  duckdb::vector<duckdb::ColumnBinding> bindings;  // of the plan's output columns
};

class PlanBinding {
 public:
  /// `text` is the program as given; it outlives this.
  PlanBinding(duckdb::ClientContext& context, std::string_view text)
      : context_(context), text_(text) {}

  /// Columns to suggest where DuckDB suggests none.
  void AddKnownColumns(const std::vector<std::string>& names);

  /// Binds a copy of `select`. Every unknown column is a diagnostic of its own; nullopt when there
  /// was any error. `fallback` is the span of errors without a place.
  std::optional<BoundSelect> Bind(const duckdb::SelectStatement& select,
                                  base::SourceSpan fallback,
                                  std::vector<base::Diagnostic>& diagnostics) const;

  /// Puts a projection on top: one expression per output column of the result. Exceptions of DuckDB
  /// pass through.
  using MakeExpression = std::function<duckdb::unique_ptr<duckdb::Expression>(size_t output)>;
  void Project(BoundSelect& bound, size_t num_columns, const MakeExpression& make) const;
  /// A reference to output column `index` of the plan.
  duckdb::unique_ptr<duckdb::Expression> Reference(const BoundSelect& bound, size_t index) const;

  /// Optimises; the planner is spent.
  duckdb::unique_ptr<duckdb::LogicalOperator> Optimize(BoundSelect bound) const;

  /// The output expressions of a plan that is nothing but projections over one scan, over the
  /// columns of the scanned table by position. Nullopt when the plan is anything else.
  static std::optional<std::vector<duckdb::unique_ptr<duckdb::Expression>>> OverScan(
      const duckdb::LogicalOperator& plan);

  /// The diagnostic of an exception of DuckDB's.
  base::Diagnostic Translate(const std::exception& error, base::SourceSpan fallback) const;

 private:
  /// Refuses constants that can never be what they are cast to, which would fail only at the first
  /// row.
  void CheckConstants(duckdb::LogicalOperator& plan) const;

  duckdb::ClientContext& context_;
  std::string_view text_;
  std::vector<std::string> known_columns_;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_PLAN_BINDING_H_
