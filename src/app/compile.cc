#include "app/compile.h"

#include <fmt/format.h>

#include "app/file_conflicts.h"
#include "sql/binder/program.h"
#include "sql/planner/planner.h"

namespace laminar::app {
namespace {

bool HasError(const std::vector<base::Diagnostic>& diagnostics) {
  for (const base::Diagnostic& diagnostic : diagnostics) {
    if (diagnostic.severity == base::Severity::kError) {
      return true;
    }
  }
  return false;
}

int ParallelismOf(const sql::BoundProgram& program, const CompileOptions& options) {
  return options.parallelism.value_or(
      program.settings.parallelism.value_or(options.parallelism_default));
}

base::Diagnostic TooFewKeyGroups(int parallelism, const CompileOptions& options) {
  return {"LM1112",
          base::Severity::kError,
          {},
          fmt::format("parallelism {} is more than the key groups: {}", parallelism,
                      options.num_key_groups),
          fmt::format("set the configuration key pipeline.key-groups: -X pipeline.key-groups={}",
                      parallelism)};
}

// What some functions remember of their binding points into the connection they were bound with.
struct KeptGraph {
  std::shared_ptr<duckdb::Connection> connection;
  plan::JobGraph graph;
};

}  // namespace

CompiledProgram Compile(std::string_view text, const CompileOptions& options) {
  CompiledProgram compiled;
  sql::BindOptions bind_options;
  bind_options.variables = options.variables;
  bind_options.default_sink = options.default_sink;
  sql::BindResult bound = sql::Bind(text, bind_options);
  compiled.diagnostics = std::move(bound.diagnostics);
  if (!bound.program) {
    return compiled;
  }
  for (sql::StatementReport& report : bound.program->reports) {
    compiled.reports.push_back({std::move(report.columns), std::move(report.rows)});
  }
  if (bound.program->queries.empty()) {
    compiled.ok = !HasError(compiled.diagnostics);
    return compiled;
  }
  sql::PlannerOptions planner_options;
  planner_options.parallelism = ParallelismOf(*bound.program, options);
  if (*planner_options.parallelism > options.num_key_groups) {
    compiled.diagnostics.push_back(TooFewKeyGroups(*planner_options.parallelism, options));
    return compiled;
  }
  planner_options.num_key_groups = options.num_key_groups;
  sql::PlanResult planned = sql::Plan(*bound.program, planner_options);
  for (sql::Explanation& explanation : planned.explanations) {
    compiled.reports.push_back({{"plan"}, {{std::move(explanation.text)}}});
  }
  compiled.diagnostics.insert(compiled.diagnostics.end(), planned.diagnostics.begin(),
                              planned.diagnostics.end());
  if (planned.graph) {
    const std::vector<base::Diagnostic> conflicts =
        FindFileConflicts(*bound.program, *planned.graph);
    compiled.diagnostics.insert(compiled.diagnostics.end(), conflicts.begin(), conflicts.end());
    if (!conflicts.empty()) {
      return compiled;
    }
    auto kept = std::make_shared<KeptGraph>(
        KeptGraph{bound.program->connection, *std::move(planned.graph)});
    compiled.graph = std::shared_ptr<const plan::JobGraph>(kept, &kept->graph);
  }
  compiled.ok = !HasError(compiled.diagnostics);
  return compiled;
}

}  // namespace laminar::app
