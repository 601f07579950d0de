#include "engine/operators/window_rows/key_equality.h"

#include <algorithm>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::SelectionVector;
using data::Vector;
using duckdb::FlatVector;
using duckdb::PhysicalType;

// Both flat, of values whose equality is that of T, signed or not.
template <typename T>
idx_t KeepEqualFlat(const Vector& left_values,
                    const Vector& right_values,
                    bool null_equals_null,
                    SelectionVector& left,
                    SelectionVector& right,
                    idx_t begin,
                    idx_t end) {
  const T* left_data = FlatVector::GetDataUnsafe<T>(left_values);
  const T* right_data = FlatVector::GetDataUnsafe<T>(right_values);
  const auto& left_validity = FlatVector::Validity(left_values);
  const auto& right_validity = FlatVector::Validity(right_values);
  const bool has_nulls = !left_validity.AllValid() || !right_validity.AllValid();
  idx_t kept = begin;
  for (idx_t i = begin; i < end; ++i) {
    const idx_t l = left.get_index(i);
    const idx_t r = right.get_index(i);
    bool equal = false;
    if (has_nulls && (!left_validity.RowIsValid(l) || !right_validity.RowIsValid(r))) {
      equal = null_equals_null && left_validity.RowIsValid(l) == right_validity.RowIsValid(r);
    } else {
      equal = left_data[l] == right_data[r];
    }
    left.set_index(kept, l);
    right.set_index(kept, r);
    kept += equal ? 1 : 0;
  }
  return kept;
}

idx_t KeepEqualGeneric(const Vector& left_values,
                       const Vector& right_values,
                       bool null_equals_null,
                       SelectionVector& left,
                       SelectionVector& right,
                       idx_t begin,
                       idx_t end) {
  const idx_t count = end - begin;
  Vector left_slice(left_values, SelectionVector(left.data() + begin), count);
  Vector right_slice(right_values, SelectionVector(right.data() + begin), count);
  SelectionVector equal(count);
  const idx_t num_equal = null_equals_null
                              ? duckdb::VectorOperations::NotDistinctFrom(
                                    left_slice, right_slice, nullptr, count, &equal, nullptr)
                              : duckdb::VectorOperations::Equals(left_slice, right_slice, nullptr,
                                                                 count, &equal, nullptr);
  // Of nested values the equal ones come in any order, found pass by pass.
  std::sort(equal.data(), equal.data() + num_equal);
  for (idx_t i = 0; i < num_equal; ++i) {
    left.set_index(begin + i, left.get_index(begin + equal.get_index(i)));
    right.set_index(begin + i, right.get_index(begin + equal.get_index(i)));
  }
  return begin + num_equal;
}

}  // namespace

idx_t KeepEqual(const Vector& left_values,
                const Vector& right_values,
                bool null_equals_null,
                SelectionVector& left,
                SelectionVector& right,
                idx_t begin,
                idx_t end) {
  LAMINAR_ASSERT(end - begin <= base::kRowsPerChunkMax, end - begin);
  if (begin == end) {
    return end;
  }
  auto keep = KeepEqualGeneric;
  if (left_values.GetVectorType() == duckdb::VectorType::FLAT_VECTOR &&
      right_values.GetVectorType() == duckdb::VectorType::FLAT_VECTOR) {
    switch (left_values.GetType().InternalType()) {
      case PhysicalType::BOOL:
      case PhysicalType::INT8:
      case PhysicalType::UINT8:
        keep = KeepEqualFlat<int8_t>;
        break;
      case PhysicalType::INT16:
      case PhysicalType::UINT16:
        keep = KeepEqualFlat<int16_t>;
        break;
      case PhysicalType::INT32:
      case PhysicalType::UINT32:
        keep = KeepEqualFlat<int32_t>;
        break;
      case PhysicalType::INT64:
      case PhysicalType::UINT64:
        keep = KeepEqualFlat<int64_t>;
        break;
      case PhysicalType::INT128:
      case PhysicalType::UINT128:
        keep = KeepEqualFlat<duckdb::hugeint_t>;
        break;
      case PhysicalType::VARCHAR:
        keep = KeepEqualFlat<duckdb::string_t>;
        break;
      default:  // floating point has equal NaNs, intervals equal spellings, nested types elements
        break;
    }
  }
  return keep(left_values, right_values, null_equals_null, left, right, begin, end);
}

}  // namespace laminar::engine
