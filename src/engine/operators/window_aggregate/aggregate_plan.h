// AggregatePlan: how the aggregates of one operator are computed. Each call is native (its state
// lies in columns of the group's row) or collected (its argument rows are kept, and DuckDB's
// function runs over them when the window closes). DISTINCT calls go through a set of (group,
// arguments) that lets every combination pass once; calls with the same arguments and filter share
// it, as collected calls share their rows. Made once per operator; the task's thread.
//
// A group's row: keys, then `_rows` (input rows; where needed), `_group` (its number in its table;
// where needed), then the states.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_AGGREGATE_PLAN_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_AGGREGATE_PLAN_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "data/schema.h"
#include "engine/state/keyed_table.h"
#include "engine/state/row_layout.h"
#include "engine/state/state_schema.h"
#include "expression/aggregate_evaluator.h"
#include "expression/aggregate_native.h"
#include "plan/job_graph.h"

namespace laminar::engine {

/// Which input rows a call takes: those for which this BOOLEAN column is true.
using FilterColumn = std::optional<size_t>;

class AggregatePlan {
 public:
  struct Native {
    std::unique_ptr<expression::NativeAggregate> function;
    std::vector<size_t> arguments;  // input columns; in the global phase those of the state
    FilterColumn filter;
    std::optional<size_t> set;   // DISTINCT: takes what is new in this set
    std::optional<size_t> rows;  // DISTINCT without sets: computed at close from the rows kept here
    size_t first_column = 0;     // of its state in the group's row
    size_t output = 0;           // position among the aggregates
  };
  struct Set {
    std::vector<size_t> arguments;  // input columns
    std::vector<data::LogicalType> types;
    FilterColumn filter;
  };
  struct Rows {
    std::vector<size_t> columns;  // input columns
    std::vector<data::LogicalType> types;
    FilterColumn filter;
  };
  struct Collected {
    std::unique_ptr<expression::AggregateEvaluator> function;
    std::optional<size_t> set;   // DISTINCT: takes the rows of this set
    std::optional<size_t> rows;  // else: those kept here
    bool distinct = false;       // of kept rows: each combination once
    std::vector<size_t>
        columns;  // of the set's arguments or of the kept rows: arguments, then order
    size_t output = 0;
  };
  struct Needs {
    bool row_count = false;  // `_rows`
    bool sets =
        true;  // else DISTINCT calls keep their rows, and the set is made when the window closes
  };

  static absl::StatusOr<std::unique_ptr<AggregatePlan>> Make(const plan::WindowAggregateSpec& spec,
                                                             const data::Schema& input,
                                                             Needs needs);

  const std::vector<data::Field>& keys() const { return keys_; }
  const std::vector<data::Field>& values() const { return values_; }
  const std::vector<Native>& natives() const { return natives_; }
  const std::vector<Set>& sets() const { return sets_; }
  const std::vector<Rows>& rows() const { return rows_; }
  const std::vector<Collected>& collected() const { return collected_; }
  size_t num_aggregates() const { return num_aggregates_; }
  const std::vector<data::LogicalType>& result_types() const { return result_types_; }

  /// Whether every state is native and can be taken out of another.
  bool subtractable() const;
  /// Whether all calls are native and none is DISTINCT: the group's row is all there is.
  bool plain() const { return sets_.empty() && rows_.empty(); }
  bool numbers_groups() const { return group_column_.has_value(); }
  /// Of the group's row. REQUIRES: numbers_groups().
  size_t group_column() const { return *group_column_; }
  bool counts_rows() const { return rows_column_.has_value(); }

  /// Says where the columns of a group's row lie. REQUIRES: once; `layout` is of keys() and
  /// values().
  void Place(const RowLayout& layout);

  int64_t LoadRows(const uint8_t* row) const { return rows_field_.Load<int64_t>(row); }
  void AddRows(uint8_t* row, int64_t more) const { rows_field_.Store(row, LoadRows(row) + more); }
  /// False where `_rows` is the state of a count(*), which counts by itself.
  bool maintains_rows() const { return maintains_rows_; }
  int64_t LoadGroup(const uint8_t* row) const { return group_field_.Load<int64_t>(row); }
  void StoreGroup(uint8_t* row, int64_t group) const { group_field_.Store(row, group); }

  /// Merges the states of native calls that are not DISTINCT, and `_rows`.
  absl::Status Combine(uint8_t* const* sources,
                       uint8_t* const* targets,
                       data::idx_t count,
                       expression::StateStrings& strings) const;
  /// Takes them out. REQUIRES: subtractable().
  absl::Status Subtract(uint8_t* const* sources, uint8_t* const* targets, data::idx_t count) const;
  /// Writes the results of native calls into `result`, the call at output i into column `first +
  /// i`. Text is copied into the chunk.
  absl::Status Finalize(uint8_t* const* rows,
                        data::idx_t count,
                        data::Chunk& result,
                        size_t first) const;

 private:
  AggregatePlan() = default;

  absl::Status Add(const expression::BoundAggregate& aggregate,
                   size_t output,
                   Needs needs,
                   bool global);
  size_t SetFor(const expression::BoundAggregate& aggregate);
  size_t RowsFor(const expression::BoundAggregate& aggregate);

  std::vector<data::Field> keys_;
  std::vector<data::Field> values_;
  std::vector<Native> natives_;
  std::vector<Set> sets_;
  std::vector<Rows> rows_;
  std::vector<Collected> collected_;
  size_t num_aggregates_ = 0;
  std::vector<data::LogicalType> result_types_;
  std::optional<size_t> count_star_;   // index of a native count(*) over all rows
  std::optional<size_t> rows_column_;  // in the layout
  std::optional<size_t> group_column_;
  bool maintains_rows_ = false;
  expression::StateField rows_field_;
  expression::StateField group_field_;
};

/// Gives text in rows [0, count) of a flat vector memory of its own.
void OwnText(data::Vector& vector, data::idx_t count);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_AGGREGATE_AGGREGATE_PLAN_H_
