// Runs the records of a script: each query at several parallelisms and batch sizes against the
// expectation and against DuckDB.
#ifndef LAMINAR_TESTS_SQL_RUNNER_EXECUTE_H_
#define LAMINAR_TESTS_SQL_RUNNER_EXECUTE_H_

#include <string>
#include <vector>

#include "rows_connector.h"
#include "script.h"

namespace laminar::sqltest {

struct ScriptOutcome {
  int num_passed = 0;
  std::vector<std::string> failures;  // "file:line: what"
};

/// Runs a script. With `update`, expectations that differ are replaced in `script.lines`.
ScriptOutcome RunScript(Script& script, RunData& data, bool update);

}  // namespace laminar::sqltest

#endif  // LAMINAR_TESTS_SQL_RUNNER_EXECUTE_H_
