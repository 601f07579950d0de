// Asks DuckDB in batch: the reference that every streaming result is held against.
#ifndef LAMINAR_TESTS_SQL_RUNNER_BATCH_H_
#define LAMINAR_TESTS_SQL_RUNNER_BATCH_H_

#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/vector.h"

namespace laminar::sqltest {

/// A DuckDB database of its own with the inputs of one script as tables.
class BatchDatabase {
 public:
  BatchDatabase();
  ~BatchDatabase();

  /// Runs a statement; errors are InvalidArgument with DuckDB's text.
  absl::Status Execute(const std::string& sql);
  /// Runs a query and returns its rows.
  absl::StatusOr<std::vector<std::vector<data::Value>>> Query(const std::string& sql);
  /// As Query, rows rendered as in scripts and sorted.
  absl::StatusOr<std::vector<std::string>> SortedRows(const std::string& sql);

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace laminar::sqltest

#endif  // LAMINAR_TESTS_SQL_RUNNER_BATCH_H_
