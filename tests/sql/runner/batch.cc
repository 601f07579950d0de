#include "batch.h"

#include <algorithm>

#include "duckdb.hpp"

#include "rows_connector.h"

namespace laminar::sqltest {

struct BatchDatabase::State {
  duckdb::DuckDB database{nullptr};
  duckdb::Connection connection{database};
};

BatchDatabase::BatchDatabase() : state_(std::make_unique<State>()) {
  // A tumbling window is a function of the row alone, so batch can compute it.
  const std::string width = "epoch_us(to_microseconds(0) + w)";
  const std::string start =
      "epoch_us(t) - ((epoch_us(t) % " + width + ") + " + width + ") % " + width;
  const std::string kSetUp[] = {
      "SET TimeZone = 'UTC'",
      "CREATE MACRO window_start_of(t, w) AS make_timestamp(" + start + ")",
      "CREATE MACRO tumble(t, w) AS {'start': window_start_of(t, w), 'end': window_start_of(t, w) "
      "+ w}, (t, w, o) AS {'start': window_start_of(t - o, w) + o, 'end': window_start_of(t - o, "
      "w) "
      "+ o + w}",
      // A row is in several hopping windows: unnest(hop(...)) is a row for each.
      "CREATE MACRO hop(t, s, w) AS list_transform(list_filter(list_transform(range(epoch_us(w) // "
      "epoch_us(s) + 1), lambda i: window_start_of(t, s) - to_microseconds(i * epoch_us(s))), "
      "lambda b: b + w > t), lambda b: {'start': b, 'end': b + w})",
  };
  for (const std::string& sql : kSetUp) {
    const absl::Status status = Execute(sql);
    if (!status.ok()) {
      throw std::runtime_error(std::string(base::FromAbsl(status.message())));
    }
  }
}

BatchDatabase::~BatchDatabase() = default;

absl::Status BatchDatabase::Execute(const std::string& sql) { return Query(sql).status(); }

absl::StatusOr<std::vector<std::vector<data::Value>>> BatchDatabase::Query(const std::string& sql) {
  const auto result = state_->connection.Query(sql);
  if (result->HasError()) {
    return base::InvalidArgument(result->GetError());
  }
  std::vector<std::vector<data::Value>> rows;
  for (duckdb::idx_t row = 0; row < result->RowCount(); ++row) {
    std::vector<data::Value> values;
    for (duckdb::idx_t column = 0; column < result->ColumnCount(); ++column) {
      values.push_back(result->GetValue(column, row));
    }
    rows.push_back(std::move(values));
  }
  return rows;
}

absl::StatusOr<std::vector<std::string>> BatchDatabase::SortedRows(const std::string& sql) {
  LAMINAR_ASSIGN_OR_RETURN(const auto rows, Query(sql));
  std::vector<std::string> lines;
  for (const auto& row : rows) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += (i == 0 ? "" : " | ") + RenderValue(row[i]);
    }
    lines.push_back(std::move(line));
  }
  std::sort(lines.begin(), lines.end());
  return lines;
}

}  // namespace laminar::sqltest
