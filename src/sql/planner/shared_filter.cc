// Rows that several consumers read are made safe to share, which costs a copy of each. Where every
// consumer filters them, those that none of them wants are left out before.
#include <memory>
#include <utility>

#include "duckdb/planner/expression.hpp"

#include "sql/planner/column_access.h"
#include "sql/planner/graph_passes.h"

namespace laminar::sql {
namespace {

using expression::BoundExpression;
using plan::NodeId;

// The predicates of a node's consumers, when all are filters that give the same answer every time.
std::vector<BoundExpression> PredicatesOf(const BuilderNodes& nodes,
                                          const std::vector<size_t>& consumers) {
  std::vector<BoundExpression> predicates;
  for (const size_t consumer : consumers) {
    const auto* filter = std::get_if<plan::FilterSpec>(&nodes[consumer].spec);
    if (filter == nullptr || filter->predicate.get().IsVolatile()) {
      return {};
    }
    predicates.push_back(filter->predicate);
  }
  return predicates;
}

}  // namespace

void FilterBeforeSharing(BuilderNodes& nodes) {
  const std::vector<bool> live = FindLive(nodes);
  std::vector<std::vector<size_t>> consumers(nodes.size());
  for (size_t i = 0; i < nodes.size(); ++i) {
    for (const BuilderEdge& input : nodes[i].inputs) {
      if (live[i]) {
        consumers[input.from.value].push_back(i);
      }
    }
  }
  BuilderNodes result;
  std::vector<NodeId> ids;
  for (size_t i = 0; i < nodes.size(); ++i) {
    const std::vector<BoundExpression> predicates = consumers[i].size() > 1
                                                        ? PredicatesOf(nodes, consumers[i])
                                                        : std::vector<BoundExpression>{};
    BuilderNode node = nodes[i];
    for (BuilderEdge& input : node.inputs) {
      input.from = ids[input.from.value];
    }
    ids.push_back({static_cast<int32_t>(result.size())});
    result.push_back(std::move(node));
    if (predicates.empty()) {
      continue;
    }
    BuilderNode filter;
    filter.spec = plan::FilterSpec{Or(predicates)};
    filter.output = result.back().output;
    filter.parallelism = result.back().parallelism;
    filter.sql_offset = result.back().sql_offset;
    filter.inputs.push_back({ids.back(), {}});
    ids.back() = {static_cast<int32_t>(result.size())};
    result.push_back(std::move(filter));
  }
  nodes = std::move(result);
}

}  // namespace laminar::sql
