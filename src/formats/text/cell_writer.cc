#include "formats/text/cell_writer.h"

#include <algorithm>
#include <cmath>
#include <exception>
#include <limits>

#include "formats/text/base64.h"

namespace laminar::formats {
namespace {

using data::idx_t;
using data::LogicalTypeId;
using data::Value;

template <class T>
bool StoreInRange(duckdb::data_ptr_t cells, idx_t row, int64_t value) {
  reinterpret_cast<T*>(cells)[row] = static_cast<T>(value);
  return value >= static_cast<int64_t>(std::numeric_limits<T>::min()) &&
         value <= static_cast<int64_t>(std::numeric_limits<T>::max());
}

// Casts of DuckDB trim such blanks; the short ways see the text without them.
std::string_view Trim(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && IsBlank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

bool EqualsLower(std::string_view text, std::string_view lower) {
  if (text.size() != lower.size()) {
    return false;
  }
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i] >= 'A' && text[i] <= 'Z' ? static_cast<char>(text[i] + 32) : text[i];
    if (c != lower[i]) {
      return false;
    }
  }
  return true;
}

}  // namespace

CellKind CellKindOf(const data::LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::BOOLEAN:
      return CellKind::kBoolean;
    case LogicalTypeId::TINYINT:
      return CellKind::kInt8;
    case LogicalTypeId::SMALLINT:
      return CellKind::kInt16;
    case LogicalTypeId::INTEGER:
      return CellKind::kInt32;
    case LogicalTypeId::BIGINT:
      return CellKind::kInt64;
    case LogicalTypeId::UTINYINT:
      return CellKind::kUint8;
    case LogicalTypeId::USMALLINT:
      return CellKind::kUint16;
    case LogicalTypeId::UINTEGER:
      return CellKind::kUint32;
    case LogicalTypeId::UBIGINT:
      return CellKind::kUint64;
    case LogicalTypeId::HUGEINT:
      return CellKind::kInt128;
    case LogicalTypeId::UHUGEINT:
      return CellKind::kUint128;
    case LogicalTypeId::FLOAT:
      return CellKind::kFloat;
    case LogicalTypeId::DOUBLE:
      return CellKind::kDouble;
    case LogicalTypeId::DECIMAL:
      return CellKind::kDecimal;
    case LogicalTypeId::VARCHAR:
      return CellKind::kText;
    case LogicalTypeId::BLOB:
      return CellKind::kBlob;
    case LogicalTypeId::DATE:
      return CellKind::kDate;
    case LogicalTypeId::TIMESTAMP:
    case LogicalTypeId::TIMESTAMP_SEC:
    case LogicalTypeId::TIMESTAMP_MS:
    case LogicalTypeId::TIMESTAMP_NS:
    case LogicalTypeId::TIMESTAMP_TZ:
      return CellKind::kTimestamp;
    case LogicalTypeId::ENUM:
      return CellKind::kEnum;
    case LogicalTypeId::TIME:
      return CellKind::kTime;
    case LogicalTypeId::UUID:
      return CellKind::kUuid;
    default:
      return CellKind::kOther;
  }
}

int64_t TimestampUnitsPerSecond(const data::LogicalType& type) {
  switch (type.id()) {
    case LogicalTypeId::TIMESTAMP_SEC:
      return 1;
    case LogicalTypeId::TIMESTAMP_MS:
      return 1000;
    case LogicalTypeId::TIMESTAMP_NS:
      return 1'000'000'000;
    default:
      return 1'000'000;
  }
}

std::string QuoteForMessage(std::string_view text) {
  constexpr size_t kShown = 60;
  std::string quoted = "'";
  size_t end = std::min(text.size(), kShown);
  // Not in the middle of a character.
  while (end > 0 && end < text.size() && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) {
    --end;
  }
  for (const char c : text.substr(0, end)) {
    quoted += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return quoted + (end < text.size() ? "...'" : "'");
}

CellWriter::CellWriter(data::LogicalType type, const CellFormat& format)
    : type_(std::move(type)), format_(format), kind_(CellKindOf(type_)) {
  if (kind_ == CellKind::kDecimal) {
    type_.GetDecimalProperties(decimal_width_, decimal_scale_);
  }
  timestamp_units_per_second_ = TimestampUnitsPerSecond(type_);
}

void CellWriter::Attach(data::Vector& vector, size_t expected_bytes) {
  AttachAgain(vector);
  slab_.Attach(vector, expected_bytes);
}

void CellWriter::AttachAgain(data::Vector& vector) {
  vector_ = &vector;
  cells_ = kind_ == CellKind::kOther ? nullptr : duckdb::FlatVector::GetData(vector);
}

bool CellWriter::WriteText(idx_t row, std::string_view text, std::string& reason) {
  switch (kind_) {
    case CellKind::kText:
      WriteString(row, text);
      return true;
    case CellKind::kInt8:
    case CellKind::kInt16:
    case CellKind::kInt32:
    case CellKind::kInt64:
    case CellKind::kUint8:
    case CellKind::kUint16:
    case CellKind::kUint32:
    case CellKind::kUint64:
      return WriteIntegerText(row, text, reason);
    case CellKind::kFloat:
    case CellKind::kDouble:
      return WriteDoubleText(row, text, reason);
    case CellKind::kDecimal:
      return format_.decimal == DecimalEncoding::kBytes ? WriteDecimalBytes(row, text, reason)
                                                        : WriteDecimalText(row, text, reason);
    case CellKind::kTimestamp:
      return WriteTimestampText(row, text, reason);
    case CellKind::kBlob:
      return WriteBlobText(row, text, reason);
    case CellKind::kEnum:
      return WriteEnumText(row, text, reason);
    case CellKind::kBoolean:
      if (EqualsLower(text, "true") || EqualsLower(text, "false")) {
        WriteBoolean(row, text.size() == 4);
        return true;
      }
      return WriteByCast(row, text, reason);
    case CellKind::kDate: {
      int64_t days = 0;
      if (!ParseDate(text, days)) {
        return WriteByCast(row, text, reason);
      }
      reinterpret_cast<int32_t*>(cells_)[row] = static_cast<int32_t>(days);
      return true;
    }
    case CellKind::kInt128: {
      Int128 value = 0;
      if (ParseInt128(text, value) != ParseResult::kOk) {
        return WriteByCast(row, text, reason);
      }
      std::memcpy(cells_ + row * sizeof(value), &value, sizeof(value));
      return true;
    }
    case CellKind::kUint128: {
      Uint128 value = 0;
      if (ParseUint128(text, value) != ParseResult::kOk) {
        return WriteByCast(row, text, reason);
      }
      std::memcpy(cells_ + row * sizeof(value), &value, sizeof(value));
      return true;
    }
    case CellKind::kTime:
    case CellKind::kUuid:
    case CellKind::kOther:
      return WriteByCast(row, text, reason);
  }
  return false;
}

bool CellWriter::WriteNarrowInteger(idx_t row, const WholeNumber& number) {
  if (kind_ == CellKind::kUint64) {
    reinterpret_cast<uint64_t*>(cells_)[row] = number.magnitude;
    return !number.negative || number.magnitude == 0;
  }
  int64_t value = 0;
  if (!ToSigned(number, value)) {
    return false;
  }
  switch (kind_) {
    case CellKind::kInt8:
      return StoreInRange<int8_t>(cells_, row, value);
    case CellKind::kInt16:
      return StoreInRange<int16_t>(cells_, row, value);
    case CellKind::kInt32:
      return StoreInRange<int32_t>(cells_, row, value);
    case CellKind::kUint8:
      return StoreInRange<uint8_t>(cells_, row, value);
    case CellKind::kUint16:
      return StoreInRange<uint16_t>(cells_, row, value);
    case CellKind::kUint32:
      return StoreInRange<uint32_t>(cells_, row, value);
    default:
      return false;
  }
}

bool CellWriter::WriteIntegerText(idx_t row, std::string_view text, std::string& reason) {
  const char* p = text.data();
  const char* const end = p + text.size();
  WholeNumber number;
  const ParseResult result = TakeWholeNumber(p, end, number);
  if (p != end || result == ParseResult::kMalformed) {
    return WriteByCast(row, text, reason);
  }
  if (result == ParseResult::kOutOfRange || !WriteInteger(row, number)) {
    return OutOfRange(text, reason);
  }
  return true;
}

bool CellWriter::WriteDouble(idx_t row, double value) {
  if (kind_ == CellKind::kDouble) {
    reinterpret_cast<double*>(cells_)[row] = value;
    return true;
  }
  const auto narrow = static_cast<float>(value);
  reinterpret_cast<float*>(cells_)[row] = narrow;
  return std::isfinite(narrow) || !std::isfinite(value);
}

bool CellWriter::WriteDoubleText(idx_t row, std::string_view text, std::string& reason) {
  const char* p = text.data();
  const char* const end = p + text.size();
  double value = 0;
  const ParseResult result = TakeDouble(p, end, value);
  if (p != end || result == ParseResult::kMalformed) {
    return WriteByCast(row, text, reason);
  }
  if (result == ParseResult::kOutOfRange || !WriteDouble(row, value)) {
    return OutOfRange(text, reason);
  }
  return true;
}

bool CellWriter::StoreDecimal(idx_t row, Int128 value) {
  switch (type_.InternalType()) {
    case duckdb::PhysicalType::INT16:
      reinterpret_cast<int16_t*>(cells_)[row] = static_cast<int16_t>(value);
      return true;
    case duckdb::PhysicalType::INT32:
      reinterpret_cast<int32_t*>(cells_)[row] = static_cast<int32_t>(value);
      return true;
    case duckdb::PhysicalType::INT64:
      reinterpret_cast<int64_t*>(cells_)[row] = static_cast<int64_t>(value);
      return true;
    default:
      std::memcpy(cells_ + row * sizeof(value), &value, sizeof(value));
      return true;
  }
}

bool CellWriter::WriteDecimalText(idx_t row, std::string_view text, std::string& reason) {
  Int128 value = 0;
  switch (ParseDecimal(text, decimal_width_, decimal_scale_, value)) {
    case ParseResult::kOk:
      return StoreDecimal(row, value);
    case ParseResult::kOutOfRange:
      return OutOfRange(text, reason);
    case ParseResult::kMalformed:
      return WriteByCast(row, text, reason);
  }
  return false;
}

bool CellWriter::WriteDecimalBytes(idx_t row, std::string_view text, std::string& reason) {
  if (!DecodeBase64(text, scratch_) || scratch_.empty()) {
    reason =
        "expected the Base64 bytes of a " + type_.ToString() + ", found " + QuoteForMessage(text);
    return false;
  }
  // Big-endian two's complement, as long as needed.
  const bool negative = (static_cast<unsigned char>(scratch_.front()) & 0x80) != 0;
  const char filler = negative ? '\xFF' : '\0';
  const auto significant = scratch_.find_first_not_of(filler);
  const std::string_view bytes = significant == std::string::npos
                                     ? std::string_view()
                                     : std::string_view(scratch_).substr(significant);
  if (bytes.size() > 16) {
    return OutOfRange(text, reason);
  }
  Uint128 bits = negative ? ~Uint128{0} : Uint128{0};
  for (const char c : bytes) {
    bits = bits << 8 | static_cast<unsigned char>(c);
  }
  const auto value = static_cast<Int128>(bits);
  Uint128 limit = 1;
  for (int i = 0; i < decimal_width_; ++i) {
    limit *= 10;
  }
  const Uint128 magnitude = value < 0 ? Uint128{0} - bits : bits;
  if (magnitude >= limit || (value < 0) != negative) {
    return OutOfRange(text, reason);
  }
  return StoreDecimal(row, value);
}

bool CellWriter::WriteInstant(idx_t row, const Instant& instant) {
  const int64_t units = timestamp_units_per_second_;
  int64_t value = 0;
  if (__builtin_mul_overflow(instant.seconds, units, &value) ||
      __builtin_add_overflow(value, instant.nanos / (1'000'000'000 / units), &value)) {
    return false;
  }
  // The two ends are infinity and -infinity.
  constexpr int64_t kInfinity = std::numeric_limits<int64_t>::max();
  reinterpret_cast<int64_t*>(cells_)[row] = value;
  return value > -kInfinity && value < kInfinity;
}

bool CellWriter::WriteTimestampText(idx_t row, std::string_view text, std::string& reason) {
  Instant instant;
  if (ParseRfc3339(text, instant, last_date_)) {
    return WriteInstant(row, instant) || OutOfRange(text, reason);
  }
  if (format_.timestamp != TimestampFormat::kRfc3339) {
    switch (ParseUnixTime(text, UnitsPerSecond(format_.timestamp), instant)) {
      case ParseResult::kOk:
        return WriteInstant(row, instant) || OutOfRange(text, reason);
      case ParseResult::kOutOfRange:
        return OutOfRange(text, reason);
      case ParseResult::kMalformed:
        break;
    }
  }
  return WriteByCast(row, text, reason);
}

bool CellWriter::WriteBlobText(idx_t row, std::string_view text, std::string& reason) {
  if (!format_.base64_blobs) {
    return WriteByCast(row, text, reason);
  }
  if (!DecodeBase64(text, scratch_)) {
    reason = "expected Base64, found " + QuoteForMessage(text);
    return false;
  }
  WriteString(row, scratch_);
  return true;
}

bool CellWriter::WriteEnumText(idx_t row, std::string_view text, std::string& reason) {
  const int64_t position = duckdb::EnumType::GetPos(
      type_, duckdb::string_t(text.data(), static_cast<uint32_t>(text.size())));
  if (position < 0) {
    reason = "expected a value of the " + type_.ToString().substr(0, 200) + ", found " +
             QuoteForMessage(text);
    return false;
  }
  switch (type_.InternalType()) {
    case duckdb::PhysicalType::UINT8:
      reinterpret_cast<uint8_t*>(cells_)[row] = static_cast<uint8_t>(position);
      return true;
    case duckdb::PhysicalType::UINT16:
      reinterpret_cast<uint16_t*>(cells_)[row] = static_cast<uint16_t>(position);
      return true;
    default:
      reinterpret_cast<uint32_t*>(cells_)[row] = static_cast<uint32_t>(position);
      return true;
  }
}

bool CellWriter::WriteByCast(idx_t row, std::string_view text, std::string& reason) {
  try {
    Value value;
    std::string message;
    const Value source{std::string(Trim(text))};
    // DuckDB's cast to types without zone ignores an offset in the text; here it counts.
    const bool may_have_offset =
        kind_ == CellKind::kTimestamp && type_.id() != LogicalTypeId::TIMESTAMP_NS;
    Value instant;
    if (may_have_offset &&
        source.DefaultTryCastAs(data::LogicalType::TIMESTAMP_TZ, instant, &message, false) &&
        Value::TIMESTAMP(duckdb::timestamp_t(instant.GetValueUnsafe<int64_t>()))
            .DefaultTryCastAs(type_, value, &message, false)) {
      vector_->SetValue(row, value);
      return true;
    }
    if (!may_have_offset && source.DefaultTryCastAs(type_, value, &message, /*strict=*/false)) {
      vector_->SetValue(row, value);
      return true;
    }
  } catch (const std::exception&) {
    // Told as any other text that is not of the type.
  }
  reason = "expected " + type_.ToString() + ", found " + QuoteForMessage(text);
  return false;
}

bool CellWriter::OutOfRange(std::string_view text, std::string& reason) const {
  reason = "out of range for " + type_.ToString() + ": " + std::string(text.substr(0, 60));
  return false;
}

}  // namespace laminar::formats
