#include "engine/operators/operator_factory.h"

#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "engine/operators/filter/filter.h"
#include "engine/operators/project/project.h"
#include "engine/operators/union/union.h"
#include "engine/operators/unnest/unnest.h"
#include "engine/operators/window_aggregate/window_aggregate.h"
#include "engine/operators/window_assign/window_assign.h"
#include "engine/operators/window_function/window_function.h"
#include "engine/operators/window_join/window_join.h"

namespace laminar::engine {
namespace {

using Made = absl::StatusOr<std::unique_ptr<Operator>>;

// One overload per kind of node.
struct Maker {
  const plan::JobGraph& graph;
  const plan::Node& node;

  const data::Schema& input(size_t index) const {
    return graph.node(graph.InputsOf(node.id).at(index).from).output;
  }

  Made operator()(const plan::ProjectSpec&) const { return MakeProject(node, input(0)); }
  Made operator()(const plan::FilterSpec&) const { return MakeFilter(node); }
  Made operator()(const plan::UnionSpec&) const { return MakeUnion(); }
  Made operator()(const plan::UnnestSpec&) const { return MakeUnnest(node, input(0)); }
  Made operator()(const plan::WindowAggregateSpec&) const {
    return MakeWindowAggregate(node, input(0));
  }
  Made operator()(const plan::WindowAssignSpec&) const { return MakeWindowAssign(node, input(0)); }
  Made operator()(const plan::WindowJoinSpec&) const {
    return MakeWindowJoin(node, input(0), input(1));
  }
  Made operator()(const plan::WindowFunctionSpec&) const {
    return MakeWindowFunction(node, input(0));
  }
  template <typename Spec>
  Made operator()(const Spec&) const {
    return base::Internal("no operator for node " + node.name);
  }
};

}  // namespace

Made MakeOperator(const plan::JobGraph& graph, const plan::Node& node) {
  return std::visit(Maker{graph, node}, node.spec);
}

}  // namespace laminar::engine
