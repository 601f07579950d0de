// Binds SQL expressions over named columns, for tests of units that work on
// bound expressions.
#ifndef LAMINAR_EXPRESSION_BIND_FOR_TEST_H_
#define LAMINAR_EXPRESSION_BIND_FOR_TEST_H_

#include <string>
#include <vector>

#include "data/chunk.h"
#include "data/schema.h"
#include "expression/bound_expression.h"

namespace laminar::expression {

/// Binds comma-separated SQL expressions over the columns of `input`. Throws
/// duckdb::Exception when the text is wrong.
std::vector<BoundExpression> BindForTest(const std::string& expressions, const data::Schema& input);
BoundExpression BindOneForTest(const std::string& expression, const data::Schema& input);

/// The rows of a query as one chunk of at most kRowsPerChunkMax rows, for
/// inputs and for expected values. Throws as above.
data::Chunk QueryForTest(const std::string& query);
/// The types and names of a query's result.
data::Schema SchemaForTest(const std::string& query);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_BIND_FOR_TEST_H_
