#include "engine/operators/window_aggregate/window_aggregate.h"

#include <variant>

#include "engine/operators/window_aggregate/local_aggregate.h"
#include "engine/operators/window_aggregate/session_aggregate.h"
#include "engine/operators/window_aggregate/sliced_aggregate.h"

namespace laminar::engine {

std::unique_ptr<Operator> MakeWindowAggregate(const plan::Node& node, const data::Schema& input) {
  const auto& spec = std::get<plan::WindowAggregateSpec>(node.spec);
  if (spec.window && spec.window->kind == plan::WindowSpec::Kind::kSession) {
    return std::make_unique<SessionAggregate>(spec, input, node.output);
  }
  if (spec.phase == plan::AggregatePhase::kLocal) {
    return std::make_unique<LocalAggregate>(spec, input, node.output);
  }
  return std::make_unique<SlicedAggregate>(spec, input, node.output);
}

}  // namespace laminar::engine
