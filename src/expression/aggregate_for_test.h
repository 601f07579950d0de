// Binds aggregate calls by DuckDB, for tests of units that compute them.
#ifndef LAMINAR_EXPRESSION_AGGREGATE_FOR_TEST_H_
#define LAMINAR_EXPRESSION_AGGREGATE_FOR_TEST_H_

#include <string>
#include <vector>

#include "data/schema.h"
#include "expression/bound_expression.h"

namespace laminar::expression {

/// Binds comma-separated calls whose arguments, filters and orders are columns of `input` or casts
/// of them that change nothing; the positions in the result are those in `input`. Throws
/// duckdb::Exception when the text is wrong.
std::vector<BoundAggregate> BindAggregatesForTest(const std::string& calls,
                                                  const data::Schema& input);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_AGGREGATE_FOR_TEST_H_
