// Joins of a stream with constant rows, and queries that never give a row.
#include <memory>
#include <utility>

#include "duckdb/planner/expression/bound_comparison_expression.hpp"
#include "duckdb/planner/logical_operator.hpp"

#include "base/limits.h"
#include "sql/planner/column_access.h"
#include "sql/planner/constant_rows.h"
#include "sql/planner/join_conditions.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {

using expression::BoundExpression;

namespace {

BoundExpression Compare(duckdb::ExpressionType type,
                        const BoundExpression& left,
                        const BoundExpression& right) {
  return BoundExpression(std::make_shared<duckdb::BoundComparisonExpression>(
      type, left.get().Copy(), right.get().Copy()));
}

std::string NameOfColumn(size_t i) { return "column" + std::to_string(i); }

// The rows as a list of structs, to be taken apart.
data::Value ListOf(const ConstantRows& rows) {
  duckdb::child_list_t<data::LogicalType> fields;
  for (size_t i = 0; i < rows.types.size(); ++i) {
    fields.emplace_back(NameOfColumn(i), rows.types[i]);
  }
  duckdb::vector<data::Value> structs;
  for (const std::vector<data::Value>& row : rows.rows) {
    duckdb::child_list_t<data::Value> values;
    for (size_t i = 0; i < row.size(); ++i) {
      values.emplace_back(NameOfColumn(i), row[i]);
    }
    structs.push_back(data::Value::STRUCT(std::move(values)));
  }
  return data::Value::LIST(data::LogicalType::STRUCT(std::move(fields)), std::move(structs));
}

StreamColumn ConstantColumn(duckdb::ColumnBinding binding,
                            const std::string& name,
                            data::Value value) {
  StreamColumn column;
  column.binding = binding;
  column.name = name;
  column.type = value.type();
  column.access = Constant(std::move(value));
  return column;
}

}  // namespace

QueryPlanner::Result QueryPlanner::PlanConstantJoin(duckdb::LogicalOperator& op, size_t constant) {
  const base::SourceSpan span = SpanOf(op);
  Result input = Plan(*op.children[1 - constant]);
  const JoinConditions conditions = ReadJoin(op);
  const std::optional<ConstantRows> rows = TakeConstantRows(op, constant);
  if (!rows) {
    return Refuse("LM1321", span,
                  "join of a stream with more than " + std::to_string(base::kConstantRowsMax) +
                      " constant rows",
                  "read them from a table");
  }
  if (!input) {
    return std::nullopt;
  }
  for (const StreamColumn& column : input->columns) {
    if (column.of_window.valid() && !AssignWindow(*input)) {
      return std::nullopt;
    }
  }
  if (conditions.type == plan::JoinType::kInner) {
    return JoinConstantRows(op, conditions, *std::move(input), *rows);
  }
  const bool tests =
      conditions.type == plan::JoinType::kSemi || conditions.type == plan::JoinType::kAnti;
  if ((tests || conditions.mark) && constant == 1) {
    return FilterByConstantRows(op, conditions, *std::move(input), *rows);
  }
  if (conditions.type == plan::JoinType::kLeft && constant == 1 && conditions.comparisons.empty() &&
      conditions.others.empty() && rows->rows.size() == 1) {
    return JoinConstantRows(op, conditions, *std::move(input), *rows);
  }
  return Refuse("LM1312", span, "outer joins of a stream with constant rows are not supported yet",
                "use an inner join, or CASE");
}

QueryPlanner::Result QueryPlanner::JoinConstantRows(const duckdb::LogicalOperator& op,
                                                    const JoinConditions& conditions,
                                                    Stream input,
                                                    const ConstantRows& rows) {
  Stream joined = std::move(input);
  if (rows.rows.size() <= 1) {
    for (size_t i = 0; i < rows.types.size(); ++i) {
      joined.columns.push_back(
          ConstantColumn(rows.bindings[i], NameOfColumn(i),
                         rows.rows.empty() ? data::Value(rows.types[i]) : rows.rows[0][i]));
    }
  } else {
    // One list of structs; its fields are the columns.
    const duckdb::ColumnBinding element(rows.bindings[0].table_index,
                                        duckdb::DConstants::INVALID_INDEX);
    joined = AddUnnest(joined, {{Constant(ListOf(rows)), element, "row"}}, OffsetOf(op));
    const BoundExpression row = joined.columns.back().access;
    joined.columns.pop_back();
    for (size_t i = 0; i < rows.types.size(); ++i) {
      StreamColumn column;
      column.binding = rows.bindings[i];
      column.name = NameOfColumn(i);
      column.type = rows.types[i];
      column.access = ExtractField(context_.client, row, NameOfColumn(i));
      joined.columns.push_back(std::move(column));
    }
  }
  std::vector<BoundExpression> filters;
  if (rows.rows.empty()) {
    filters.push_back(Constant(data::Value::BOOLEAN(false)));
  }
  for (const JoinConditions::Comparison& comparison : conditions.comparisons) {
    filters.push_back(Compare(comparison.type, Resolve(*comparison.left, joined),
                              Resolve(*comparison.right, joined)));
  }
  for (const duckdb::Expression* other : conditions.others) {
    filters.push_back(Resolve(*other, joined));
  }
  if (!filters.empty()) {
    AddFilter(joined, filters, OffsetOf(op));
  }
  return joined;
}

// Whether a row has a match among the constants is a condition like any other; unknown where a NULL
// decides, as IN has it.
QueryPlanner::Result QueryPlanner::FilterByConstantRows(const duckdb::LogicalOperator& op,
                                                        const JoinConditions& conditions,
                                                        Stream input,
                                                        const ConstantRows& rows) {
  std::vector<BoundExpression> matches;
  for (const std::vector<data::Value>& row : rows.rows) {
    Stream both = input;
    for (size_t i = 0; i < row.size(); ++i) {
      both.columns.push_back(ConstantColumn(rows.bindings[i], NameOfColumn(i), row[i]));
    }
    std::vector<BoundExpression> all;
    for (const JoinConditions::Comparison& comparison : conditions.comparisons) {
      all.push_back(Compare(comparison.type, Resolve(*comparison.left, both),
                            Resolve(*comparison.right, both)));
    }
    for (const duckdb::Expression* other : conditions.others) {
      all.push_back(Resolve(*other, both));
    }
    matches.push_back(all.empty() ? Constant(data::Value::BOOLEAN(true)) : And(all));
  }
  if (matches.empty()) {
    matches.push_back(Constant(data::Value::BOOLEAN(false)));
  }
  const BoundExpression match = Or(matches);
  if (conditions.mark) {
    StreamColumn mark;
    mark.binding = *conditions.mark;
    mark.name = "mark";
    mark.type = data::LogicalType::BOOLEAN;
    mark.access = match;
    input.columns.push_back(std::move(mark));
    return input;
  }
  const bool is_anti = conditions.type == plan::JoinType::kAnti;
  AddFilter(input,
            {is_anti ? Compare(duckdb::ExpressionType::COMPARE_DISTINCT_FROM, match,
                               Constant(data::Value::BOOLEAN(true)))
                     : match},
            OffsetOf(op));
  return input;
}

QueryPlanner::Result QueryPlanner::PlanEmpty(duckdb::LogicalOperator& op) {
  if (context_.sources.empty()) {
    return Refuse("LM1311", SpanOf(op), "this query reads no stream",
                  "select FROM a table of the program");
  }
  Warn("LM2302", SpanOf(op), "this query can never give a row",
       "its conditions contradict each other");
  // It lives as long as a source does.
  Stream stream;
  stream.node = context_.sources.begin()->second.node;
  for (const auto& [table, source] : context_.sources) {
    stream.node = std::min(stream.node, source.node);
  }
  const std::vector<duckdb::ColumnBinding> bindings = op.GetColumnBindings();
  for (size_t i = 0; i < bindings.size(); ++i) {
    stream.columns.push_back(
        ConstantColumn(bindings[i], NameOfColumn(i), data::Value(op.types[i])));
  }
  AddFilter(stream, {Constant(data::Value::BOOLEAN(false))}, OffsetOf(op));
  return stream;
}

}  // namespace laminar::sql
