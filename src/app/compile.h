// From a program's text to a job graph: bind, plan, collect what is to be said about it. Used by
// the command line and the tests.
#ifndef LAMINAR_APP_COMPILE_H_
#define LAMINAR_APP_COMPILE_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "data/connector_table.h"
#include "plan/job_graph.h"

namespace laminar::app {

struct CompileOptions {
  std::map<std::string, std::string> variables;  // of ${name}
  data::ConnectorTable default_sink;             // where a bare SELECT goes
  std::optional<int> parallelism;                // else what the program sets, else the default
  int parallelism_default = 1;
  int num_key_groups = 256;
};

/// What SHOW, DESCRIBE and EXPLAIN answer: columns and rows of text.
struct Report {
  std::vector<std::string> columns;
  std::vector<std::vector<std::string>> rows;
};

struct CompiledProgram {
  bool ok = false;
  /// Null when nothing is to be run: errors, or only reports.
  std::shared_ptr<const plan::JobGraph> graph;
  std::vector<Report> reports;
  std::vector<base::Diagnostic> diagnostics;  // in the order of the text
};

/// Never throws. BLOCKS: while a connector infers a schema.
CompiledProgram Compile(std::string_view text, const CompileOptions& options);

}  // namespace laminar::app

#endif  // LAMINAR_APP_COMPILE_H_
