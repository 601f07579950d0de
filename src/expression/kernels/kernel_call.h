// What a kernel looks like to the executor, and the matchers that find calls to replace: one per
// file. Construction on the evaluator's thread.
#ifndef LAMINAR_EXPRESSION_KERNELS_KERNEL_CALL_H_
#define LAMINAR_EXPRESSION_KERNELS_KERNEL_CALL_H_

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "data/vector.h"

namespace duckdb {
class BoundFunctionExpression;
class Expression;
struct ExpressionState;
}  // namespace duckdb

namespace laminar::expression {

struct KernelCall {
  std::string name;
  /// The expressions whose values it takes; they stay where they are in the replaced expression,
  /// and are copied from there.
  std::vector<const duckdb::Expression*> arguments;
  /// Computes `count` rows from the arguments' vectors into `result`, of the replaced expression's
  /// type.
  std::function<
      void(std::vector<duckdb::Vector>& arguments, data::idx_t count, data::Vector& result)>
      compute;
};

/// A function as DuckDB's executor calls it.
using ScalarBody =
    std::function<void(duckdb::DataChunk&, duckdb::ExpressionState&, duckdb::Vector&)>;

/// What stands before DuckDB's own function and saves it rows; nullopt where there is nothing to
/// save.
std::optional<ScalarBody> MatchRegexpPrefilter(const duckdb::BoundFunctionExpression& call,
                                               const ScalarBody& original);

std::optional<KernelCall> MatchSplitPart(const duckdb::Expression& expression);
std::optional<KernelCall> MatchReplace(const duckdb::Expression& expression);
std::optional<KernelCall> MatchCountCharacter(const duckdb::Expression& expression);
std::optional<KernelCall> MatchContains(const duckdb::Expression& expression);
std::optional<KernelCall> MatchLowerEquals(const duckdb::Expression& expression);
std::optional<KernelCall> MatchRegexpExtract(const duckdb::Expression& expression);
std::optional<KernelCall> MatchStrftime(const duckdb::Expression& expression);
std::optional<KernelCall> MatchDecimalCompare(const duckdb::Expression& expression);
std::optional<KernelCall> MatchDecimalMultiply(const duckdb::Expression& expression);

// --- What matchers ask
// --------------------------------------------------------------------------------

/// The call of a function of this name with this many arguments; null when the expression is none.
const duckdb::BoundFunctionExpression* AsCall(const duckdb::Expression& expression,
                                              std::string_view name,
                                              size_t num_arguments);
/// The value of a constant of type VARCHAR that is not NULL.
std::optional<std::string> AsText(const duckdb::Expression& expression);
/// The value of an integer constant that is not NULL.
std::optional<int64_t> AsInteger(const duckdb::Expression& expression);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_KERNELS_KERNEL_CALL_H_
