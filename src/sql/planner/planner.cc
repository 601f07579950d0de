#include "sql/planner/planner.h"

#include <algorithm>
#include <exception>
#include <map>
#include <utility>

#include "duckdb/common/error_data.hpp"
#include "duckdb/main/connection.hpp"
#include "duckdb/planner/logical_operator.hpp"

#include "sql/planner/graph_builder.h"
#include "sql/planner/keyword_place.h"
#include "sql/planner/planned_sources.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {
namespace {

using plan::NodeId;

class ProgramPlanner {
 public:
  ProgramPlanner(const BoundProgram& program, const PlannerOptions& options)
      : program_(program),
        options_(options),
        parallelism_(options.parallelism.value_or(program.settings.parallelism.value_or(1))) {}

  PlanResult Plan() {
    std::vector<const BoundQuery*> to_run;
    for (const BoundQuery& query : program_.queries) {
      if (query.explain) {
        Explain(query);
      } else {
        to_run.push_back(&query);
      }
    }
    std::optional<plan::JobGraph> graph = PlanQueries(to_run);
    if (!HasErrors()) {
      result_.graph = std::move(graph);
    }
    SortDiagnostics();
    return std::move(result_);
  }

 private:
  void SortDiagnostics() {
    std::multimap<int64_t, base::Diagnostic> by_offset;  // keeps the order of equal keys
    for (base::Diagnostic& diagnostic : result_.diagnostics) {
      by_offset.emplace(diagnostic.span.offset, std::move(diagnostic));
    }
    result_.diagnostics.clear();
    for (auto& [offset, diagnostic] : by_offset) {
      const bool told = std::any_of(result_.diagnostics.begin(), result_.diagnostics.end(),
                                    [&](const base::Diagnostic& other) {
                                      return other.code == diagnostic.code &&
                                             other.span.offset == offset &&
                                             other.message == diagnostic.message;
                                    });
      if (!told) {
        result_.diagnostics.push_back(std::move(diagnostic));
      }
    }
  }

  bool HasErrors() const {
    return std::any_of(result_.diagnostics.begin(), result_.diagnostics.end(),
                       [](const auto& d) { return d.severity == base::Severity::kError; });
  }

  // One graph of these queries; nullopt when there are none or any has an error.
  std::optional<plan::JobGraph> PlanQueries(const std::vector<const BoundQuery*>& queries) {
    if (queries.empty()) {
      return std::nullopt;
    }
    GraphBuilder builder(parallelism_, options_.num_key_groups);
    const auto sources = AddSources(program_, queries, options_, builder);
    std::map<size_t, std::vector<NodeId>> inputs_of_sink;
    bool complete = true;
    for (const BoundQuery* query : queries) {
      const std::optional<NodeId> output = PlanQuery(*query, builder, sources);
      complete = complete && output;
      if (output) {
        inputs_of_sink[query->sink].push_back(*output);
      }
    }
    if (!complete) {
      return std::nullopt;
    }
    for (auto& [sink, inputs] : inputs_of_sink) {
      AddSink(program_.sinks[sink], inputs, builder);
    }
    plan::JobGraph graph = builder.Build(options_.job_name);
    if (const absl::Status status = graph.Validate(); !status.ok()) {
      Fail({}, "the plan is not valid: " + std::string(base::FromAbsl(status.message())));
      return std::nullopt;
    }
    return graph;
  }

  std::optional<NodeId> PlanQuery(const BoundQuery& query,
                                  GraphBuilder& builder,
                                  const std::map<const SourceTable*, PlannedSource>& sources) {
    const size_t before = result_.diagnostics.size();
    std::optional<NodeId> output;
    try {
      QueryPlanner planner(
          {program_.text, *program_.connection->context, builder, sources, result_.diagnostics});
      output = planner.PlanOutput(*query.plan);
    } catch (const std::exception& exception) {
      Fail(query.span, "planning failed: " + duckdb::ErrorData(exception).RawMessage());
    }
    for (size_t i = before; i < result_.diagnostics.size(); ++i) {
      if (result_.diagnostics[i].span.offset < 0) {
        result_.diagnostics[i].span =
            FindPlace(program_.text, query.span, result_.diagnostics[i].code);
      }
    }
    return output;
  }

  void AddSink(const SinkTable& sink, const std::vector<NodeId>& inputs, GraphBuilder& builder) {
    NodeId input = inputs[0];
    if (inputs.size() > 1) {
      std::vector<GraphBuilder::Input> all;
      for (const NodeId node : inputs) {
        all.push_back({node, {}});
      }
      input = builder.Add(plan::UnionSpec{}, sink.table.schema.fields, {}, std::move(all),
                          sink.span.offset);
    }
    const connectors::ConnectorFactory* factory = options_.connectors->Find(sink.table.connector);
    const bool parallel = factory != nullptr && factory->traits().parallel_sink;
    builder.AddSink(plan::SinkSpec{sink.table}, parallel, input, sink.span.offset);
  }

  void Explain(const BoundQuery& query) {
    if (query.explain == ExplainKind::kLogical) {
      result_.explanations.push_back({query.span, query.plan->ToString()});
      return;
    }
    const std::optional<plan::JobGraph> graph = PlanQueries({&query});
    if (graph) {
      const bool json = query.explain == ExplainKind::kJson;
      result_.explanations.push_back({query.span, json ? graph->ToJson() + "\n" : graph->ToText()});
    }
  }

  void Fail(base::SourceSpan span, std::string message) {
    result_.diagnostics.push_back(
        {"LM1399", base::Severity::kError, span, std::move(message),
         "this is a defect of laminar: please report it with the program"});
  }

  const BoundProgram& program_;
  const PlannerOptions& options_;
  const int parallelism_;
  PlanResult result_;
};

}  // namespace

PlanResult Plan(const BoundProgram& program, const PlannerOptions& options) {
  return ProgramPlanner(program, options).Plan();
}

}  // namespace laminar::sql
