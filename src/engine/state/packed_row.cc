#include "engine/state/packed_row.h"

#include <cmath>
#include <cstring>
#include <limits>

#include "base/assert.h"

namespace laminar::engine {
namespace {

using duckdb::PhysicalType;
using duckdb::string_t;

template <class T>
void Append(const T& value, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(&value), sizeof(T));
}

void AppendText(string_t text, std::string& bytes) {
  Append(static_cast<uint32_t>(text.GetSize()), bytes);
  bytes.append(text.GetData(), text.GetSize());
}

// Numbers that are equal but differ in their bits.
template <class T>
void AppendFloat(T value, std::string& bytes) {
  if (std::isnan(value)) {
    value = std::numeric_limits<T>::quiet_NaN();
  } else if (value == T{0}) {
    value = T{0};
  }
  Append(value, bytes);
}

void AppendInterval(duckdb::interval_t value, std::string& bytes) {
  int64_t months = 0;
  int64_t days = 0;
  int64_t micros = 0;
  value.Normalize(months, days, micros);
  Append(months, bytes);
  Append(days, bytes);
  Append(micros, bytes);
}

void AppendValue(const RowLayout& layout, size_t column, const uint8_t* row, std::string& bytes) {
  const expression::StateField& field = layout.field(column);
  if (layout.is_text(column)) {
    AppendText(field.Load<string_t>(row), bytes);
    return;
  }
  const PhysicalType type = layout.type(column).InternalType();
  switch (type) {
    case PhysicalType::FLOAT:
      return AppendFloat(field.Load<float>(row), bytes);
    case PhysicalType::DOUBLE:
      return AppendFloat(field.Load<double>(row), bytes);
    case PhysicalType::INTERVAL:
      return AppendInterval(field.Load<duckdb::interval_t>(row), bytes);
    default:
      bytes.append(reinterpret_cast<const char*>(row) + field.offset, duckdb::GetTypeIdSize(type));
  }
}

}  // namespace

void AppendPackedKey(const RowLayout& layout, const uint8_t* row, std::string& bytes) {
  Append(RowLayout::HashOf(row), bytes);
  for (size_t column = 0; column < layout.num_keys(); ++column) {
    const bool valid = layout.IsValid(column, row);
    bytes.push_back(valid ? 1 : 0);
    if (valid) {
      AppendValue(layout, column, row, bytes);
    }
  }
}

void AppendPackedRow(const RowLayout& layout, const uint8_t* row, std::string& bytes) {
  bytes.append(reinterpret_cast<const char*>(row), layout.row_bytes());
  for (const expression::StateField& field : layout.text_fields()) {
    const auto text = field.Load<string_t>(row);
    if (!text.IsInlined()) {
      bytes.append(text.GetData(), text.GetSize());
    }
  }
}

void LoadPackedRow(const RowLayout& layout, std::string_view bytes, uint8_t* row) {
  LAMINAR_ASSERT(bytes.size() >= layout.row_bytes(), bytes.size());
  std::memcpy(row, bytes.data(), layout.row_bytes());
  const char* next = bytes.data() + layout.row_bytes();
  for (const expression::StateField& field : layout.text_fields()) {
    // Its length is right; where it points to, nothing has to be any more.
    const auto size = field.Load<uint32_t>(row);
    if (size > string_t::INLINE_LENGTH) {
      field.Store(row, string_t(next, size));
      next += size;
    }
  }
  LAMINAR_ASSERT(next == bytes.data() + bytes.size(), bytes.size());
}

void OwnLoadedText(const RowLayout& layout, uint8_t* row, expression::StateStrings& strings) {
  for (const expression::StateField& field : layout.text_fields()) {
    field.Store(row, strings.Copy(field.Load<string_t>(row)));
  }
}

}  // namespace laminar::engine
