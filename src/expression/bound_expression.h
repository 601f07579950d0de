// A scalar expression, or an aggregate call, bound by DuckDB: its column
// references are positions in the input chunk. Immutable and shared between the
// subtasks of a job; any thread.
#ifndef LAMINAR_EXPRESSION_BOUND_EXPRESSION_H_
#define LAMINAR_EXPRESSION_BOUND_EXPRESSION_H_

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "data/vector.h"

namespace duckdb {
class Expression;
class BoundAggregateExpression;
}  // namespace duckdb

namespace laminar::expression {

class BoundExpression {
 public:
  BoundExpression() = default;
  /// Takes a bound expression whose leaves are BoundReferenceExpression and
  /// constants.
  explicit BoundExpression(std::shared_ptr<const duckdb::Expression> expression);
  /// A reference to one input column.
  static BoundExpression Column(size_t index, const data::LogicalType& type, std::string name = "");

  bool valid() const { return expression_ != nullptr; }
  const duckdb::Expression& get() const { return *expression_; }
  const data::LogicalType& type() const;
  /// The column it names when it is nothing but a reference; such columns are
  /// passed on without a copy.
  std::optional<size_t> AsColumn() const;
  /// Readable text for plans.
  std::string ToString() const;
  /// Text in which columns are positions (#0), so that it is the same whatever the columns are
  /// called.
  std::string ToNormalizedText() const;
  /// The positions of all columns it refers to, ascending, with the type each is taken to have.
  std::vector<std::pair<size_t, data::LogicalType>> References() const;

 private:
  std::shared_ptr<const duckdb::Expression> expression_;
};

/// An aggregate call: function bound by DuckDB, its arguments replaced by
/// columns of the operator's input.
struct BoundAggregate {
  /// The bound call: function, bind data, order. Its children are references to
  /// `arguments` in order, for DuckDB's own evaluation.
  std::shared_ptr<const duckdb::BoundAggregateExpression> call;
  std::string name;  // function name in lower case: "count_star", "sum", "quantile_cont"
  std::vector<size_t> arguments;  // input columns of the arguments
  std::vector<data::LogicalType> argument_types;
  data::LogicalType type;        // of the result
  std::optional<size_t> filter;  // BOOLEAN input column of FILTER (WHERE ...)
  bool distinct = false;
  /// ORDER BY inside the call: input columns that follow the arguments, as
  /// DuckDB's sorted aggregate expects.
  std::vector<size_t> order_by;
  bool ordered() const { return !order_by.empty(); }
};

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_BOUND_EXPRESSION_H_
