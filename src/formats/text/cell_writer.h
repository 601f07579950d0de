// CellWriter: text into the cells of one flat vector, checked, in every scalar type. Usual forms
// take a short way; everything else goes through DuckDB's own cast, so that what is accepted is
// what CAST(text AS type) accepts. Owned by a decoder, one per column; task thread.
#ifndef LAMINAR_FORMATS_TEXT_CELL_WRITER_H_
#define LAMINAR_FORMATS_TEXT_CELL_WRITER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "data/vector.h"
#include "formats/text/number_text.h"
#include "formats/text/string_slab.h"
#include "formats/text/time_text.h"

namespace laminar::formats {

enum class CellKind : uint8_t {
  kBoolean,
  kInt8,
  kInt16,
  kInt32,
  kInt64,
  kUint8,
  kUint16,
  kUint32,
  kUint64,
  kInt128,
  kUint128,
  kFloat,
  kDouble,
  kDecimal,
  kText,
  kBlob,
  kDate,
  kTimestamp,  // every resolution, with or without zone
  kEnum,
  kTime,
  kUuid,
  kOther,  // by DuckDB's cast only
};

CellKind CellKindOf(const data::LogicalType& type);
/// Units per second of a timestamp type.
int64_t TimestampUnitsPerSecond(const data::LogicalType& type);

/// How a decimal is written: as its digits, or as the bytes of the unscaled number.
enum class DecimalEncoding { kNumber, kString, kBytes };

struct CellFormat {
  TimestampFormat timestamp = TimestampFormat::kRfc3339;
  DecimalEncoding decimal = DecimalEncoding::kNumber;
  bool base64_blobs = false;  // else DuckDB's escapes (\xAA)
};

class CellWriter {
 public:
  CellWriter(data::LogicalType type, const CellFormat& format);

  /// Cells go to `vector` (flat, allocated) from now on; `expected_bytes` of strings may come.
  void Attach(data::Vector& vector, size_t expected_bytes);
  /// As Attach, after the vector's buffers have moved.
  void AttachAgain(data::Vector& vector);

  CellKind kind() const { return kind_; }
  const data::LogicalType& type() const { return type_; }
  const CellFormat& format() const { return format_; }

  /// Reads the whole text as the type. False when it cannot be: `reason` then holds why. The text
  /// of kText must be valid UTF-8.
  bool WriteText(data::idx_t row, std::string_view text, std::string& reason);

  /// Reads the digits of a decimal, whatever the encoding of decimals in text. REQUIRES: kind is
  /// kDecimal.
  bool WriteDecimalText(data::idx_t row, std::string_view text, std::string& reason);

  /// Stores a whole number. False when out of range. REQUIRES: kind is kInt8..kUint64.
  bool WriteInteger(data::idx_t row, const WholeNumber& number) {
    int64_t value = 0;
    if (kind_ == CellKind::kInt64) [[likely]] {
      const bool fits = ToSigned(number, value);
      reinterpret_cast<int64_t*>(cells_)[row] = value;
      return fits;
    }
    return WriteNarrowInteger(row, number);
  }
  /// REQUIRES: kind is kDouble or kFloat. False when a FLOAT overflows.
  bool WriteDouble(data::idx_t row, double value);
  /// REQUIRES: kind is kTimestamp. False when out of range.
  bool WriteInstant(data::idx_t row, const Instant& instant);
  /// Reads RFC 3339. False when the text is not, or out of range. REQUIRES: kind is kTimestamp.
  bool WriteRfc3339(data::idx_t row, std::string_view text) {
    Instant instant;
    return ParseRfc3339(text, instant, last_date_) && WriteInstant(row, instant);
  }
  /// REQUIRES: kind is kText or kBlob.
  void WriteString(data::idx_t row, std::string_view bytes) {
    reinterpret_cast<duckdb::string_t*>(cells_)[row] = slab_.Add(bytes);
  }
  /// REQUIRES: kind is kBoolean.
  void WriteBoolean(data::idx_t row, bool value) { reinterpret_cast<bool*>(cells_)[row] = value; }

  /// Room for a string that is written in place: Reserve, fill, CommitString.
  StringSlab& slab() { return slab_; }
  [[gnu::always_inline]] void CommitString(data::idx_t row, size_t num_bytes) {
    reinterpret_cast<duckdb::string_t*>(cells_)[row] = slab_.Commit(num_bytes);
  }

 private:
  bool WriteNarrowInteger(data::idx_t row, const WholeNumber& number);
  bool WriteIntegerText(data::idx_t row, std::string_view text, std::string& reason);
  bool WriteDoubleText(data::idx_t row, std::string_view text, std::string& reason);
  bool WriteDecimalBytes(data::idx_t row, std::string_view text, std::string& reason);
  bool WriteTimestampText(data::idx_t row, std::string_view text, std::string& reason);
  bool WriteBlobText(data::idx_t row, std::string_view text, std::string& reason);
  bool WriteEnumText(data::idx_t row, std::string_view text, std::string& reason);
  bool StoreDecimal(data::idx_t row, Int128 value);
  bool WriteByCast(data::idx_t row, std::string_view text, std::string& reason);
  bool OutOfRange(std::string_view text, std::string& reason) const;

  data::LogicalType type_;
  CellFormat format_;
  CellKind kind_;
  uint8_t decimal_width_ = 0;
  uint8_t decimal_scale_ = 0;
  int64_t timestamp_units_per_second_ = 0;
  data::Vector* vector_ = nullptr;
  duckdb::data_ptr_t cells_ = nullptr;
  StringSlab slab_;
  LastDate last_date_;
  std::string scratch_;
};

/// Bytes from outside for a message: cut to a readable length, in single quotes.
std::string QuoteForMessage(std::string_view text);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_CELL_WRITER_H_
