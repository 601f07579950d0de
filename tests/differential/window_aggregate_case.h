// One comparison of the window aggregate operator with DuckDB: a list of aggregate calls over the
// columns of a table, grouped by columns and a window. Binds the calls by DuckDB, feeds the
// operator the table's rows in batches with watermarks in between, and computes the same in batch
// over rows repeated for each of their windows.
#ifndef LAMINAR_TESTS_DIFFERENTIAL_WINDOW_AGGREGATE_CASE_H_
#define LAMINAR_TESTS_DIFFERENTIAL_WINDOW_AGGREGATE_CASE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "data/chunk.h"
#include "plan/job_graph.h"

namespace laminar::differential {

struct Case {
  std::vector<std::string> keys;  // columns
  plan::WindowSpec window;
  std::vector<std::string> calls;  // "sum(a) FILTER (WHERE b)"
};

enum class Phases {
  kOne,
  kTwo,         // local, then global
  kFourAndOne,  // rows dealt out to four local ones
};

struct Run {
  int64_t rows_per_batch = 2048;
  int64_t delay_micros = 0;  // of the watermark behind the greatest time; the table's disorder
  Phases phases = Phases::kOne;
  bool restore_midway = false;  // the state goes through a snapshot, half way
};

using Row = std::vector<data::Value>;  // keys, window start, window end, results
using Rows = std::vector<Row>;

/// Runs `statement` in the process's DuckDB; the test fails when it fails.
void Execute(const std::string& statement);

/// The operator's results over table `table`, whose times are column `ts`, in the order in which
/// they came.
Rows RunStreaming(const std::string& table, const Case& test, const Run& run);
/// DuckDB's.
Rows RunBatch(const std::string& table, const Case& test);

/// Rows in the order of their text but for the results of calls.
Rows Sorted(Rows rows, size_t num_keys);
std::string ToText(const Row& row);
/// Empty when equal; else what differs. Floating-point numbers may differ by `tolerance`,
/// relatively.
std::string Difference(const Rows& actual, const Rows& expected, double tolerance);

}  // namespace laminar::differential

#endif  // LAMINAR_TESTS_DIFFERENTIAL_WINDOW_AGGREGATE_CASE_H_
