// Turns the bound, optimised queries of a program into one JobGraph: shared sources, shared
// sub-plans, one sink per table. Never throws; what streams cannot do is refused with a diagnostic
// that points at the text. Planning thread; stateless.
#ifndef LAMINAR_SQL_PLANNER_PLANNER_H_
#define LAMINAR_SQL_PLANNER_PLANNER_H_

#include <optional>
#include <string>
#include <vector>

#include "base/diagnostic.h"
#include "base/limits.h"
#include "plan/job_graph.h"
#include "sql/binder/program.h"

namespace laminar::sql {

struct PlannerOptions {
  /// Of the job as a whole; unset: what the program SETs, else 1.
  std::optional<int> parallelism;
  int num_key_groups = base::kKeyGroupsDefault;
  std::string job_name;
  /// Says which connectors read and write in parallel.
  const connectors::ConnectorRegistry* connectors = &connectors::ConnectorRegistry::Global();
};

/// What EXPLAIN answers.
struct Explanation {
  base::SourceSpan span;  // the statement
  std::string text;
};

struct PlanResult {
  /// Validated. Unset when there was an error, or when no query is to be run.
  std::optional<plan::JobGraph> graph;
  std::vector<Explanation> explanations;
  /// Errors (codes LM13xx) and warnings (LM23xx) of all queries, in the order of the text.
  std::vector<base::Diagnostic> diagnostics;
};

PlanResult Plan(const BoundProgram& program, const PlannerOptions& options);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_PLANNER_H_
