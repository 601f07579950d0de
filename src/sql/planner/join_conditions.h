// A logical join of any kind in one form: what kind, and conditions by the side they speak of.
// Pure; planning thread.
#ifndef LAMINAR_SQL_PLANNER_JOIN_CONDITIONS_H_
#define LAMINAR_SQL_PLANNER_JOIN_CONDITIONS_H_

#include <optional>
#include <vector>

#include "duckdb/common/enums/expression_type.hpp"
#include "duckdb/planner/column_binding.hpp"

#include "plan/job_graph.h"

namespace duckdb {
class Expression;
class LogicalOperator;
}  // namespace duckdb

namespace laminar::sql {

struct JoinConditions {
  struct Comparison {
    const duckdb::Expression* left = nullptr;   // over the left input
    const duckdb::Expression* right = nullptr;  // over the right input
    duckdb::ExpressionType type = duckdb::ExpressionType::COMPARE_EQUAL;
    bool is_equality() const {
      return type == duckdb::ExpressionType::COMPARE_EQUAL ||
             type == duckdb::ExpressionType::COMPARE_NOT_DISTINCT_FROM;
    }
  };

  /// Unset for kinds that streams do not have (MARK and its like).
  std::optional<plan::JoinType> type;
  /// Of a MARK join: the column that says whether a row has a match on the right.
  std::optional<duckdb::ColumnBinding> mark;
  /// At most one row of the right side fits; more is an error (scalar subqueries).
  bool single = false;
  std::vector<Comparison> comparisons;
  std::vector<const duckdb::Expression*> others;  // over both inputs
  /// Output columns that come from either input.
  std::vector<duckdb::ColumnBinding> left_output;
  std::vector<duckdb::ColumnBinding> right_output;
};

/// REQUIRES: a comparison join, an any join or a cross product.
JoinConditions ReadJoin(duckdb::LogicalOperator& op);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_JOIN_CONDITIONS_H_
