// CsvEncoder: rows to CSV (RFC 4180, lines end with a line feed). The header comes once, first;
// fields are quoted where they must be; values are written so that DuckDB's casts read them back;
// NULL is the null text, and a text that looks like it is quoted. Hidden columns are not written.
// Owned by a sink writer; task thread.
#ifndef LAMINAR_FORMATS_CSV_CSV_ENCODER_H_
#define LAMINAR_FORMATS_CSV_CSV_ENCODER_H_

#include <string>
#include <string_view>
#include <vector>

#include "data/schema.h"
#include "formats/csv/csv_dialect.h"
#include "formats/encoder.h"
#include "formats/text/cell_text.h"
#include "formats/text/text_buffer.h"

namespace laminar::formats {

class CsvEncoder final : public Encoder {
 public:
  /// REQUIRES: the dialect has a quote.
  CsvEncoder(const data::Schema& schema, const CsvDialect& dialect);

  absl::Status Begin(std::string& bytes) override;
  absl::Status Encode(const data::Chunk& chunk, std::string& bytes) override;

 private:
  struct Column {
    CellText cell;
    data::UnifiedVectorFormat format;
    const data::Vector* vector = nullptr;
  };

  void AppendCell(Column& column, data::idx_t row, TextBuffer& out);
  void AppendText(std::string_view text, TextBuffer& out) const;
  void AppendQuoted(std::string_view text, TextBuffer& out) const;
  /// Puts what stands behind `begin` into quotes where it needs them.
  void QuoteBehind(size_t begin, TextBuffer& out) const;
  bool NeedsQuotes(std::string_view text) const;
  bool IsSpecial(char c) const;

  const CsvDialect dialect_;
  const char quote_;
  const char escape_;
  const bool numbers_need_care_;  // the delimiter or the null text may occur in numbers and times
  std::vector<std::string> names_;
  std::vector<Column> columns_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_CSV_CSV_ENCODER_H_
