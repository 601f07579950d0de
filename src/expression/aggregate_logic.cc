// bool_and, bool_or, bit_and, bit_or and bit_xor.
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "expression/aggregate_families.h"
#include "expression/aggregate_unary.h"

namespace laminar::expression {
namespace {

using data::idx_t;
using data::LogicalType;
using data::LogicalTypeId;

// Counts of both values: a state that can be taken out again.
template <bool kAnd>
struct BoolOp {
  using Value = bool;
  struct State {
    int64_t num_true;
    int64_t num_false;
  };
  static constexpr bool kSubtractable = true;

  void Place(std::span<const StateField> fields) {
    num_true = fields[0];
    num_false = fields[1];
  }
  State Load(const uint8_t* row) const {
    return {num_true.Load<int64_t>(row), num_false.Load<int64_t>(row)};
  }
  void Store(uint8_t* row, const State& state) const {
    num_true.Store(row, state.num_true);
    num_false.Store(row, state.num_false);
  }
  void Add(State& state, bool value, UpdateContext&) const {
    state.num_true += value ? 1 : 0;
    state.num_false += value ? 0 : 1;
  }
  void Merge(State& state, const State& other, StateStrings&) const {
    state.num_true += other.num_true;
    state.num_false += other.num_false;
  }
  void Take(State& state, const State& other) const {
    state.num_true -= other.num_true;
    state.num_false -= other.num_false;
  }
  void Finish(const State& state, data::Vector& result, idx_t row) const {
    if (state.num_true == 0 && state.num_false == 0) {
      duckdb::FlatVector::SetNull(result, row, true);
      return;
    }
    duckdb::FlatVector::GetData<bool>(result)[row] =
        kAnd ? state.num_false == 0 : state.num_true > 0;
  }

  StateField num_true;
  StateField num_false;
};

enum class Bits { kAnd, kOr, kXor };

template <class T, Bits kBits>
struct BitsOp {
  using Value = T;
  struct State {
    T value;
    int64_t count;
  };
  static constexpr bool kSubtractable = kBits == Bits::kXor;

  void Place(std::span<const StateField> fields) {
    value = fields[0];
    count = fields[1];
  }
  State Load(const uint8_t* row) const { return {value.Load<T>(row), count.Load<int64_t>(row)}; }
  void Store(uint8_t* row, const State& state) const {
    value.Store(row, state.value);
    count.Store(row, state.count);
  }
  void Add(State& state, const T& more, UpdateContext&) const {
    state.value = state.count == 0 ? more : Join(state.value, more);
    state.count += 1;
  }
  void Merge(State& state, const State& other, StateStrings&) const {
    if (other.count > 0) {
      state.value = state.count == 0 ? other.value : Join(state.value, other.value);
      state.count += other.count;
    }
  }
  void Take(State& state, const State& other) const {
    state.count -= other.count;
    state.value = state.count == 0 ? T{} : Join(state.value, other.value);
  }
  void Finish(const State& state, data::Vector& result, idx_t row) const {
    if (state.count == 0) {
      duckdb::FlatVector::SetNull(result, row, true);
    } else {
      duckdb::FlatVector::GetData<T>(result)[row] = state.value;
    }
  }
  static T Join(const T& a, const T& b) {
    switch (kBits) {
      case Bits::kAnd:
        return static_cast<T>(a & b);
      case Bits::kOr:
        return static_cast<T>(a | b);
      case Bits::kXor:
        return static_cast<T>(a ^ b);
    }
  }

  StateField value;
  StateField count;
};

template <Bits kBits>
std::unique_ptr<NativeAggregate> MakeBits(const LogicalType& type) {
  const auto make = [&]<class T>(T) {
    return MakeUnary<BitsOp<T, kBits>>(
        {{"value", type, false}, {"count", LogicalType::BIGINT, false}});
  };
  switch (type.id()) {
    case LogicalTypeId::TINYINT:
      return make(int8_t{});
    case LogicalTypeId::SMALLINT:
      return make(int16_t{});
    case LogicalTypeId::INTEGER:
      return make(int32_t{});
    case LogicalTypeId::BIGINT:
      return make(int64_t{});
    case LogicalTypeId::HUGEINT:
      return make(duckdb::hugeint_t{});
    case LogicalTypeId::UTINYINT:
      return make(uint8_t{});
    case LogicalTypeId::USMALLINT:
      return make(uint16_t{});
    case LogicalTypeId::UINTEGER:
      return make(uint32_t{});
    case LogicalTypeId::UBIGINT:
      return make(uint64_t{});
    case LogicalTypeId::UHUGEINT:
      return make(duckdb::uhugeint_t{});
    default:
      return nullptr;
  }
}

}  // namespace

std::unique_ptr<NativeAggregate> MakeLogic(const std::string& name, const ArgumentTypes& types) {
  if (types.size() != 1) {
    return nullptr;
  }
  if (types[0].id() == LogicalTypeId::BOOLEAN) {
    const std::vector<data::Field> columns{{"true", LogicalType::BIGINT, false},
                                           {"false", LogicalType::BIGINT, false}};
    if (name == "bool_and") {
      return MakeUnary<BoolOp<true>>(columns);
    }
    return name == "bool_or" ? MakeUnary<BoolOp<false>>(columns) : nullptr;
  }
  if (name == "bit_and") {
    return MakeBits<Bits::kAnd>(types[0]);
  }
  if (name == "bit_or") {
    return MakeBits<Bits::kOr>(types[0]);
  }
  return name == "bit_xor" ? MakeBits<Bits::kXor>(types[0]) : nullptr;
}

}  // namespace laminar::expression
