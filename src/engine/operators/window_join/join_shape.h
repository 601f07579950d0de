// JoinShape: a window join as its parts need it: which columns are kept, compared and given out.
// Made once from the plan's node, const afterwards.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_SHAPE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_SHAPE_H_

#include <vector>

#include "data/schema.h"
#include "engine/operators/window_join/join_table.h"
#include "engine/operators/window_rows/windowed_input.h"
#include "plan/job_graph.h"

namespace laminar::engine {

struct JoinInput : WindowedInput {
  JoinKeys keys;  // positions among the kept columns
};

struct JoinShape {
  JoinShape(const plan::WindowJoinSpec& spec,
            const data::Schema& left_schema,
            const data::Schema& right_schema);

  plan::JoinType type;
  JoinInput left;
  JoinInput right;
  /// Only rows of the left input are given out, each at most once.
  bool tests_existence = false;
  std::vector<data::LogicalType>
      candidate_types;  // left then right visible columns: the residual's input
  std::vector<data::LogicalType> output_types;  // with the hidden event time
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_SHAPE_H_
