// JoinShape: a window join as its parts need it: which columns are kept, compared and given out.
// Made once from the plan's node, const afterwards.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_SHAPE_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_JOIN_JOIN_SHAPE_H_

#include <optional>
#include <string>
#include <vector>

#include "data/schema.h"
#include "engine/operators/window_join/join_table.h"
#include "engine/state/state_schema.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// One input. Kept are its visible columns but for the window, which the log's slice says.
struct JoinInput {
  size_t window_column = 0;
  std::vector<size_t> kept;              // input columns, in order
  std::vector<data::LogicalType> types;  // of the kept columns
  JoinKeys keys;                         // positions among the kept columns
  StateSchema state;                     // of the log of kept rows
  /// For each visible input column: its position among the kept ones, or nullopt for the window.
  std::vector<std::optional<size_t>> visible;
  std::vector<data::LogicalType> visible_types;
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
