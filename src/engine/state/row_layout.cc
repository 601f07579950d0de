#include "engine/state/row_layout.h"

#include <algorithm>
#include <cmath>
#include <numeric>
#include <type_traits>

#include "base/assert.h"
#include "expression/aggregate_nested_key.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::UnifiedVectorFormat;
using duckdb::PhysicalType;
using duckdb::sel_t;

constexpr uint32_t kHashBytes = 8;
constexpr uint32_t kRowAlignment = 8;

// Calls `body(T{})` with the physical type that lies in a row.
template <class Body>
auto WithType(PhysicalType type, Body body) {
  switch (type) {
    case PhysicalType::BOOL:
    case PhysicalType::INT8:
    case PhysicalType::UINT8:
      return body(uint8_t{});
    case PhysicalType::INT16:
    case PhysicalType::UINT16:
      return body(uint16_t{});
    case PhysicalType::INT32:
    case PhysicalType::UINT32:
      return body(uint32_t{});
    case PhysicalType::INT64:
    case PhysicalType::UINT64:
      return body(uint64_t{});
    case PhysicalType::INT128:
    case PhysicalType::UINT128:
      return body(duckdb::hugeint_t{});
    case PhysicalType::FLOAT:
      return body(float{});
    case PhysicalType::DOUBLE:
      return body(double{});
    case PhysicalType::INTERVAL:
      return body(duckdb::interval_t{});
    case PhysicalType::VARCHAR:
      return body(duckdb::string_t{});
    default:
      LAMINAR_ASSERT(false, type);
      return body(uint8_t{});
  }
}

// By width: WithType takes signed and unsigned types alike, which DuckDB's own access refuses.
template <class T>
const T* WordsOf(const UnifiedVectorFormat& values) {
  return reinterpret_cast<const T*>(values.data);
}

template <class T>
bool IsSame(const T& a, const T& b) {
  if constexpr (std::is_floating_point_v<T>) {
    return a == b || (std::isnan(a) && std::isnan(b));
  } else if constexpr (std::is_same_v<T, duckdb::interval_t>) {
    return duckdb::Interval::Equals(a, b);
  } else {
    return a == b;
  }
}

bool IsNested(const data::LogicalType& type) {
  switch (type.InternalType()) {
    case PhysicalType::LIST:
    case PhysicalType::STRUCT:
    case PhysicalType::ARRAY:
      return true;
    default:
      return false;
  }
}

idx_t PositionOf(const sel_t* positions, idx_t i) {
  return positions == nullptr ? i : positions[i];
}

}  // namespace

RowLayout::RowLayout(const std::vector<data::Field>& keys, const std::vector<data::Field>& values)
    : num_keys_(keys.size()) {
  for (const std::vector<data::Field>* fields : {&keys, &values}) {
    for (const data::Field& field : *fields) {
      const bool nested = IsNested(field.type);
      columns_.push_back({.type = field.type,
                          .physical = nested ? PhysicalType::VARCHAR : field.type.InternalType(),
                          .nullable = field.nullable,
                          .nested = nested,
                          .field = {}});
    }
  }
  // Widest first: every column is aligned to its width, and the keys stay near the hash.
  std::vector<size_t> order(columns_.size());
  std::iota(order.begin(), order.end(), size_t{0});
  const auto width = [this](size_t column) {
    return duckdb::GetTypeIdSize(columns_[column].physical);
  };
  std::sort(order.begin(), order.end(), [&](size_t a, size_t b) {
    const auto wide_a = std::min<idx_t>(width(a), kRowAlignment);
    const auto wide_b = std::min<idx_t>(width(b), kRowAlignment);
    return wide_a != wide_b ? wide_a > wide_b : a < b;
  });
  uint32_t offset = kHashBytes;
  for (const size_t column : order) {
    columns_[column].field.offset = offset;
    offset += static_cast<uint32_t>(width(column));
  }
  uint32_t bit = 0;
  for (Column& column : columns_) {
    if (column.nullable) {
      column.field.valid_byte = offset + bit / 8;
      column.field.valid_mask = static_cast<uint8_t>(1U << (bit % 8));
      ++bit;
    }
  }
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i].physical == PhysicalType::VARCHAR) {
      text_fields_.push_back(columns_[i].field);
      num_key_texts_ += i < num_keys_ ? 1 : 0;
    }
  }
  flags_byte_ = offset + (bit + 7) / 8;
  row_bytes_ = (flags_byte_ + 1 + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
}

std::vector<expression::StateField> RowLayout::Fields(size_t first, size_t count) const {
  std::vector<expression::StateField> fields;
  for (size_t i = first; i < first + count; ++i) {
    fields.push_back(columns_[i].field);
  }
  return fields;
}

void RowLayout::Unify(size_t column,
                      const data::Vector& values,
                      idx_t num_rows,
                      data::Vector& holder,
                      UnifiedVectorFormat& format) const {
  // DuckDB's kernels take mutable vectors but only read them.
  auto& source = const_cast<data::Vector&>(values);
  if (columns_[column].nested) {
    expression::EncodeNested(source, num_rows, holder);
    holder.ToUnifiedFormat(num_rows, format);
  } else {
    source.ToUnifiedFormat(num_rows, format);
  }
}

void RowLayout::Scatter(size_t column,
                        const UnifiedVectorFormat& values,
                        const sel_t* positions,
                        idx_t count,
                        uint8_t* const* rows,
                        expression::StateStrings& strings) const {
  const expression::StateField field = columns_[column].field;
  const bool nullable = columns_[column].nullable;
  WithType(columns_[column].physical, [&]<class T>(const T&) {
    const T* data = WordsOf<T>(values);
    for (idx_t i = 0; i < count; ++i) {
      const idx_t position = values.sel->get_index(PositionOf(positions, i));
      if (!values.validity.RowIsValid(position)) {
        LAMINAR_DEBUG_ASSERT(nullable, column);
        field.Store(rows[i], T{});
        field.SetNull(rows[i]);
        continue;
      }
      if constexpr (std::is_same_v<T, duckdb::string_t>) {
        field.Store(rows[i], strings.Copy(data[position]));
      } else {
        field.Store(rows[i], data[position]);
      }
      if (nullable) {
        field.SetValid(rows[i]);
      }
    }
  });
}

void RowLayout::Gather(size_t column,
                       const uint8_t* const* rows,
                       idx_t count,
                       data::Vector& result,
                       idx_t offset) const {
  const Column& source = columns_[column];
  const expression::StateField field = source.field;
  if (source.nested) {
    for (idx_t i = 0; i < count; ++i) {
      if (field.IsValid(rows[i])) {
        expression::DecodeNested(field.Load<duckdb::string_t>(rows[i]), result, offset + i);
      } else {
        duckdb::FlatVector::SetNull(result, offset + i, true);
      }
    }
    return;
  }
  WithType(source.physical, [&]<class T>(const T&) {
    T* data = reinterpret_cast<T*>(result.GetData()) + offset;
    for (idx_t i = 0; i < count; ++i) {
      data[i] = field.Load<T>(rows[i]);
    }
  });
  if (source.nullable) {
    for (idx_t i = 0; i < count; ++i) {
      if (!field.IsValid(rows[i])) {
        duckdb::FlatVector::SetNull(result, offset + i, true);
      }
    }
  }
}

void RowLayout::ReleaseText(const uint8_t* row, expression::StateStrings& strings) const {
  for (const expression::StateField& field : text_fields_) {
    strings.Release(field.Load<duckdb::string_t>(row));  // zeros are the empty text
  }
}

void RowLayout::EmptyValues(uint8_t* row, expression::StateStrings& strings) const {
  for (size_t i = num_key_texts_; i < text_fields_.size(); ++i) {
    strings.Release(text_fields_[i].Load<duckdb::string_t>(row));
    text_fields_[i].Store(row, duckdb::string_t{});
  }
}

void RowLayout::OwnText(size_t column, data::Vector& gathered, idx_t count) const {
  if (columns_[column].physical != PhysicalType::VARCHAR || columns_[column].nested) {
    return;
  }
  auto* texts = duckdb::FlatVector::GetData<duckdb::string_t>(gathered);
  const duckdb::ValidityMask& validity = duckdb::FlatVector::Validity(gathered);
  for (idx_t i = 0; i < count; ++i) {
    if (!texts[i].IsInlined() && validity.RowIsValid(i)) {
      texts[i] = duckdb::StringVector::AddStringOrBlob(gathered, texts[i]);
    }
  }
}

void RowLayout::FindMismatches(size_t column,
                               const UnifiedVectorFormat& values,
                               const sel_t* positions,
                               idx_t count,
                               const uint8_t* const* rows,
                               std::vector<sel_t>& mismatches) const {
  const expression::StateField field = columns_[column].field;
  const bool nullable = columns_[column].nullable;
  WithType(columns_[column].physical, [&]<class T>(const T&) {
    const T* data = WordsOf<T>(values);
    for (idx_t i = 0; i < count; ++i) {
      const idx_t position = values.sel->get_index(PositionOf(positions, i));
      const bool valid = values.validity.RowIsValid(position);
      const bool row_valid = !nullable || field.IsValid(rows[i]);
      if (valid != row_valid || (valid && !IsSame(field.Load<T>(rows[i]), data[position])))
          [[unlikely]] {
        mismatches.push_back(static_cast<sel_t>(i));
      }
    }
  });
}

bool RowLayout::Matches(size_t column,
                        const UnifiedVectorFormat& values,
                        idx_t position,
                        const uint8_t* row) const {
  const expression::StateField field = columns_[column].field;
  const idx_t at = values.sel->get_index(position);
  const bool valid = values.validity.RowIsValid(at);
  const bool row_valid = !columns_[column].nullable || field.IsValid(row);
  if (!valid || !row_valid) {
    return valid == row_valid;
  }
  return WithType(columns_[column].physical, [&]<class T>(const T&) {
    return IsSame(field.Load<T>(row), WordsOf<T>(values)[at]);
  });
}

}  // namespace laminar::engine
