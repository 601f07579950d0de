#include "formats/csv/csv_decoder.h"

#include <algorithm>

#include "duckdb/common/string_util.hpp"

#include "formats/text/byte_order_mark.h"
#include "formats/text/utf8.h"

namespace laminar::formats {
namespace {

constexpr size_t kWindowBytes = 64 * 1024;

std::string_view WithoutLineEnd(std::string_view record) {
  while (!record.empty() && (record.back() == '\n' || record.back() == '\r')) {
    record.remove_suffix(1);
  }
  return record;
}

bool SameName(std::string_view a, std::string_view b) {
  return duckdb::StringUtil::CIEquals(std::string(a), std::string(b));
}

std::string Trimmed(std::string_view text) {
  while (!text.empty() && IsBlank(text.front())) {
    text.remove_prefix(1);
  }
  while (!text.empty() && IsBlank(text.back())) {
    text.remove_suffix(1);
  }
  return std::string(text);
}

}  // namespace

std::string_view CsvFieldText(const CsvScanner& scanner,
                              const CsvField& field,
                              std::string& scratch) {
  if (!field.escaped) {
    return field.text;
  }
  scratch.resize(field.text.size());
  return std::string_view(scratch).substr(0, scanner.Unescape(field.text, scratch.data()));
}

CsvDecoder::CsvDecoder(std::vector<data::Field> fields,
                       const std::vector<size_t>& wanted,
                       const CsvDecoderOptions& options,
                       BadRecordHandler& handler)
    : fields_(std::move(fields)), options_(options), handler_(handler), scanner_(options.dialect) {
  columns_.reserve(wanted.size());
  for (const size_t index : wanted) {
    columns_.emplace_back(index, fields_[index].type);
  }
}

void CsvDecoder::StartInput() {
  input_started_ = false;
  first_record_taken_ = false;
  in_long_line_ = false;
  header_.clear();
}

DecoderProgress CsvDecoder::SaveProgress() const {
  DecoderProgress progress;
  progress.started = first_record_taken_;
  progress.in_long_line = in_long_line_;
  progress.header = header_;
  return progress;
}

absl::Status CsvDecoder::Resume(const DecoderProgress& progress) {
  StartInput();
  input_started_ = true;
  first_record_taken_ = progress.started;
  in_long_line_ = progress.in_long_line;
  header_ = progress.header;
  if (header_.empty()) {
    MatchByPlace();
    return absl::OkStatus();
  }
  last_line_ = header_;
  if (!last_line_.ends_with('\n')) {
    last_line_ += '\n';
  }
  scanner_.Start(last_line_);
  if (scanner_.Next() != CsvScanner::Result::kRecord) {
    return base::InvalidArgument("the CSV header cannot be read as it was before: " + header_);
  }
  return TakeHeader();
}

absl::StatusOr<size_t> CsvDecoder::Decode(std::string_view bytes,
                                          int64_t position,
                                          bool at_end,
                                          data::Chunk& chunk) {
  size_t used = 0;
  if (!input_started_) {
    const std::optional<size_t> mark = ByteOrderMarkLength(bytes, at_end);
    if (!mark.has_value()) {
      return 0;
    }
    used = *mark;
    input_started_ = true;
  }
  num_rows_ = chunk.num_rows();
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].vector = &chunk.column(i);
    columns_[i].cell.Attach(chunk.column(i), bytes.size() / 2);
  }
  absl::Status status;
  while (used < bytes.size() && num_rows_ < base::kRowsPerChunkMax) {
    const auto part = DecodeRest(bytes.substr(used), position + static_cast<int64_t>(used), at_end);
    if (!part.ok()) {
      status = part.status();
      break;
    }
    if (*part == 0) {
      break;
    }
    used += *part;
  }
  chunk.set_num_rows(num_rows_);
  if (!status.ok()) {
    return status;
  }
  return used;
}

absl::StatusOr<size_t> CsvDecoder::DecodeRest(std::string_view rest,
                                              int64_t position,
                                              bool at_end) {
  if (in_long_line_) {
    const size_t line_end = rest.find('\n');
    in_long_line_ = line_end == std::string_view::npos;
    return in_long_line_ ? rest.size() : line_end + 1;
  }
  // Not much more than the chunk takes, so that little is scanned twice; more where a record is
  // longer.
  const size_t num_rows_left = base::kRowsPerChunkMax - num_rows_;
  size_t window = std::min(kWindowBytes, num_rows_left * record_bytes_ + 1024);
  while (true) {
    LAMINAR_ASSIGN_OR_RETURN(const size_t used, DecodeText(rest.substr(0, window), position));
    if (used > 0 || num_rows_ == base::kRowsPerChunkMax) {
      return used;
    }
    if (window >= rest.size() || static_cast<int64_t>(window) > options_.record_bytes_max) {
      break;
    }
    window *= 2;
  }
  if (static_cast<int64_t>(rest.size()) > options_.record_bytes_max) {
    return DropLine(rest, position, /*is_too_long=*/true);
  }
  if (!at_end) {
    return 0;
  }
  if (rest.back() != '\n') {
    last_line_.assign(rest);
    last_line_ += '\n';
    LAMINAR_ASSIGN_OR_RETURN(const size_t used, DecodeText(last_line_, position));
    if (used > 0) {
      return std::min(used, rest.size());
    }
  }
  return DropLine(rest, position, /*is_too_long=*/false);
}

// Tells the first line as bad; what follows may be good.
absl::StatusOr<size_t> CsvDecoder::DropLine(std::string_view rest,
                                            int64_t position,
                                            bool is_too_long) {
  const size_t line_end = rest.find('\n');
  in_long_line_ = line_end == std::string_view::npos;
  const size_t used = in_long_line_ ? rest.size() : line_end + 1;
  LAMINAR_RETURN_IF_ERROR(is_too_long
                              ? TellTooLong(rest.substr(0, used), position)
                              : handler_.Handle({WithoutLineEnd(rest.substr(0, used)),
                                                 "the quote of a field is not closed", position}));
  return used;
}

// The same records are too long, however many bytes are there when that is seen.
bool CsvDecoder::IsTooLong(CsvScanner::Result result, std::string_view record) const {
  const size_t seen =
      result == CsvScanner::Result::kBad ? scanner_.bad_offset() - scanner_.record_begin() : 0;
  return static_cast<int64_t>(std::max(record.size() - 1, seen)) > options_.record_bytes_max;
}

absl::Status CsvDecoder::TellTooLong(std::string_view line, int64_t position) {
  return handler_.Handle(
      {WithoutLineEnd(line.substr(0, static_cast<size_t>(options_.record_bytes_max))),
       "longer than framing.newline.max_length (" + std::to_string(options_.record_bytes_max) +
           " bytes)",
       position});
}

// Takes the whole records at the beginning of the text; returns their length.
absl::StatusOr<size_t> CsvDecoder::DecodeText(std::string_view text, int64_t position) {
  scanner_.Start(text);
  const data::idx_t num_rows_before = num_rows_;
  size_t used = 0;
  while (num_rows_ < base::kRowsPerChunkMax) {
    const CsvScanner::Result result = scanner_.Next();
    if (result == CsvScanner::Result::kEnd || result == CsvScanner::Result::kIncomplete) {
      break;
    }
    const std::string_view record =
        text.substr(scanner_.record_begin(), scanner_.record_end() - scanner_.record_begin());
    const int64_t record_position = position + static_cast<int64_t>(scanner_.record_begin());
    if (IsTooLong(result, record)) [[unlikely]] {
      scanner_.KeepFirstLine();
      LAMINAR_RETURN_IF_ERROR(TellTooLong(
          text.substr(scanner_.record_begin(), scanner_.record_end() - scanner_.record_begin()),
          record_position));
    } else if (result == CsvScanner::Result::kRecord) [[likely]] {
      LAMINAR_RETURN_IF_ERROR(TakeRecord(record, record_position));
    } else if (result == CsvScanner::Result::kBad) {
      LAMINAR_RETURN_IF_ERROR(
          handler_.Handle({WithoutLineEnd(record), scanner_.reason(), record_position}));
    } else if (IsRowOfNull(record)) {
      TakeNull();
    }
    used = scanner_.record_end();
  }
  if (num_rows_ > num_rows_before) {
    record_bytes_ = used / (num_rows_ - num_rows_before) + 1;
  }
  return used;
}

// In a table of one column, a blank line is how its NULL is written.
bool CsvDecoder::IsRowOfNull(std::string_view record) const {
  return fields_.size() == 1 && fields_[0].nullable && options_.dialect.null_text.empty() &&
         WithoutLineEnd(record).empty() &&
         (first_record_taken_ || options_.dialect.header == CsvDialect::Header::kNo);
}

void CsvDecoder::TakeNull() {
  if (!first_record_taken_) {
    first_record_taken_ = true;
    MatchByPlace();
  }
  for (Column& column : columns_) {
    duckdb::FlatVector::SetNull(*column.vector, num_rows_, true);
  }
  ++num_rows_;
}

absl::Status CsvDecoder::TakeRecord(std::string_view record, int64_t position) {
  if (!first_record_taken_) [[unlikely]] {
    first_record_taken_ = true;
    bool is_header = false;
    LAMINAR_RETURN_IF_ERROR(TakeFirstRecord(record, is_header));
    if (is_header) {
      return absl::OkStatus();
    }
  }
  if (StoreRow(record)) [[likely]] {
    ++num_rows_;
    return absl::OkStatus();
  }
  RollBackRow();
  return handler_.Handle({WithoutLineEnd(record), reason_, position});
}

absl::Status CsvDecoder::TakeFirstRecord(std::string_view record, bool& is_header) {
  is_header = options_.dialect.header == CsvDialect::Header::kYes ||
              (options_.dialect.header == CsvDialect::Header::kAuto && IsHeader());
  if (is_header) {
    header_ = record;
    return TakeHeader();
  }
  MatchByPlace();
  return absl::OkStatus();
}

bool CsvDecoder::IsHeader() const {
  const auto num_names =
      std::count_if(scanner_.fields().begin(), scanner_.fields().end(), [&](const CsvField& field) {
        const std::string name = Trimmed(field.text);
        return std::any_of(fields_.begin(), fields_.end(),
                           [&](const data::Field& column) { return SameName(column.name, name); });
      });
  return 2 * static_cast<size_t>(num_names) > std::min(scanner_.fields().size(), fields_.size());
}

void CsvDecoder::MatchByPlace() {
  num_fields_ = fields_.size();
  for (Column& column : columns_) {
    column.place = column.field;
  }
}

absl::Status CsvDecoder::TakeHeader() {
  std::vector<std::string> names;
  std::string all_names;
  for (const CsvField& field : scanner_.fields()) {
    names.push_back(Trimmed(CsvFieldText(scanner_, field, scratch_)));
    all_names += (all_names.empty() ? "" : ", ") + names.back();
  }
  num_fields_ = names.size();
  size_t num_found = 0;
  for (Column& column : columns_) {
    const data::Field& wanted = fields_[column.field];
    auto found = std::find(names.begin(), names.end(), wanted.name);
    if (found == names.end()) {
      found = std::find_if(names.begin(), names.end(),
                           [&](const std::string& name) { return SameName(name, wanted.name); });
    }
    column.place = found == names.end() ? kAbsent : static_cast<size_t>(found - names.begin());
    num_found += found != names.end() ? 1 : 0;
    if (found == names.end() && !wanted.nullable) {
      return base::InvalidArgument("the CSV header has no column '" + wanted.name +
                                   "', which is NOT NULL; it has: " + all_names);
    }
  }
  if (num_found == 0 && !columns_.empty()) {
    return base::InvalidArgument(
        "the CSV header names no column of the table (set csv.header = 'false' if the first line "
        "is data); it has: " +
        all_names);
  }
  return absl::OkStatus();
}

bool CsvDecoder::StoreRow(std::string_view record) {
  const std::vector<CsvField>& fields = scanner_.fields();
  if (fields.size() != num_fields_) {
    reason_ = "expected " + std::to_string(num_fields_) + " fields, found " +
              std::to_string(fields.size());
    return false;
  }
  const bool check_utf8 = !scanner_.is_ascii() && !IsUtf8(record);
  for (Column& column : columns_) {
    if (column.place == kAbsent) {
      StoreNull(column);
      continue;
    }
    const CsvField& field = fields[column.place];
    if (check_utf8 && !IsUtf8(field.text)) [[unlikely]] {
      reason_ = "field '" + fields_[column.field].name + "': invalid UTF-8";
      return false;
    }
    if (!StoreCell(column, field)) [[unlikely]] {
      reason_ = "field '" + fields_[column.field].name + "': " + reason_;
      return false;
    }
  }
  return true;
}

bool CsvDecoder::StoreCell(Column& column, const CsvField& field) {
  const CellKind kind = column.cell.kind();
  const bool is_text = kind == CellKind::kText || kind == CellKind::kBlob;
  if (!field.quoted && field.text == options_.dialect.null_text) {
    return StoreNull(column);
  }
  if (field.text.empty() && !is_text) {
    return StoreNull(column);
  }
  const std::string_view text = CsvFieldText(scanner_, field, scratch_);
  if (column.cell.type().IsJSONType() && !json_checker_.Check(text, reason_)) {
    return false;
  }
  return column.cell.WriteText(num_rows_, text, reason_);
}

bool CsvDecoder::StoreNull(Column& column) {
  if (!fields_[column.field].nullable) {
    reason_ = "NULL, but NOT NULL";
    return false;
  }
  duckdb::FlatVector::SetNull(*column.vector, num_rows_, true);
  return true;
}

void CsvDecoder::RollBackRow() {
  for (Column& column : columns_) {
    duckdb::FlatVector::Validity(*column.vector).SetValid(num_rows_);
  }
}

}  // namespace laminar::formats
