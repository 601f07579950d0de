// What GROUP BY and DISTINCT have in common: groups, one of which is the window, and aggregate
// calls over them. Plain data.
#ifndef LAMINAR_SQL_PLANNER_WINDOWED_AGGREGATION_H_
#define LAMINAR_SQL_PLANNER_WINDOWED_AGGREGATION_H_

#include <cstdint>
#include <vector>

#include "duckdb/planner/column_binding.hpp"

namespace duckdb {
class BoundAggregateExpression;
class Expression;
}  // namespace duckdb

namespace laminar::sql {

struct WindowedAggregation {
  struct Group {
    const duckdb::Expression* expression = nullptr;
    duckdb::ColumnBinding output;
  };
  struct Call {
    const duckdb::BoundAggregateExpression* expression = nullptr;
    duckdb::ColumnBinding output;
  };
  std::vector<Group> groups;
  std::vector<Call> calls;
  int64_t sql_offset = -1;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_WINDOWED_AGGREGATION_H_
