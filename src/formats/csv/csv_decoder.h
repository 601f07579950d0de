// CsvDecoder: CSV records to rows. Fields are matched with columns by the names of a header where
// there is one, else by place; values are read as DuckDB's casts from text read them. A record with
// more or fewer fields than the others is bad, as is one whose quotes do not close; reading goes on
// with the next line. Owned by a source reader; task thread.
#ifndef LAMINAR_FORMATS_CSV_CSV_DECODER_H_
#define LAMINAR_FORMATS_CSV_CSV_DECODER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "data/schema.h"
#include "formats/csv/csv_dialect.h"
#include "formats/csv/csv_scanner.h"
#include "formats/decoder.h"
#include "formats/json/json_checker.h"
#include "formats/text/cell_writer.h"

namespace laminar::formats {

struct CsvDecoderOptions {
  CsvDialect dialect;
  int64_t record_bytes_max = base::kRecordBytesMax;
};

class CsvDecoder final : public Decoder {
 public:
  /// `fields` are those of the records when there is no header; `wanted` the positions among them
  /// to deliver, in the order of the chunk. `handler` outlives the decoder.
  CsvDecoder(std::vector<data::Field> fields,
             const std::vector<size_t>& wanted,
             const CsvDecoderOptions& options,
             BadRecordHandler& handler);

  /// InvalidArgument when a header does not fit the table.
  absl::StatusOr<size_t> Decode(std::string_view bytes,
                                int64_t position,
                                bool at_end,
                                data::Chunk& chunk) override;
  void StartInput() override;
  DecoderProgress SaveProgress() const override;
  /// InvalidArgument when the header does not fit the table.
  absl::Status Resume(const DecoderProgress& progress) override;

 private:
  static constexpr size_t kAbsent = static_cast<size_t>(-1);

  struct Column {
    Column(size_t index, const data::LogicalType& type) : field(index), cell(type, {}) {}
    size_t field;            // in the table
    size_t place = kAbsent;  // in the records
    CellWriter cell;
    data::Vector* vector = nullptr;
  };

  absl::StatusOr<size_t> DecodeRest(std::string_view rest, int64_t position, bool at_end);
  absl::StatusOr<size_t> DecodeText(std::string_view text, int64_t position);
  absl::StatusOr<size_t> DropLine(std::string_view rest, int64_t position, bool is_too_long);
  bool IsTooLong(CsvScanner::Result result, std::string_view record) const;
  absl::Status TellTooLong(std::string_view line, int64_t position);
  absl::Status TakeRecord(std::string_view record, int64_t position);
  bool IsRowOfNull(std::string_view record) const;
  void TakeNull();
  absl::Status TakeFirstRecord(std::string_view record, bool& is_header);
  bool IsHeader() const;
  absl::Status TakeHeader();
  void MatchByPlace();
  bool StoreRow(std::string_view record);
  bool StoreCell(Column& column, const CsvField& field);
  bool StoreNull(Column& column);
  void RollBackRow();

  const std::vector<data::Field> fields_;
  const CsvDecoderOptions options_;
  BadRecordHandler& handler_;
  CsvScanner scanner_;
  std::vector<Column> columns_;
  JsonChecker json_checker_;

  data::idx_t num_rows_ = 0;   // in the chunk
  size_t record_bytes_ = 128;  // of a usual record
  size_t num_fields_ = 0;      // of each record
  bool input_started_ = false;
  bool first_record_taken_ = false;
  bool in_long_line_ = false;
  std::string header_;  // as it was read
  std::string reason_;
  std::string scratch_;
  std::string last_line_;
};

/// The text of a field, with its escapes undone in `scratch` where it has any.
std::string_view CsvFieldText(const CsvScanner& scanner,
                              const CsvField& field,
                              std::string& scratch);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_CSV_CSV_DECODER_H_
