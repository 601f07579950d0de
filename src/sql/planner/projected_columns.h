// Collects the columns that an operator reads from its input: what it asks for twice is computed
// once. Planning thread.
#ifndef LAMINAR_SQL_PLANNER_PROJECTED_COLUMNS_H_
#define LAMINAR_SQL_PLANNER_PROJECTED_COLUMNS_H_

#include <string>
#include <utility>
#include <vector>

#include "sql/planner/column_access.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {

class ProjectedColumns {
 public:
  /// The position at which the expression will be found.
  size_t Add(const expression::BoundExpression& expression, const std::string& name) {
    for (size_t i = 0; i < columns_.size(); ++i) {
      if (AreEqual(columns_[i].expression, expression)) {
        return i;
      }
    }
    columns_.push_back({expression, name});
    return columns_.size() - 1;
  }

  size_t size() const { return columns_.size(); }
  std::vector<NamedExpression> Take() { return std::move(columns_); }

 private:
  std::vector<NamedExpression> columns_;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_PROJECTED_COLUMNS_H_
