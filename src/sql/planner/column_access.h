// Small tools over bound expressions whose leaves are positions of a node's columns. Pure, but that
// functions are bound in the program's catalog; planning thread.
#ifndef LAMINAR_SQL_PLANNER_COLUMN_ACCESS_H_
#define LAMINAR_SQL_PLANNER_COLUMN_ACCESS_H_

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "expression/bound_expression.h"
#include "plan/job_graph.h"
#include "sql/planner/stream.h"

namespace duckdb {
class ClientContext;
class Expression;
}  // namespace duckdb

namespace laminar::sql {

/// Computing it costs nothing per row: a column, a field of a struct column, a constant. Such an
/// expression may be repeated freely.
bool IsCheap(const duckdb::Expression& expression);

/// The field's position when the expression takes a field out of its first child.
std::optional<size_t> FindExtractedField(const duckdb::Expression& expression);

/// STRUCT(start TIMESTAMP, end TIMESTAMP).
const data::LogicalType& WindowType();

/// The part that a field of a window struct is.
WindowPart PartOfField(size_t field);

/// Takes field `start` or `end` out of a window struct; gives `window` itself for kStruct.
expression::BoundExpression ExtractPart(duckdb::ClientContext& context,
                                        const expression::BoundExpression& window,
                                        WindowPart part);

/// A field of a struct by its name.
expression::BoundExpression ExtractField(duckdb::ClientContext& context,
                                         const expression::BoundExpression& source,
                                         const std::string& field);

/// The same expression over other columns: each reference to column i becomes a copy of
/// `replacement(i)`.
expression::BoundExpression Substitute(
    const expression::BoundExpression& expression,
    const std::function<const expression::BoundExpression&(size_t)>& replacement);

/// The same expression with every column moved.
expression::BoundExpression MoveColumns(const expression::BoundExpression& expression,
                                        const std::function<size_t(size_t)>& position);

/// struct_update reads the names of its fields from its arguments' aliases when it runs: calls
/// `change`, which may replace the arguments of `expression`, and gives them back their aliases.
void KeepArgumentNames(duckdb::Expression& expression, const std::function<void()>& change);
/// Whether argument names are part of what the expression computes.
bool HasArgumentNames(const duckdb::Expression& expression);

/// Adds to uses[i] how often the expression refers to column i.
void CountUses(const expression::BoundExpression& expression, std::vector<int>& uses);

bool AreEqual(const expression::BoundExpression& a, const expression::BoundExpression& b);

/// All conditions together. REQUIRES: at least one.
expression::BoundExpression And(const std::vector<expression::BoundExpression>& conditions);

/// At least one of the conditions. REQUIRES: at least one.
expression::BoundExpression Or(const std::vector<expression::BoundExpression>& conditions);

/// What a constant says; null pointer when the expression is none.
const data::Value* FindConstant(const duckdb::Expression& expression);
expression::BoundExpression Constant(data::Value value);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_COLUMN_ACCESS_H_
