#include "formats/text/cell_text.h"

#include <cmath>

#include "formats/text/base64.h"

namespace laminar::formats {
namespace {

using data::idx_t;

template <class T>
T At(const void* cells, idx_t index) {
  T value;
  std::memcpy(&value, static_cast<const char*>(cells) + index * sizeof(T), sizeof(T));
  return value;
}

template <class T>
void AppendSigned(const void* cells, idx_t index, TextBuffer& out) {
  out.Advance(WriteInt64(out.Reserve(kNumberTextBytesMax), At<T>(cells, index)));
}

template <class T>
void AppendUnsigned(const void* cells, idx_t index, TextBuffer& out) {
  out.Advance(WriteUint64(out.Reserve(kNumberTextBytesMax), At<T>(cells, index)));
}

// A value of a type that has no short way, from its raw cell.
data::Value ValueAt(const data::LogicalType& type, const void* cells, idx_t index) {
  data::Vector one(type, reinterpret_cast<duckdb::data_ptr_t>(const_cast<void*>(cells)));
  return one.GetValue(index);
}

}  // namespace

CellText::CellText(data::LogicalType type, const CellFormat& format, const TimestampStyle& style)
    : type_(std::move(type)),
      format_(format),
      style_(style),
      kind_(CellKindOf(type_)),
      physical_type_(type_.InternalType()),
      units_per_second_(TimestampUnitsPerSecond(type_)) {
  if (kind_ == CellKind::kDecimal) {
    uint8_t width = 0;
    type_.GetDecimalProperties(width, decimal_scale_);
  }
}

bool CellText::is_number() const {
  switch (kind_) {
    case CellKind::kDecimal:
      return format_.decimal == DecimalEncoding::kNumber;
    case CellKind::kTimestamp:
      return format_.timestamp != TimestampFormat::kRfc3339;
    default:
      return kind_ >= CellKind::kInt8 && kind_ <= CellKind::kDouble;
  }
}

bool CellText::IsNotFinite(const void* cells, idx_t index) const {
  return kind_ == CellKind::kDouble ? !std::isfinite(At<double>(cells, index))
                                    : !std::isfinite(At<float>(cells, index));
}

void CellText::Append(const void* cells, idx_t index, TextBuffer& out) {
  switch (kind_) {
    case CellKind::kBoolean:
      return out.Append(At<uint8_t>(cells, index) != 0 ? std::string_view("true") : "false");
    case CellKind::kInt8:
      return AppendSigned<int8_t>(cells, index, out);
    case CellKind::kInt16:
      return AppendSigned<int16_t>(cells, index, out);
    case CellKind::kInt32:
      return AppendSigned<int32_t>(cells, index, out);
    case CellKind::kInt64:
      return AppendSigned<int64_t>(cells, index, out);
    case CellKind::kUint8:
      return AppendUnsigned<uint8_t>(cells, index, out);
    case CellKind::kUint16:
      return AppendUnsigned<uint16_t>(cells, index, out);
    case CellKind::kUint32:
      return AppendUnsigned<uint32_t>(cells, index, out);
    case CellKind::kUint64:
      return AppendUnsigned<uint64_t>(cells, index, out);
    case CellKind::kInt128:
      return out.Advance(WriteInt128(out.Reserve(kNumberTextBytesMax), At<Int128>(cells, index)));
    case CellKind::kUint128:
      return out.Advance(WriteUint128(out.Reserve(kNumberTextBytesMax), At<Uint128>(cells, index)));
    case CellKind::kFloat:
      return out.Advance(WriteFloat(out.Reserve(kNumberTextBytesMax), At<float>(cells, index)));
    case CellKind::kDouble:
      return out.Advance(WriteDouble(out.Reserve(kNumberTextBytesMax), At<double>(cells, index)));
    case CellKind::kDecimal:
      return AppendDecimal(cells, index, out);
    case CellKind::kDate: {
      const int64_t days = At<int32_t>(cells, index);
      if (days < kUsualDaysMin || days > kUsualDaysMax) {
        return AppendByCast(cells, index, out);
      }
      return out.Advance(WriteDate(out.Reserve(kTimeTextBytesMax), days));
    }
    case CellKind::kTimestamp:
      return AppendTimestamp(At<int64_t>(cells, index), out);
    case CellKind::kTime:
      return out.Advance(
          WriteTime(out.Reserve(kTimeTextBytesMax), At<int64_t>(cells, index) * 1000));
    case CellKind::kEnum: {
      idx_t position = 0;
      switch (physical_type_) {
        case duckdb::PhysicalType::UINT8:
          position = At<uint8_t>(cells, index);
          break;
        case duckdb::PhysicalType::UINT16:
          position = At<uint16_t>(cells, index);
          break;
        default:
          position = At<uint32_t>(cells, index);
      }
      const duckdb::string_t word = duckdb::EnumType::GetString(type_, position);
      return out.Append({word.GetData(), word.GetSize()});
    }
    case CellKind::kUuid:
      return AppendUuid(cells, index, out);
    case CellKind::kText:
    case CellKind::kBlob:
    case CellKind::kOther:
      return AppendByCast(cells, index, out);
  }
}

void CellText::AppendTimestamp(int64_t units, TextBuffer& out) {
  const Instant instant = InstantFromUnits(units, units_per_second_);
  if (format_.timestamp == TimestampFormat::kRfc3339) {
    char* const begin = out.Reserve(kTimeTextBytesMax);
    char* const end = WriteTimestamp(begin, instant, style_.separator, date_text_);
    if (end == nullptr) {
      return AppendByCast(&units, 0, out);
    }
    out.Advance(end);
    return out.Append(type_.id() == data::LogicalTypeId::TIMESTAMP_TZ ? style_.utc_of_zoned
                                                                      : style_.utc);
  }
  // Whole units, rounded down: what is finer than the format is lost.
  const int64_t units_out = UnitsPerSecond(format_.timestamp);
  const Int128 count = static_cast<Int128>(instant.seconds) * units_out +
                       instant.nanos / (1'000'000'000 / units_out);
  out.Advance(WriteInt128(out.Reserve(kNumberTextBytesMax), count));
}

Int128 CellText::DecimalAt(const void* cells, idx_t index) const {
  switch (physical_type_) {
    case duckdb::PhysicalType::INT16:
      return At<int16_t>(cells, index);
    case duckdb::PhysicalType::INT32:
      return At<int32_t>(cells, index);
    case duckdb::PhysicalType::INT64:
      return At<int64_t>(cells, index);
    default:
      return At<Int128>(cells, index);
  }
}

void CellText::AppendDecimal(const void* cells, idx_t index, TextBuffer& out) const {
  const Int128 value = DecimalAt(cells, index);
  if (format_.decimal != DecimalEncoding::kBytes) {
    return out.Advance(WriteDecimal(out.Reserve(kNumberTextBytesMax), value, decimal_scale_));
  }
  char bytes[16];
  auto bits = static_cast<Uint128>(value);
  for (int i = 15; i >= 0; --i) {
    bytes[i] = static_cast<char>(bits & 0xFF);
    bits >>= 8;
  }
  out.Advance(WriteBase64(out.Reserve(Base64Length(sizeof(bytes))), {bytes, sizeof(bytes)}));
}

void CellText::AppendUuid(const void* cells, idx_t index, TextBuffer& out) const {
  // Stored with the first bit flipped, so that it orders as a signed number.
  const Uint128 bits = At<Uint128>(cells, index) ^ (Uint128{1} << 127);
  constexpr std::string_view kHexDigits = "0123456789abcdef";
  char* p = out.Reserve(36);
  for (int i = 0; i < 32; ++i) {
    if (i == 8 || i == 12 || i == 16 || i == 20) {
      *p++ = '-';
    }
    *p++ = kHexDigits[static_cast<size_t>(bits >> (124 - 4 * i) & 15)];
  }
  out.Advance(p);
}

void CellText::AppendByCast(const void* cells, idx_t index, TextBuffer& out) const {
  out.Append(ValueAt(type_, cells, index).ToString());
}

}  // namespace laminar::formats
