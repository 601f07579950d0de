#include "connectors/blackhole/checksum.h"

#include <cstring>

namespace laminar::connectors::blackhole {
namespace {

using data::idx_t;
using data::UnifiedVectorFormat;
using data::Vector;
using duckdb::PhysicalType;

// The bits of a value, zero-extended or folded to 64.
template <typename T>
uint64_t BitsOf(const T& value) {
  if constexpr (sizeof(T) > sizeof(uint64_t)) {
    uint64_t words[sizeof(T) / sizeof(uint64_t)];
    std::memcpy(words, &value, sizeof(words));
    uint64_t sum = 0;
    for (const uint64_t word : words) {
      sum += word;
    }
    return sum;
  } else {
    uint64_t bits = 0;
    std::memcpy(&bits, &value, sizeof(value));
    return bits;
  }
}

template <>
uint64_t BitsOf(const duckdb::string_t& value) {
  return value.GetSize();
}

template <typename T>
uint64_t SumValues(const UnifiedVectorFormat& format, idx_t count) {
  const T* values = UnifiedVectorFormat::GetDataUnsafe<T>(format);
  uint64_t sum = 0;
  if (format.validity.AllValid()) {
    if (!format.sel->IsSet()) {
      for (idx_t i = 0; i < count; ++i) {
        sum += BitsOf(values[i]);
      }
      return sum;
    }
    for (idx_t i = 0; i < count; ++i) {
      sum += BitsOf(values[format.sel->get_index_unsafe(i)]);
    }
    return sum;
  }
  for (idx_t i = 0; i < count; ++i) {
    const idx_t index = format.sel->get_index(i);
    sum += format.validity.RowIsValid(index) ? BitsOf(values[index]) : 0;
  }
  return sum;
}

uint64_t SumVector(Vector& vector, idx_t count);

uint64_t SumStruct(Vector& vector, idx_t count) {
  // Fields of a NULL struct are NULL themselves.
  uint64_t sum = 0;
  uint64_t weight = 1;
  if (vector.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR ||
      vector.GetVectorType() == duckdb::VectorType::SEQUENCE_VECTOR) {
    vector.Flatten(count);
  }
  for (const auto& child : duckdb::StructVector::GetEntries(vector)) {
    sum += weight * SumVector(*child, count);
    weight += 2;
  }
  return sum;
}

uint64_t SumList(Vector& vector, idx_t count) {
  UnifiedVectorFormat format;
  vector.ToUnifiedFormat(count, format);
  const auto* entries = UnifiedVectorFormat::GetDataUnsafe<duckdb::list_entry_t>(format);
  idx_t num_values = 0;
  for (idx_t i = 0; i < count; ++i) {
    const idx_t index = format.sel->get_index(i);
    num_values += format.validity.RowIsValid(index) ? entries[index].length : 0;
  }
  data::SelectionVector places(num_values);
  idx_t at = 0;
  for (idx_t i = 0; i < count; ++i) {
    const idx_t index = format.sel->get_index(i);
    for (idx_t k = 0; format.validity.RowIsValid(index) && k < entries[index].length; ++k) {
      places.set_index(at++, entries[index].offset + k);
    }
  }
  Vector values(duckdb::ListVector::GetEntry(vector), places, num_values);
  return num_values + (num_values == 0 ? 0 : SumVector(values, num_values));
}

uint64_t SumArray(Vector& vector, idx_t count) {
  vector.Flatten(count);
  const idx_t size = duckdb::ArrayType::GetSize(vector.GetType());
  return SumVector(duckdb::ArrayVector::GetEntry(vector), count * size);
}

uint64_t SumVector(Vector& vector, idx_t count) {
  const PhysicalType type = vector.GetType().InternalType();
  switch (type) {
    case PhysicalType::STRUCT:
      return SumStruct(vector, count);
    case PhysicalType::LIST:
      return SumList(vector, count);
    case PhysicalType::ARRAY:
      return SumArray(vector, count);
    default:
      break;
  }
  UnifiedVectorFormat format;
  vector.ToUnifiedFormat(count, format);
  switch (type) {
    case PhysicalType::BOOL:
    case PhysicalType::INT8:
      return SumValues<int8_t>(format, count);
    case PhysicalType::UINT8:
      return SumValues<uint8_t>(format, count);
    case PhysicalType::INT16:
      return SumValues<int16_t>(format, count);
    case PhysicalType::UINT16:
      return SumValues<uint16_t>(format, count);
    case PhysicalType::INT32:
      return SumValues<int32_t>(format, count);
    case PhysicalType::UINT32:
      return SumValues<uint32_t>(format, count);
    case PhysicalType::INT64:
      return SumValues<int64_t>(format, count);
    case PhysicalType::UINT64:
      return SumValues<uint64_t>(format, count);
    case PhysicalType::FLOAT:
      return SumValues<float>(format, count);
    case PhysicalType::DOUBLE:
      return SumValues<double>(format, count);
    case PhysicalType::INT128:
      return SumValues<duckdb::hugeint_t>(format, count);
    case PhysicalType::UINT128:
      return SumValues<duckdb::uhugeint_t>(format, count);
    case PhysicalType::INTERVAL:
      return SumValues<duckdb::interval_t>(format, count);
    case PhysicalType::VARCHAR:
      return SumValues<duckdb::string_t>(format, count);
    default:
      return 0;
  }
}

uint64_t SumColumns(const data::Chunk& chunk, idx_t num_columns) {
  uint64_t sum = 0;
  uint64_t weight = 1;
  for (idx_t i = 0; i < num_columns; ++i) {
    // The sender's vector is not to be touched, and flattening would.
    Vector column(chunk.column(i).GetType(), nullptr);
    column.Reference(chunk.column(i));
    sum += weight * SumVector(column, chunk.num_rows());
    weight += 2;
  }
  return sum;
}

}  // namespace

RowTotals SumRows(const data::Chunk& chunk, idx_t num_columns) {
  if (chunk.row_kinds().empty()) {
    return {static_cast<int64_t>(chunk.num_rows()), SumColumns(chunk, num_columns)};
  }
  data::SelectionVector taken_back(chunk.num_rows());
  idx_t num_taken_back = 0;
  for (idx_t row = 0; row < chunk.num_rows(); ++row) {
    const data::RowKind kind = chunk.row_kind(row);
    if (kind == data::RowKind::kDelete || kind == data::RowKind::kUpdateBefore) {
      taken_back.set_index(num_taken_back++, row);
    }
  }
  RowTotals totals{static_cast<int64_t>(chunk.num_rows()), SumColumns(chunk, num_columns)};
  if (num_taken_back > 0) {
    // Once to undo that they were added, once to subtract them.
    totals.rows -= 2 * static_cast<int64_t>(num_taken_back);
    totals.checksum -= 2 * SumColumns(chunk.Select(taken_back, num_taken_back), num_columns);
  }
  return totals;
}

}  // namespace laminar::connectors::blackhole
