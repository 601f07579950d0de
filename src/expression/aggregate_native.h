// NativeAggregate: an aggregate function of our own whose state is a few fixed columns of a row. It
// updates many rows at once, merges states (slices into windows, partial states after an exchange),
// takes a state out again where the function allows it, and gives DuckDB's result: same type, same
// NULLs; sums of floating-point numbers are kept to twice the precision, so that they do not depend
// on the order in which they were added. One instance belongs to one operator; its thread.
#ifndef LAMINAR_EXPRESSION_AGGREGATE_NATIVE_H_
#define LAMINAR_EXPRESSION_AGGREGATE_NATIVE_H_

#include <cstdint>
#include <memory>
#include <span>
#include <utility>
#include <vector>

#include "base/status.h"
#include "data/schema.h"
#include "data/vector.h"
#include "expression/aggregate_state.h"
#include "expression/bound_expression.h"

namespace laminar::expression {

/// The rows of one update: row i of the update is row `positions[i]` of the chunk and goes into the
/// state at `states[i]`.
struct AggregateRows {
  /// Not set: position i is i.
  const duckdb::sel_t* positions = nullptr;
  /// One state per row; not set when all rows go to `single_state`.
  uint8_t* const* states = nullptr;
  uint8_t* single_state = nullptr;
  data::idx_t count = 0;  // at least one
  /// Arrival number of the chunk's row 0, from 1; for functions that depend on the order.
  int64_t first_sequence = 1;

  data::idx_t PositionOf(data::idx_t i) const { return positions == nullptr ? i : positions[i]; }
  uint8_t* StateOf(data::idx_t i) const { return states == nullptr ? single_state : states[i]; }
};

class NativeAggregate {
 public:
  virtual ~NativeAggregate() = default;

  /// The columns of the state, in order.
  const std::vector<data::Field>& columns() const { return columns_; }
  /// Says where the columns lie. REQUIRES: once, before any other call.
  virtual void Place(std::span<const StateField> fields) = 0;
  /// Whether Subtract gives exactly the state without the rows that went into the other one.
  virtual bool subtractable() const = 0;

  /// Adds rows. `arguments` are the call's argument columns in unified form. InvalidArgument when a
  /// sum overflows.
  virtual absl::Status Update(std::span<const data::UnifiedVectorFormat> arguments,
                              const AggregateRows& rows,
                              StateStrings& strings) const = 0;
  /// Merges the state at sources[i] into the one at targets[i].
  virtual absl::Status Combine(uint8_t* const* sources,
                               uint8_t* const* targets,
                               data::idx_t count,
                               StateStrings& strings) const = 0;
  /// Takes the state at sources[i] out of targets[i], into which it was merged. InvalidArgument
  /// when a sum overflows. REQUIRES: subtractable().
  virtual absl::Status Subtract(uint8_t* const* sources,
                                uint8_t* const* targets,
                                data::idx_t count) const = 0;
  /// Writes results into rows [offset, offset + count) of `result` (flat). Strings refer to the
  /// states' memory. InvalidArgument when a result is out of its type's range.
  virtual absl::Status Finalize(uint8_t* const* states,
                                data::idx_t count,
                                data::Vector& result,
                                data::idx_t offset) const = 0;

 protected:
  explicit NativeAggregate(std::vector<data::Field> columns) : columns_(std::move(columns)) {}

 private:
  std::vector<data::Field> columns_;
};

/// Makes the native form of a call, without regard to DISTINCT and FILTER, which are the caller's;
/// nullptr when there is none (then see aggregate_evaluator.h). Calls with ORDER BY inside have
/// none.
std::unique_ptr<NativeAggregate> MakeNativeAggregate(const BoundAggregate& aggregate);

/// Whether DISTINCT is written and changes the result: min, first and the like give the same
/// without it.
bool DistinctMatters(const BoundAggregate& aggregate);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_AGGREGATE_NATIVE_H_
