// sum, avg and product.
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "duckdb/common/exception.hpp"
#include "duckdb/common/types/decimal.hpp"
#include "duckdb/common/types/hugeint.hpp"

#include "expression/aggregate_double_double.h"
#include "expression/aggregate_families.h"
#include "expression/aggregate_unary.h"

namespace laminar::expression {
namespace {

using data::idx_t;
using data::LogicalType;
using data::LogicalTypeId;
using Int128 = __int128;

duckdb::hugeint_t ToHugeint(Int128 value) {
  return {static_cast<int64_t>(value >> 64), static_cast<uint64_t>(value)};
}

template <class T>
void SetResult(data::Vector& result, idx_t row, const T& value) {
  duckdb::FlatVector::GetData<T>(result)[row] = value;
}

void SetNull(data::Vector& result, idx_t row) { duckdb::FlatVector::SetNull(result, row, true); }

// --- sums of integers and decimals ---

enum class IntegerResult { kSum, kMeanOfSmall, kMean, kMeanOfTimes };

template <class T, IntegerResult kResult>
struct IntegerSumOp {
  using Value = T;
  struct State {
    Int128 sum;
    int64_t count;
  };
  static constexpr bool kSubtractable = true;

  void Place(std::span<const StateField> fields) {
    sum = fields[0];
    count = fields[1];
  }
  State Load(const uint8_t* row) const { return {sum.Load<Int128>(row), count.Load<int64_t>(row)}; }
  void Store(uint8_t* row, const State& state) const {
    sum.Store(row, state.sum);
    count.Store(row, state.count);
  }
  void Add(State& state, const T& value, UpdateContext&) const {
    if constexpr (std::is_same_v<T, duckdb::hugeint_t>) {
      AddChecked(state, (static_cast<Int128>(value.upper) << 64) | value.lower);
    } else {
      state.sum += static_cast<Int128>(value);
    }
    state.count += 1;
  }
  void Merge(State& state, const State& other, StateStrings&) const {
    AddChecked(state, other.sum);
    state.count += other.count;
  }
  void Take(State& state, const State& other) const {
    if (__builtin_sub_overflow(state.sum, other.sum, &state.sum)) {
      throw duckdb::OutOfRangeException("Overflow in HUGEINT subtraction");
    }
    state.count -= other.count;
  }
  void Finish(const State& state, data::Vector& result, idx_t row) const {
    if (state.count == 0) {
      SetNull(result, row);
    } else if constexpr (kResult == IntegerResult::kSum) {
      SetResult(result, row, ToHugeint(state.sum));
    } else if constexpr (kResult == IntegerResult::kMeanOfSmall) {
      SetResult(result, row,
                static_cast<double>(static_cast<int64_t>(state.sum)) /
                    (static_cast<double>(state.count) * scale));
    } else if constexpr (kResult == IntegerResult::kMean) {
      const long double divisor =
          static_cast<long double>(state.count) * static_cast<long double>(scale);
      SetResult(
          result, row,
          static_cast<double>(duckdb::Hugeint::Cast<long double>(ToHugeint(state.sum)) / divisor));
    } else {
      // Rounded as DuckDB does it.
      duckdb::hugeint_t rest;
      const duckdb::hugeint_t mean =
          duckdb::Hugeint::DivMod(ToHugeint(state.sum), duckdb::hugeint_t(state.count), rest);
      int64_t micros = duckdb::Hugeint::Cast<int64_t>(mean);
      micros += rest > duckdb::hugeint_t(state.count / 2) ? 1 : 0;
      SetResult(result, row, micros);
    }
  }

  static void AddChecked(State& state, Int128 value) {
    if (__builtin_add_overflow(state.sum, value, &state.sum)) {
      throw duckdb::OutOfRangeException("Overflow in HUGEINT addition");
    }
  }

  double scale = 1;
  StateField sum;
  StateField count;
};

template <IntegerResult kResult>
std::unique_ptr<NativeAggregate> MakeIntegerSum(const LogicalType& type, double scale) {
  const std::vector<data::Field> columns{{"sum", LogicalType::HUGEINT, false},
                                         {"count", LogicalType::BIGINT, false}};
  const auto make = [&]<class T>(T) {
    return MakeUnary<IntegerSumOp<T, kResult>>(columns, {.scale = scale, .sum = {}, .count = {}});
  };
  switch (type.InternalType()) {
    case duckdb::PhysicalType::BOOL:
      return make(bool{});
    case duckdb::PhysicalType::INT16:
      return make(int16_t{});
    case duckdb::PhysicalType::INT32:
      return make(int32_t{});
    case duckdb::PhysicalType::INT64:
      return make(int64_t{});
    case duckdb::PhysicalType::INT128:
      return make(duckdb::hugeint_t{});
    default:
      return nullptr;
  }
}

// --- sums of doubles ---

enum class DoubleResult { kSum, kMean };

template <DoubleResult kResult>
struct DoubleSumOp {
  using Value = double;
  struct State {
    DoubleDouble sum;
    int64_t count;
  };
  static constexpr bool kSubtractable = false;

  void Place(std::span<const StateField> fields) {
    high = fields[0];
    low = fields[1];
    count = fields[2];
  }
  State Load(const uint8_t* row) const {
    return {{high.Load<double>(row), low.Load<double>(row)}, count.Load<int64_t>(row)};
  }
  void Store(uint8_t* row, const State& state) const {
    high.Store(row, state.sum.high);
    low.Store(row, state.sum.low);
    count.Store(row, state.count);
  }
  void Add(State& state, double value, UpdateContext&) const {
    state.sum.Add(value);
    state.count += 1;
  }
  void Merge(State& state, const State& other, StateStrings&) const {
    state.sum.Add(other.sum);
    state.count += other.count;
  }
  void Finish(const State& state, data::Vector& result, idx_t row) const {
    if (state.count == 0) {
      SetNull(result, row);
    } else if constexpr (kResult == DoubleResult::kSum) {
      SetResult(result, row, state.sum.Value());
    } else {
      SetResult(result, row, state.sum.Value() / static_cast<double>(state.count));
    }
  }

  StateField high;
  StateField low;
  StateField count;
};

// --- product ---

struct ProductOp {
  using Value = double;
  struct State {
    DoubleDouble product;
    int64_t count;
  };
  static constexpr bool kSubtractable = false;

  void Place(std::span<const StateField> fields) {
    high = fields[0];
    low = fields[1];
    count = fields[2];
  }
  State Load(const uint8_t* row) const {
    const auto rows = count.Load<int64_t>(row);
    if (rows == 0) {
      return {{1, 0}, 0};
    }
    return {{high.Load<double>(row), low.Load<double>(row)}, rows};
  }
  void Store(uint8_t* row, const State& state) const {
    high.Store(row, state.product.high);
    low.Store(row, state.product.low);
    count.Store(row, state.count);
  }
  void Add(State& state, double value, UpdateContext&) const {
    state.product = Times(state.product, {value, 0});
    state.count += 1;
  }
  void Merge(State& state, const State& other, StateStrings&) const {
    state.product = Times(state.product, other.product);
    state.count += other.count;
  }
  void Finish(const State& state, data::Vector& result, idx_t row) const {
    if (state.count == 0) {
      SetNull(result, row);
    } else {
      SetResult(result, row, state.product.Value());
    }
  }
  static DoubleDouble Times(DoubleDouble a, DoubleDouble b) {
    const double plain = a.high * b.high;
    return std::isfinite(plain) && plain != 0 ? a * b : DoubleDouble{plain, 0};
  }

  StateField high;
  StateField low;
  StateField count;
};

std::vector<data::Field> DoubleColumns(const std::string& name) {
  return {{name, LogicalType::DOUBLE, false},
          {name + "_low", LogicalType::DOUBLE, false},
          {"count", LogicalType::BIGINT, false}};
}

bool IsDiscreteTime(const LogicalType& type) {
  return type.id() == LogicalTypeId::TIMESTAMP || type.id() == LogicalTypeId::TIMESTAMP_TZ ||
         type.id() == LogicalTypeId::TIME;
}

bool IsSummable(const LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
    case LogicalTypeId::SMALLINT:
    case LogicalTypeId::INTEGER:
    case LogicalTypeId::BIGINT:
    case LogicalTypeId::HUGEINT:
    case LogicalTypeId::DECIMAL:
      return true;
    default:
      return false;
  }
}

std::unique_ptr<NativeAggregate> MakeMean(const LogicalType& type) {
  if (type.id() == LogicalTypeId::DOUBLE) {
    return MakeUnary<DoubleSumOp<DoubleResult::kMean>>(DoubleColumns("sum"));
  }
  if (IsDiscreteTime(type)) {
    return MakeIntegerSum<IntegerResult::kMeanOfTimes>(type, 1);
  }
  if (!IsSummable(type) || type.id() == LogicalTypeId::BOOLEAN) {
    return nullptr;
  }
  const double scale =
      type.id() == LogicalTypeId::DECIMAL
          ? duckdb::Hugeint::Cast<double>(
                duckdb::Hugeint::POWERS_OF_TEN[duckdb::DecimalType::GetScale(type)])
          : 1;
  return type.InternalType() == duckdb::PhysicalType::INT16
             ? MakeIntegerSum<IntegerResult::kMeanOfSmall>(type, scale)
             : MakeIntegerSum<IntegerResult::kMean>(type, scale);
}

}  // namespace

std::unique_ptr<NativeAggregate> MakeSum(const std::string& name, const ArgumentTypes& types) {
  if (types.size() != 1) {
    return nullptr;
  }
  const LogicalType& type = types[0];
  if (name == "avg" || name == "mean") {
    return MakeMean(type);
  }
  if (name == "count_if" || name == "countif" || name == "sum") {
    if (type.id() == LogicalTypeId::DOUBLE) {
      return MakeUnary<DoubleSumOp<DoubleResult::kSum>>(DoubleColumns("sum"));
    }
    return IsSummable(type) ? MakeIntegerSum<IntegerResult::kSum>(type, 1) : nullptr;
  }
  if (type.id() != LogicalTypeId::DOUBLE) {
    return nullptr;
  }
  if (name == "fsum" || name == "kahan_sum" || name == "sumkahan") {
    return MakeUnary<DoubleSumOp<DoubleResult::kSum>>(DoubleColumns("sum"));
  }
  if (name == "favg") {
    return MakeUnary<DoubleSumOp<DoubleResult::kMean>>(DoubleColumns("sum"));
  }
  if (name == "product") {
    return MakeUnary<ProductOp>(DoubleColumns("product"));
  }
  return nullptr;
}

}  // namespace laminar::expression
