// Union: passes the rows of all its inputs. Stateless; its task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_UNION_UNION_H_
#define LAMINAR_ENGINE_OPERATORS_UNION_UNION_H_

#include <memory>

#include "engine/operators/operator.h"

namespace laminar::engine {

std::unique_ptr<Operator> MakeUnion();

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_UNION_UNION_H_
