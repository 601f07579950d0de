// CellText: cells of one column to text, in every scalar type; the inverse of CellWriter. Owned by
// an encoder, one per column; task thread.
#ifndef LAMINAR_FORMATS_TEXT_CELL_TEXT_H_
#define LAMINAR_FORMATS_TEXT_CELL_TEXT_H_

#include <string_view>

#include "data/vector.h"
#include "formats/text/cell_writer.h"
#include "formats/text/text_buffer.h"

namespace laminar::formats {

/// How timestamps look as text.
struct TimestampStyle {
  char separator = ' ';           // between date and time
  std::string_view utc;           // behind types without zone
  std::string_view utc_of_zoned;  // behind TIMESTAMPTZ
};

class CellText {
 public:
  CellText(data::LogicalType type, const CellFormat& format, const TimestampStyle& style);

  CellKind kind() const { return kind_; }
  const data::LogicalType& type() const { return type_; }
  /// Whether the text is a number (or NaN, infinity) rather than words.
  bool is_number() const;

  /// Appends the cell at `index` (a position in the vector's data, not NULL) of a column whose data
  /// is `cells`. Not for kText and kBlob, whose bytes the encoder takes itself.
  void Append(const void* cells, data::idx_t index, TextBuffer& out);
  /// Whether the cell is NaN or infinite. REQUIRES: kFloat or kDouble.
  bool IsNotFinite(const void* cells, data::idx_t index) const;

 private:
  void AppendTimestamp(int64_t units, TextBuffer& out);
  void AppendDecimal(const void* cells, data::idx_t index, TextBuffer& out) const;
  void AppendUuid(const void* cells, data::idx_t index, TextBuffer& out) const;
  void AppendByCast(const void* cells, data::idx_t index, TextBuffer& out) const;
  Int128 DecimalAt(const void* cells, data::idx_t index) const;

  data::LogicalType type_;
  CellFormat format_;
  TimestampStyle style_;
  CellKind kind_;
  duckdb::PhysicalType physical_type_;
  uint8_t decimal_scale_ = 0;
  int64_t units_per_second_ = 0;
  DateText date_text_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_CELL_TEXT_H_
