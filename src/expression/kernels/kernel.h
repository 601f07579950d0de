// Kernels: our own code for calls that DuckDB computes slowly, with the same results. An evaluator
// puts them into its copy of an expression; DuckDB's executor runs them like any function. A kernel
// keeps scratch of its own: one evaluator, one thread.
#ifndef LAMINAR_EXPRESSION_KERNELS_KERNEL_H_
#define LAMINAR_EXPRESSION_KERNELS_KERNEL_H_

#include "expression/bound_expression.h"

namespace laminar::expression {

/// The same expression with every call that a kernel computes replaced by it.
BoundExpression UseKernels(const BoundExpression& expression);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_KERNELS_KERNEL_H_
