// Order of values as DuckDB sees it, inlined: NaN is greater than every number and equal to itself,
// text compares by bytes, intervals by their normalised length.
#ifndef LAMINAR_EXPRESSION_AGGREGATE_COMPARE_H_
#define LAMINAR_EXPRESSION_AGGREGATE_COMPARE_H_

#include <cmath>
#include <type_traits>

#include "duckdb/common/types/interval.hpp"

#include "data/vector.h"

namespace laminar::expression {

template <class T>
bool LessThan(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a < b || (std::isnan(b) && !std::isnan(a));
  } else if constexpr (std::is_same_v<T, duckdb::interval_t>) {
    return duckdb::Interval::GreaterThan(b, a);
  } else if constexpr (std::is_same_v<T, duckdb::string_t>) {
    return duckdb::string_t::StringComparisonOperators::GreaterThan(b, a);
  } else {
    return a < b;
  }
}

/// Calls `body(T{})` with the physical type of a plain value (see IsPlainValue); returns nullptr
/// for other types.
template <class Body>
auto WithPhysicalType(duckdb::PhysicalType type, Body body) -> decltype(body(int8_t{})) {
  switch (type) {
    case duckdb::PhysicalType::BOOL:
      return body(bool{});
    case duckdb::PhysicalType::INT8:
      return body(int8_t{});
    case duckdb::PhysicalType::INT16:
      return body(int16_t{});
    case duckdb::PhysicalType::INT32:
      return body(int32_t{});
    case duckdb::PhysicalType::INT64:
      return body(int64_t{});
    case duckdb::PhysicalType::INT128:
      return body(duckdb::hugeint_t{});
    case duckdb::PhysicalType::UINT8:
      return body(uint8_t{});
    case duckdb::PhysicalType::UINT16:
      return body(uint16_t{});
    case duckdb::PhysicalType::UINT32:
      return body(uint32_t{});
    case duckdb::PhysicalType::UINT64:
      return body(uint64_t{});
    case duckdb::PhysicalType::UINT128:
      return body(duckdb::uhugeint_t{});
    case duckdb::PhysicalType::FLOAT:
      return body(float{});
    case duckdb::PhysicalType::DOUBLE:
      return body(double{});
    case duckdb::PhysicalType::INTERVAL:
      return body(duckdb::interval_t{});
    case duckdb::PhysicalType::VARCHAR:
      return body(duckdb::string_t{});
    default:
      return nullptr;
  }
}

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_AGGREGATE_COMPARE_H_
