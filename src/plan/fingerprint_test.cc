#include "plan/fingerprint.h"

#include <string>
#include <utility>
#include <vector>

#include <gtest/gtest.h>

#include "expression/aggregate_for_test.h"
#include "expression/bind_for_test.h"
#include "plan/column_text.h"
#include "plan/graph_for_test.h"
#include "plan/logical_graph.h"

namespace laminar::plan {
namespace {

using data::LogicalType;

data::Schema TableForTest(std::vector<std::string> names,
                          const LogicalType& type = LogicalType::INTEGER) {
  data::Schema schema;
  for (std::string& name : names) {
    schema.fields.push_back({std::move(name), type});
  }
  return schema;
}

// A source that reads these columns of its table.
NodeId AddTableForTest(JobGraph& graph, const data::Schema& schema) {
  SourceSpec source;
  source.table.name = "t";
  source.table.connector = "impulse";
  source.table.schema = schema;
  for (size_t i = 0; i < schema.num_columns(); ++i) {
    source.columns.push_back(i);
  }
  return AddForTest(graph, std::move(source), SchemaForTest(schema.fields));
}

NodeId AddProjectForTest(JobGraph& graph, NodeId input, const std::string& expressions) {
  data::Schema schema = graph.node(input).output;
  schema.fields.pop_back();
  schema.has_event_time = false;
  ProjectSpec project;
  data::Schema output;
  for (expression::BoundExpression& bound : expression::BindForTest(expressions, schema)) {
    output.fields.push_back({"c" + std::to_string(output.fields.size()), bound.type()});
    project.expressions.push_back(std::move(bound));
  }
  return AddForTest(graph, std::move(project), SchemaForTest(output.fields), {{input, {}}});
}

NodeId AddFilterForTest(JobGraph& graph, NodeId input, const std::string& predicate) {
  const data::Schema output = graph.node(input).output;
  return AddForTest(graph, FilterSpec{expression::BindOneForTest(predicate, output)}, output,
                    {{input, {}}});
}

// Groups by the first column, over a day of the last.
NodeId AddAggregateForTest(JobGraph& graph, NodeId input, const std::string& calls) {
  const data::Schema schema = graph.node(input).output;
  WindowAggregateSpec spec;
  spec.window = WindowSpec{.kind = WindowSpec::Kind::kTumble,
                           .width = {86'400'000'000},
                           .slide = {86'400'000'000},
                           .offset = {}};
  spec.window_column = schema.event_time_index();
  spec.keys = {0};
  spec.aggregates = expression::BindAggregatesForTest(calls, schema);
  std::vector<data::Field> output = {schema.fields[0], {"window", WindowTypeForTest()}};
  for (const expression::BoundAggregate& aggregate : spec.aggregates) {
    output.push_back({aggregate.name, aggregate.type});
  }
  return AddForTest(graph, std::move(spec), SchemaForTest(output), {{input, {}}});
}

// The aggregate of a graph that is source, projection, aggregate.
NodeIdentity AggregateOf(const data::Schema& table,
                         const std::string& projection,
                         const std::string& calls) {
  JobGraph graph;
  const NodeId source = AddTableForTest(graph, table);
  const NodeId project = AddProjectForTest(graph, source, projection);
  AddAggregateForTest(graph, project, calls);
  return IdentifyNodes(graph).back();
}

TEST(Fingerprint, OfAnAggregateDoesNotSeeWhatElseIsRead) {
  const NodeIdentity one = AggregateOf(TableForTest({"k", "v"}), "k, v", "sum(c1)");
  const NodeIdentity more = AggregateOf(TableForTest({"x", "k", "v"}), "k, x, v", "sum(c2)");
  EXPECT_EQ(more.fingerprint, one.fingerprint);
  const NodeIdentity other = AggregateOf(TableForTest({"x", "k", "v"}), "k, v, x", "sum(c2)");
  EXPECT_NE(other.fingerprint, one.fingerprint);
  EXPECT_EQ(other.kin, one.kin);
}

TEST(Fingerprint, OfAnAggregateDoesNotSeeInHowManyStepsItsArgumentsAreComputed) {
  const data::Schema table = TableForTest({"k", "v"});
  JobGraph graph;
  const NodeId source = AddTableForTest(graph, table);
  const NodeId first = AddProjectForTest(graph, source, "v + 1 as w, k");
  const NodeId second = AddProjectForTest(graph, first, "c1, c0 * 2");
  const NodeId aggregate = AddAggregateForTest(graph, second, "sum(c1)");
  EXPECT_EQ(IdentifyNodes(graph)[aggregate.value].fingerprint,
            AggregateOf(table, "k, (v + 1) * 2", "sum(c1)").fingerprint);
  EXPECT_NE(IdentifyNodes(graph)[aggregate.value].fingerprint,
            AggregateOf(table, "k, (v + 2) * 2", "sum(c1)").fingerprint);
}

TEST(Fingerprint, OfAnAggregateSeesTypesWhereItsStateDoesNotSayThem) {
  const auto of = [](const LogicalType& type, const std::string& projection,
                     const std::string& call) {
    return AggregateOf(TableForTest({"k", "v"}, type), projection, call).fingerprint;
  };
  const LogicalType narrow = LogicalType::INTEGER;
  const LogicalType wide = LogicalType::BIGINT;
  EXPECT_EQ(of(narrow, "k, v", "sum(c1)"), of(wide, "k, v", "sum(c1)"));
  EXPECT_EQ(of(narrow, "k, v", "max(c1)"), of(wide, "k, v", "max(c1)"));
  EXPECT_NE(of(narrow, "k, v + 1", "sum(c1)"), of(wide, "k, v + 1", "sum(c1)"));
  EXPECT_NE(of(narrow, "k, v", "bit_and(c1)"), of(wide, "k, v", "bit_and(c1)"));
  EXPECT_NE(of(LogicalType::DECIMAL(10, 2), "k, v", "sum(c1)"),
            of(LogicalType::DECIMAL(12, 4), "k, v", "sum(c1)"));
}

TEST(Fingerprint, OfAggregatesThatKeepTheirRowsHasNoKin) {
  const data::Schema table = TableForTest({"k", "v"});
  const NodeIdentity distinct = AggregateOf(table, "k, v", "sum(distinct c1)");
  EXPECT_EQ(distinct.kin, distinct.fingerprint);
  EXPECT_NE(distinct.kin, AggregateOf(table, "k, v", "sum(c1)").kin);
}

TEST(Fingerprint, DoesNotSeeFiltersThatOthersShare) {
  const data::Schema table = TableForTest({"k", "v"});
  JobGraph alone;
  const NodeId source = AddTableForTest(alone, table);
  const NodeId filter = AddFilterForTest(alone, source, "v > 5");
  const NodeId aggregate = AddAggregateForTest(alone, filter, "count(*)");

  JobGraph shared;
  const NodeId both =
      AddFilterForTest(shared, AddTableForTest(shared, table), "v > 5 or k % 2 = 0");
  const NodeId mine =
      AddAggregateForTest(shared, AddFilterForTest(shared, both, "v > 5"), "count(*)");
  const NodeId other =
      AddAggregateForTest(shared, AddFilterForTest(shared, both, "k % 2 = 0"), "count(*)");
  EXPECT_TRUE(LogicalGraph(shared).IsSharedFilter(both));
  EXPECT_TRUE(IsPreparation(shared, both));
  EXPECT_EQ(IdentifyNodes(shared)[mine.value].fingerprint,
            IdentifyNodes(alone)[aggregate.value].fingerprint);
  EXPECT_NE(IdentifyNodes(shared)[other.value].fingerprint,
            IdentifyNodes(alone)[aggregate.value].fingerprint);
}

TEST(Fingerprint, OfSinksOfOneTableIsByWhatTheyGet) {
  const auto sinks = [](bool swapped) {
    JobGraph graph;
    const NodeId source = AddTableForTest(graph, TableForTest({"k", "v"}));
    for (const bool second : {swapped, !swapped}) {
      AddSinkForTest(graph, AddProjectForTest(graph, source, second ? "k" : "v"));
    }
    const std::vector<NodeIdentity> nodes = IdentifyNodes(graph);
    return std::make_pair(nodes[2].fingerprint, nodes[4].fingerprint);
  };
  const auto [first, second] = sinks(false);
  EXPECT_NE(first, second);
  EXPECT_EQ(sinks(true), std::make_pair(second, first));
}

TEST(ColumnText, PutsTextsInThePlaceOfReferences) {
  const data::Schema schema = TableForTest({"a", "b"});
  const std::vector<ColumnText> inputs = {{"{1.a}", true}, {"(x + y)", false}};
  const auto text = [&](const std::string& expression) {
    return TextOf(expression::BindOneForTest(expression, schema), inputs, schema).text;
  };
  EXPECT_EQ(text("a"), "{1.a}");
  EXPECT_EQ(text("b"), "(x + y)");
  EXPECT_EQ(text("a * b"), "({1.a}:INTEGER * (x + y))");
  EXPECT_NE(text("a::varchar || '#1''#0'").find("'#1''#0'"), std::string::npos);
}

TEST(ColumnText, ShortensLongTexts) {
  const data::Schema schema = TableForTest({"a"});
  const std::vector<ColumnText> inputs = {{std::string(5000, 'x'), false}};
  const std::string text = TextOf(expression::BindOneForTest("a + 1", schema), inputs, schema).text;
  EXPECT_LT(text.size(), 50);
  const std::vector<ColumnText> others = {{std::string(5001, 'x'), false}};
  EXPECT_NE(TextOf(expression::BindOneForTest("a + 1", schema), others, schema).text, text);
}

}  // namespace
}  // namespace laminar::plan
