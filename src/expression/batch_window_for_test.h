// Binds OVER calls over named columns, for tests of units that evaluate them.
#ifndef LAMINAR_EXPRESSION_BATCH_WINDOW_FOR_TEST_H_
#define LAMINAR_EXPRESSION_BATCH_WINDOW_FOR_TEST_H_

#include <string>
#include <vector>

#include "data/schema.h"
#include "expression/bound_expression.h"

namespace laminar::expression {

/// Binds comma-separated OVER calls, all different, over the columns of `input`. Throws
/// duckdb::Exception when the text is wrong.
std::vector<BoundExpression> BindWindowCallsForTest(const std::string& calls,
                                                    const data::Schema& input);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_BATCH_WINDOW_FOR_TEST_H_
