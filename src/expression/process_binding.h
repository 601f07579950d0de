// Frees a bound expression from the connection that it was planned with. A few functions of DuckDB
// keep the context they were bound in; the program's connection is closed when the program is
// planned, its expressions live as long as the job.
#ifndef LAMINAR_EXPRESSION_PROCESS_BINDING_H_
#define LAMINAR_EXPRESSION_PROCESS_BINDING_H_

#include <memory>

namespace duckdb {
class Expression;
}  // namespace duckdb

namespace laminar::expression {

/// Returns the expression itself where no function in it keeps a context, else a copy in which
/// these are bound to EvaluationContext(). REQUIRES: the connection it was bound with is open.
std::shared_ptr<const duckdb::Expression> BindToProcess(
    std::shared_ptr<const duckdb::Expression> expression);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_PROCESS_BINDING_H_
