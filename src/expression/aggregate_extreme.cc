// min and max.
#include <memory>
#include <string>
#include <type_traits>

#include "expression/aggregate_compare.h"
#include "expression/aggregate_families.h"
#include "expression/aggregate_unary.h"

namespace laminar::expression {
namespace {

enum class Side { kLeast, kGreatest };

template <class T, Side kSide>
struct ExtremeOp {
  using Value = T;
  struct State {
    T value;
    bool valid;
  };
  static constexpr bool kSubtractable = false;

  void Place(std::span<const StateField> fields) { field = fields[0]; }
  State Load(const uint8_t* row) const { return {field.Load<T>(row), field.IsValid(row)}; }
  void Store(uint8_t* row, const State& state) const {
    field.Store(row, state.value);
    if (state.valid) {
      field.SetValid(row);
    }
  }
  void Add(State& state, const T& value, UpdateContext& context) const {
    if (!state.valid || IsBetter(value, state.value)) {
      Assign(state, value, context.strings);
    }
  }
  void Merge(State& state, const State& other, StateStrings& strings) const {
    if (other.valid && (!state.valid || IsBetter(other.value, state.value))) {
      Assign(state, other.value, strings);
    }
  }
  void Finish(const State& state, data::Vector& result, data::idx_t row) const {
    if (state.valid) {
      duckdb::FlatVector::GetData<T>(result)[row] = state.value;
    } else {
      duckdb::FlatVector::SetNull(result, row, true);
    }
  }

  static bool IsBetter(const T& value, const T& best) {
    return kSide == Side::kLeast ? LessThan(value, best) : LessThan(best, value);
  }
  static void Assign(State& state, const T& value, StateStrings& strings) {
    if constexpr (std::is_same_v<T, duckdb::string_t>) {
      AssignString(state.value, value, strings);
    } else {
      state.value = value;
    }
    state.valid = true;
  }

  StateField field;
};

template <Side kSide>
std::unique_ptr<NativeAggregate> MakeOf(const data::LogicalType& type) {
  return WithPhysicalType(type.InternalType(),
                          [&]<class T>(const T&) -> std::unique_ptr<NativeAggregate> {
                            return MakeUnary<ExtremeOp<T, kSide>>({{"value", type}});
                          });
}

}  // namespace

std::unique_ptr<NativeAggregate> MakeExtreme(const std::string& name, const ArgumentTypes& types) {
  if (types.size() != 1 || !IsPlainValue(types[0])) {
    return nullptr;
  }
  if (name == "min") {
    return MakeOf<Side::kLeast>(types[0]);
  }
  if (name == "max") {
    return MakeOf<Side::kGreatest>(types[0]);
  }
  return nullptr;
}

}  // namespace laminar::expression
