// Tells whether two nodes compute the same, so that queries share what they have in common. Pure.
#ifndef LAMINAR_SQL_PLANNER_SPEC_EQUALITY_H_
#define LAMINAR_SQL_PLANNER_SPEC_EQUALITY_H_

#include "plan/job_graph.h"

namespace laminar::sql {

/// True when both give the same rows for the same input. Never for sources and sinks, which have
/// their own identity, nor for expressions that differ from call to call (random()).
bool AreEqual(const plan::NodeSpec& a, const plan::NodeSpec& b);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_SPEC_EQUALITY_H_
