// The frame of native aggregates over one argument that skip NULLs: UnaryNative<Op> drives an Op,
// which says what the state is and how a value goes into it. The loops live here once: one state
// per row, or one state for all rows, which then stays in registers.
//
//   struct Op {
//     using Value = ...;                  // physical type of the argument
//     struct State { ... };               // in registers
//     void Place(fields); State Load(row) const; void Store(row, state) const;
//     void Add(State&, Value, Context&) const; void Merge(State&, const State&, StateStrings&)
//     const; static constexpr bool kSubtractable; void Take(State&, const State&) const;    // when
//     subtractable void Finish(const State&, Vector& result, idx_t row) const;
//   };
//
// Ops may throw duckdb::Exception; it is caught here.
#ifndef LAMINAR_EXPRESSION_AGGREGATE_UNARY_H_
#define LAMINAR_EXPRESSION_AGGREGATE_UNARY_H_

#include <cstdint>
#include <exception>
#include <span>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "expression/aggregate_native.h"
#include "expression/evaluation_error.h"

namespace laminar::expression {

/// What an Op sees of the row beside its value.
struct UpdateContext {
  StateStrings& strings;
  int64_t sequence = 0;  // arrival number
};

/// Calls `body(i, value)` for every row of `rows` whose argument is not NULL.
template <class T, class Body>
void ForEachValue(const data::UnifiedVectorFormat& argument, const AggregateRows& rows, Body body) {
  const T* values = data::UnifiedVectorFormat::GetData<T>(argument);
  const bool flat = argument.sel->data() == nullptr;
  if (argument.validity.AllValid() && flat && rows.positions == nullptr) {
    for (data::idx_t i = 0; i < rows.count; ++i) {
      body(i, values[i]);
    }
  } else if (argument.validity.AllValid() && flat) {
    for (data::idx_t i = 0; i < rows.count; ++i) {
      body(i, values[rows.positions[i]]);
    }
  } else {
    for (data::idx_t i = 0; i < rows.count; ++i) {
      const data::idx_t position = argument.sel->get_index(rows.PositionOf(i));
      if (argument.validity.RowIsValid(position)) {
        body(i, values[position]);
      }
    }
  }
}

template <class Op>
class UnaryNative final : public NativeAggregate {
 public:
  using Value = typename Op::Value;
  using State = typename Op::State;

  UnaryNative(std::vector<data::Field> columns, Op op)
      : NativeAggregate(std::move(columns)), op_(std::move(op)) {}

  void Place(std::span<const StateField> fields) override {
    LAMINAR_ASSERT(fields.size() == columns().size(), fields.size());
    op_.Place(fields);
  }

  bool subtractable() const override { return Op::kSubtractable; }

  absl::Status Update(std::span<const data::UnifiedVectorFormat> arguments,
                      const AggregateRows& rows,
                      StateStrings& strings) const override {
    LAMINAR_ASSERT(arguments.size() == 1, arguments.size());
    try {
      // Copies, so that a store to a state cannot be taken for a change of the places.
      const Op op = op_;
      uint8_t* const* const states = rows.states;
      UpdateContext context{strings};
      if (states == nullptr) {
        State state = op.Load(rows.single_state);
        ForEachValue<Value>(arguments[0], rows, [&](data::idx_t i, const Value& value) {
          context.sequence = rows.first_sequence + static_cast<int64_t>(rows.PositionOf(i));
          op.Add(state, value, context);
        });
        op.Store(rows.single_state, state);
      } else {
        ForEachValue<Value>(arguments[0], rows, [&](data::idx_t i, const Value& value) {
          context.sequence = rows.first_sequence + static_cast<int64_t>(rows.PositionOf(i));
          State state = op.Load(states[i]);
          op.Add(state, value, context);
          op.Store(states[i], state);
        });
      }
      return absl::OkStatus();
    } catch (const std::exception& exception) {
      return EvaluationError(exception);
    }
  }

  absl::Status Combine(uint8_t* const* sources,
                       uint8_t* const* targets,
                       data::idx_t count,
                       StateStrings& strings) const override {
    try {
      const Op op = op_;
      for (data::idx_t i = 0; i < count; ++i) {
        State state = op.Load(targets[i]);
        op.Merge(state, op.Load(sources[i]), strings);
        op.Store(targets[i], state);
      }
      return absl::OkStatus();
    } catch (const std::exception& exception) {
      return EvaluationError(exception);
    }
  }

  absl::Status Subtract(uint8_t* const* sources,
                        uint8_t* const* targets,
                        data::idx_t count) const override {
    if constexpr (Op::kSubtractable) {
      try {
        const Op op = op_;
        for (data::idx_t i = 0; i < count; ++i) {
          State state = op.Load(targets[i]);
          op.Take(state, op.Load(sources[i]));
          op.Store(targets[i], state);
        }
        return absl::OkStatus();
      } catch (const std::exception& exception) {
        return EvaluationError(exception);
      }
    } else {
      return base::Internal("aggregate state cannot be subtracted");
    }
  }

  absl::Status Finalize(uint8_t* const* states,
                        data::idx_t count,
                        data::Vector& result,
                        data::idx_t offset) const override {
    try {
      const Op op = op_;
      for (data::idx_t i = 0; i < count; ++i) {
        op.Finish(op.Load(states[i]), result, offset + i);
      }
      return absl::OkStatus();
    } catch (const std::exception& exception) {
      return EvaluationError(exception);
    }
  }

 private:
  Op op_;
};

template <class Op>
std::unique_ptr<NativeAggregate> MakeUnary(std::vector<data::Field> columns, Op op = {}) {
  return std::make_unique<UnaryNative<Op>>(std::move(columns), std::move(op));
}

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_AGGREGATE_UNARY_H_
