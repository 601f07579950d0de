// CsvScanner: cuts text into records and fields (RFC 4180). A first pass finds every delimiter,
// quote and line feed, 64 bytes at a time; a second one walks from one to the next and knows which
// are inside quotes. Owned by a decoder; task thread.
#ifndef LAMINAR_FORMATS_CSV_CSV_SCANNER_H_
#define LAMINAR_FORMATS_CSV_CSV_SCANNER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "formats/csv/csv_dialect.h"

namespace laminar::formats {

struct CsvField {
  std::string_view text;  // between the quotes, escapes still in it
  bool quoted = false;
  bool escaped = false;
};

class CsvScanner {
 public:
  enum class Result {
    kRecord,
    kBlank,       // a blank line or a comment
    kIncomplete,  // the text ends within the record
    kBad,         // `reason()` says why; its first line is told, the next may be good
    kEnd,         // no record begins
  };

  explicit CsvScanner(const CsvDialect& dialect);

  /// Scans `text` from now on; it stays readable until the last call.
  void Start(std::string_view text);
  /// Goes to the next record.
  Result Next();

  /// Of the record found last. Views into the text.
  const std::vector<CsvField>& fields() const { return fields_; }
  size_t record_begin() const { return record_begin_; }
  /// Behind its line feed.
  size_t record_end() const { return next_record_; }
  std::string_view reason() const { return reason_; }
  /// Of kBad: where it was seen.
  size_t bad_offset() const { return bad_offset_; }
  /// Gives up the record found last, but for its first line: the next line begins a record.
  void KeepFirstLine() {
    next_special_ = record_special_;
    SkipLine();
  }
  /// Whether all of the text is ASCII.
  bool is_ascii() const { return is_ascii_; }

  /// Undoes the escapes of a field into `out` (room for its size); returns the length.
  size_t Unescape(std::string_view field, char* out) const;

 private:
  void FindSpecials();
  Result TakeQuoted(size_t begin);
  Result TakePlain(size_t begin);
  Result TakeBad(std::string_view reason);
  Result SkipLine();

  const CsvDialect dialect_;
  const char quote_;  // a line feed when there is none: never met at the start of a field
  const char escape_;
  std::string_view text_;
  std::vector<uint32_t> specials_;
  size_t num_specials_ = 0;
  bool is_ascii_ = true;

  std::vector<CsvField> fields_;
  size_t record_begin_ = 0;
  size_t next_record_ = 0;
  size_t next_special_ = 0;
  size_t record_special_ = 0;  // the first special of the record
  size_t field_end_ = 0;       // the delimiter or line feed behind the field taken last
  std::string_view reason_;
  size_t bad_offset_ = 0;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_CSV_CSV_SCANNER_H_
