#include "engine/operators/window_join/join_shape.h"

#include <utility>

#include "base/assert.h"

namespace laminar::engine {
namespace {

JoinInput MakeInput(std::string state_name,
                    const data::Schema& schema,
                    size_t window_column,
                    const std::vector<size_t>& keys,
                    const std::vector<bool>& null_equals_null) {
  JoinInput input{WindowedInput(std::move(state_name), schema, window_column), {}};
  input.keys = {input.KeptPositions(keys), null_equals_null};
  return input;
}

}  // namespace

JoinShape::JoinShape(const plan::WindowJoinSpec& spec,
                     const data::Schema& left_schema,
                     const data::Schema& right_schema)
    : type(spec.type),
      left(MakeInput("left_rows",
                     left_schema,
                     spec.left_window,
                     spec.left_keys,
                     spec.null_equals_null)),
      right(MakeInput("right_rows",
                      right_schema,
                      spec.right_window,
                      spec.right_keys,
                      spec.null_equals_null)),
      tests_existence(spec.type == plan::JoinType::kSemi || spec.type == plan::JoinType::kAnti) {
  LAMINAR_ASSERT(spec.left_keys.size() == spec.right_keys.size(), spec.left_keys.size());
  LAMINAR_ASSERT(spec.left_keys.size() == spec.null_equals_null.size(), spec.left_keys.size());
  candidate_types = left.visible_types;
  candidate_types.insert(candidate_types.end(), right.visible_types.begin(),
                         right.visible_types.end());
  output_types = tests_existence ? left.visible_types : candidate_types;
  output_types.push_back(data::LogicalType::TIMESTAMP);
}

}  // namespace laminar::engine
