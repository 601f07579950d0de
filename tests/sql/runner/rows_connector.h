// The connectors of the SQL tests: "rows", a source that delivers given rows and watermarks in
// batches of a given size, and "collect", a sink that keeps rows as text.
#ifndef LAMINAR_TESTS_SQL_RUNNER_ROWS_CONNECTOR_H_
#define LAMINAR_TESTS_SQL_RUNNER_ROWS_CONNECTOR_H_

#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "connectors/api/connector_factory.h"
#include "data/event_time.h"

namespace laminar::sqltest {

/// What a "rows" table delivers, step by step.
struct InputData {
  struct Step {
    std::vector<data::Value> row;  // of the declared columns; empty for a watermark
    std::optional<data::EventTime> watermark;
  };
  std::vector<Step> steps;
};

/// The inputs and the batch size of the run in progress, and the rows it gave. One run at a time.
struct RunData {
  std::map<std::string, InputData> inputs;
  int64_t batch_size = 2048;

  void AddRow(std::string row);
  std::vector<std::string> TakeRows();

 private:
  base::Mutex mutex_;
  std::vector<std::string> rows_ LAMINAR_GUARDED_BY(mutex_);
};

/// Registers both with the process's registry; `data` outlives every run.
void RegisterTestConnectors(RunData& data);

/// A value as the scripts write it.
std::string RenderValue(const data::Value& value);

}  // namespace laminar::sqltest

#endif  // LAMINAR_TESTS_SQL_RUNNER_ROWS_CONNECTOR_H_
