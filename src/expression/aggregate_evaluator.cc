#include "expression/aggregate_evaluator.h"

#include <algorithm>
#include <exception>
#include <utility>
#include <vector>

#include "duckdb/common/allocator.hpp"
#include "duckdb/function/function_binder.hpp"
#include "duckdb/planner/expression/bound_aggregate_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/storage/arena_allocator.hpp"

#include "base/assert.h"
#include "base/limits.h"
#include "expression/duckdb_instance.h"
#include "expression/evaluation_error.h"

namespace laminar::expression {
namespace {

using data::idx_t;
using duckdb::BoundAggregateExpression;

duckdb::unique_ptr<duckdb::Expression> Reference(const data::LogicalType& type, size_t position) {
  return duckdb::make_uniq<duckdb::BoundReferenceExpression>(
      type, static_cast<duckdb::storage_t>(position));
}

// Wraps an ordered call into DuckDB's sorting aggregate. An order column that is also an argument
// is named as that argument, which is how DuckDB finds out that sorting needs no further column.
void BindOrder(BoundAggregateExpression& call, const BoundAggregate& aggregate) {
  const size_t num_arguments = aggregate.arguments.size();
  LAMINAR_ASSERT(
      call.order_bys != nullptr && call.order_bys->orders.size() == aggregate.order_by.size(),
      aggregate.order_by.size());
  for (size_t i = 0; i < num_arguments; ++i) {
    call.children[i] = Reference(aggregate.argument_types[i], i);
  }
  for (size_t i = 0; i < aggregate.order_by.size(); ++i) {
    duckdb::unique_ptr<duckdb::Expression>& by = call.order_bys->orders[i].expression;
    const auto found =
        std::find(aggregate.arguments.begin(), aggregate.arguments.end(), aggregate.order_by[i]);
    const auto position = found == aggregate.arguments.end()
                              ? num_arguments + i
                              : static_cast<size_t>(found - aggregate.arguments.begin());
    by = Reference(by->return_type, position);
  }
  duckdb::FunctionBinder::BindSortedAggregate(EvaluationContext(), call, {}, nullptr);
}

}  // namespace

struct AggregateEvaluator::State {
  explicit State(duckdb::unique_ptr<BoundAggregateExpression> bound)
      : call(std::move(bound)),
        state_bytes((call->function.state_size(call->function) + 7) / 8 * 8),
        arena(duckdb::Allocator::DefaultAllocator()) {}

  duckdb::AggregateInputData Input() { return {call->bind_info.get(), arena}; }
  uint8_t* StateOf(int64_t group) {
    return states.data() + static_cast<size_t>(group) * state_bytes;
  }

  duckdb::unique_ptr<BoundAggregateExpression> call;
  const size_t state_bytes;
  duckdb::ArenaAllocator arena;
  std::vector<uint8_t> states;
  idx_t num_groups = 0;
};

absl::StatusOr<std::unique_ptr<AggregateEvaluator>> AggregateEvaluator::Make(
    const BoundAggregate& aggregate) {
  LAMINAR_ASSERT(aggregate.call != nullptr, aggregate.arguments.size());
  try {
    auto call = duckdb::unique_ptr_cast<duckdb::Expression, BoundAggregateExpression>(
        aggregate.call->Copy());
    if (aggregate.ordered()) {
      BindOrder(*call, aggregate);
    }
    return std::unique_ptr<AggregateEvaluator>(
        new AggregateEvaluator(std::make_unique<State>(std::move(call))));
  } catch (const std::exception& exception) {
    return EvaluationError(exception);
  }
}

AggregateEvaluator::AggregateEvaluator(std::unique_ptr<State> state) : state_(std::move(state)) {}

AggregateEvaluator::~AggregateEvaluator() { Clear(); }

void AggregateEvaluator::Start(idx_t num_groups) {
  LAMINAR_ASSERT(state_->num_groups == 0, state_->num_groups);
  state_->num_groups = num_groups;
  state_->states.assign(num_groups * state_->state_bytes, 0);
  for (idx_t i = 0; i < num_groups; ++i) {
    state_->call->function.initialize(state_->call->function,
                                      state_->StateOf(static_cast<int64_t>(i)));
  }
}

absl::Status AggregateEvaluator::Add(const data::Chunk& rows, const int64_t* groups) {
  const idx_t num_rows = rows.num_rows();
  if (num_rows == 0) {
    return absl::OkStatus();
  }
  try {
    data::Vector states(data::LogicalType::POINTER);
    auto* pointers = duckdb::FlatVector::GetData<uint8_t*>(states);
    for (idx_t i = 0; i < num_rows; ++i) {
      LAMINAR_DEBUG_ASSERT(static_cast<idx_t>(groups[i]) < state_->num_groups, groups[i]);
      pointers[i] = state_->StateOf(groups[i]);
    }
    // The function may change how its inputs are represented; those of `rows` may be shared.
    data::Chunk inputs = rows.Share();
    duckdb::AggregateInputData input = state_->Input();
    state_->call->function.update(inputs.num_columns() == 0 ? nullptr : &inputs.column(0), input,
                                  inputs.num_columns(), states, num_rows);
    return absl::OkStatus();
  } catch (const std::exception& exception) {
    return EvaluationError(exception);
  }
}

absl::Status AggregateEvaluator::Finish(const int64_t* groups, idx_t count, data::Vector& result) {
  if (count == 0) {
    return absl::OkStatus();
  }
  try {
    data::Vector states(data::LogicalType::POINTER);
    auto* pointers = duckdb::FlatVector::GetData<uint8_t*>(states);
    for (idx_t i = 0; i < count; ++i) {
      pointers[i] = state_->StateOf(groups[i]);
    }
    duckdb::AggregateInputData input = state_->Input();
    // Results may refer to the states' memory (string_agg): they are copied out of it.
    data::Vector finished(result.GetType(), count);
    state_->call->function.finalize(states, input, finished, count, 0);
    duckdb::VectorOperations::Copy(finished, result, count, 0, 0);
    return absl::OkStatus();
  } catch (const std::exception& exception) {
    return EvaluationError(exception);
  }
}

void AggregateEvaluator::Clear() {
  if (state_->num_groups > 0 && state_->call->function.destructor != nullptr) {
    data::Vector states(data::LogicalType::POINTER);
    auto* pointers = duckdb::FlatVector::GetData<uint8_t*>(states);
    duckdb::AggregateInputData input = state_->Input();
    for (idx_t done = 0; done < state_->num_groups;) {
      const idx_t count = std::min<idx_t>(state_->num_groups - done, base::kRowsPerChunkMax);
      for (idx_t i = 0; i < count; ++i) {
        pointers[i] = state_->StateOf(static_cast<int64_t>(done + i));
      }
      state_->call->function.destructor(states, input, count);
      done += count;
    }
  }
  state_->num_groups = 0;
  state_->states.clear();
  state_->arena.Destroy();
}

}  // namespace laminar::expression
