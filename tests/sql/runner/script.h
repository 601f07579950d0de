// A test script (*.slt): what it declares and asks, as written; see tests/sql/README.md for the
// form.
#ifndef LAMINAR_TESTS_SQL_RUNNER_SCRIPT_H_
#define LAMINAR_TESTS_SQL_RUNNER_SCRIPT_H_

#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/status.h"

namespace laminar::sqltest {

/// `input NAME (columns) [event_time COLUMN [delay INTERVAL]]`, then a row or a watermark per line.
struct InputRecord {
  struct Step {
    bool is_watermark = false;
    std::string text;  // the row's values, or the watermark's timestamp
  };
  std::string name;
  std::string columns;     // "id BIGINT, ts TIMESTAMP"
  std::string event_time;  // empty: arrival time
  std::string
      delay;  // "1 second"; empty: explicit watermarks only when there are any, else the default
  std::vector<Step> steps;
};

/// `statement ok`: DDL that the queries below it see.
struct StatementRecord {
  std::string sql;
};

/// `error CODE`: the program must be refused with this code and a message or hint that holds
/// `text`. `warning CODE`: it must be accepted with such a warning.
struct ErrorRecord {
  bool is_warning = false;
  std::string sql;
  std::string code;
  std::string text;
  std::string position;  // "LINE:COLUMN" within the statement; empty: not checked
};

/// `failure`: the program is accepted and fails while it runs, with a message that holds `text`.
struct FailureRecord {
  std::string sql;
  std::string text;
};

/// `query`: the rows that must come out, in any order.
struct QueryRecord {
  std::string sql;
  std::optional<std::string> batch;     // what DuckDB is asked instead
  std::optional<std::string> no_batch;  // why DuckDB cannot be asked
  bool single = false;  // only at parallelism 1: depends on which of two rows comes first
  std::vector<std::string> rows;
  size_t expected_begin = 0;  // lines of the expectation in the file, for --update
  size_t expected_end = 0;
};

struct Record {
  int line = 0;  // from 1
  std::variant<InputRecord, StatementRecord, ErrorRecord, FailureRecord, QueryRecord> content;
};

struct Script {
  std::string path;
  std::vector<std::string> lines;
  std::vector<Record> records;
};

/// Reads a script; errors name the line.
absl::StatusOr<Script> ParseScript(std::string path, std::string_view text);

}  // namespace laminar::sqltest

#endif  // LAMINAR_TESTS_SQL_RUNNER_SCRIPT_H_
