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
  LAMINAR_ASSERT(window_column < schema.num_visible_columns(), window_column);
  JoinInput input;
  input.window_column = window_column;
  input.state.name = std::move(state_name);
  input.state.sliced = true;
  for (size_t i = 0; i < schema.num_visible_columns(); ++i) {
    const data::Field& field = schema.fields[i];
    input.visible_types.push_back(field.type);
    if (i == window_column) {
      input.visible.emplace_back(std::nullopt);
      continue;
    }
    input.visible.emplace_back(input.kept.size());
    input.kept.push_back(i);
    input.types.push_back(field.type);
    input.state.values.push_back({field.name, field.type});
  }
  for (const size_t key : keys) {
    // The window is equal anyway; it is not a key again.
    LAMINAR_ASSERT(key < input.visible.size() && input.visible[key].has_value(), key);
    input.keys.columns.push_back(*input.visible[key]);
  }
  input.keys.null_equals_null = null_equals_null;
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
