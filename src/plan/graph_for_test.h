// Builds small graphs for the tests of this unit.
#ifndef LAMINAR_PLAN_GRAPH_FOR_TEST_H_
#define LAMINAR_PLAN_GRAPH_FOR_TEST_H_

#include <string>
#include <utility>
#include <vector>

#include "plan/job_graph.h"

namespace laminar::plan {

inline data::LogicalType WindowTypeForTest() {
  return data::LogicalType::STRUCT(
      {{"start", data::LogicalType::TIMESTAMP}, {"end", data::LogicalType::TIMESTAMP}});
}

inline data::Schema SchemaForTest(std::vector<data::Field> fields) {
  data::Schema schema{std::move(fields)};
  schema.AddEventTime();
  return schema;
}

inline NodeId AddForTest(JobGraph& graph,
                         NodeSpec spec,
                         data::Schema output,
                         std::vector<std::pair<NodeId, Partitioning>> inputs = {},
                         int parallelism = 1) {
  const NodeId id{static_cast<int32_t>(graph.nodes.size())};
  Node node;
  node.id = id;
  node.spec = std::move(spec);
  node.parallelism = parallelism;
  node.name = std::string(NodeKindName(node.spec)) + "_" + std::to_string(id.value);
  node.output = std::move(output);
  node.input_modes.assign(inputs.size(), ChangelogMode::kAppend);
  for (size_t i = 0; i < inputs.size(); ++i) {
    graph.edges.push_back({inputs[i].first, id, static_cast<int>(i), inputs[i].second});
  }
  graph.nodes.push_back(std::move(node));
  return id;
}

inline Partitioning ForwardForTest() { return {}; }
inline Partitioning HashForTest(std::vector<size_t> columns) {
  return {Partitioning::Kind::kHash, std::move(columns)};
}

/// A source of (a BIGINT, t TIMESTAMP).
inline NodeId AddSourceForTest(JobGraph& graph, int parallelism = 1) {
  SourceSpec source;
  source.table.name = "s";
  source.table.connector = "impulse";
  source.table.schema.fields = {{"a", data::LogicalType::BIGINT},
                                {"t", data::LogicalType::TIMESTAMP}};
  source.columns = {0, 1};
  const data::Schema output = SchemaForTest(source.table.schema.fields);
  return AddForTest(graph, std::move(source), output, {}, parallelism);
}

/// A sink of whatever `input` gives.
inline NodeId AddSinkForTest(JobGraph& graph,
                             NodeId input,
                             Partitioning partitioning = {},
                             int parallelism = 1) {
  SinkSpec sink;
  sink.table.name = "out";
  sink.table.connector = "blackhole";
  sink.table.kind = data::ConnectorTable::Kind::kSink;
  const data::Schema& schema = graph.node(input).output;
  sink.table.schema.fields.assign(schema.fields.begin(),
                                  schema.fields.begin() + schema.num_visible_columns());
  return AddForTest(graph, std::move(sink), {}, {{input, std::move(partitioning)}}, parallelism);
}

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_GRAPH_FOR_TEST_H_
