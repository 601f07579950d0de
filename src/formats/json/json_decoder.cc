#include "formats/json/json_decoder.h"

#include <algorithm>
#include <cstring>

#include "formats/text/utf8.h"

namespace laminar::formats {
namespace {

constexpr size_t kWindowBytesMax = 64 * 1024;  // its index and strings stay in the second cache
constexpr size_t kWindowBytesMin = 4 * 1024;
constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

// Length of the text up to and with its last line feed; 0 when there is none.
size_t LengthOfLines(std::string_view text) {
  const void* const last = text.empty() ? nullptr : memrchr(text.data(), '\n', text.size());
  return last == nullptr ? 0
                         : static_cast<size_t>(static_cast<const char*>(last) - text.data()) + 1;
}

std::string_view FirstLine(std::string_view text) { return text.substr(0, text.find('\n') + 1); }

std::string_view WithoutBlanksBehind(std::string_view text) {
  while (!text.empty() && IsBlank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
}

// Whether the line looks like a part of an object that is printed over several lines, rather than
// like a record that was cut off.
bool LooksContinued(std::string_view line, std::string_view behind) {
  const std::string_view text = WithoutBlanksBehind(line);
  if (text.empty() || behind.empty()) {
    return false;
  }
  const bool is_open = std::strchr("{[,:", text.back()) != nullptr;
  const size_t first = behind.find_first_not_of(" \t\r\n");
  const bool goes_on =
      first != std::string_view::npos && std::strchr(",:}]", behind[first]) != nullptr;
  return (is_open && behind.front() != '{') || goes_on;
}

}  // namespace

JsonDecoder::JsonDecoder(const std::vector<data::Field>& fields,
                         const JsonDecoderOptions& options,
                         BadRecordHandler& handler)
    : options_(options),
      handler_(handler),
      row_("", data::LogicalType::SQLNULL, /*may_be_null=*/false, options.cell),
      reader_(row_, options.form),
      window_bytes_(kWindowBytesMax) {
  row_.shape = JsonColumn::Shape::kStruct;
  for (const data::Field& field : fields) {
    row_.children.push_back(
        std::make_unique<JsonColumn>(field.name, field.type, field.nullable, options.cell));
    row_.fields.Add(*row_.children.back());
  }
  row_.CollectLists(lists_);
}

void JsonDecoder::StartInput() {
  input_started_ = false;
  before_first_record_ = true;
  in_array_ = false;
  in_long_line_ = false;
  num_bytes_searched_ = 0;
}

void JsonDecoder::Attach(data::Chunk& chunk, size_t num_bytes) {
  num_rows_ = chunk.num_rows();
  for (size_t i = 0; i < row_.children.size(); ++i) {
    row_.children[i]->Attach(chunk.column(i), num_bytes / 2);
  }
}

absl::StatusOr<size_t> JsonDecoder::Decode(std::string_view bytes,
                                           int64_t position,
                                           bool at_end,
                                           data::Chunk& chunk) {
  size_t used = 0;
  if (!input_started_) {
    if (!at_end && bytes.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(bytes)) {
      return 0;
    }
    used = bytes.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
    input_started_ = true;
  }
  Attach(chunk, bytes.size());
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
    num_bytes_searched_ = 0;
  }
  for (JsonColumn* list : lists_) {
    list->StoreListSizes();
  }
  chunk.set_num_rows(num_rows_);
  if (!status.ok()) {
    return status;
  }
  return used;
}

// Chooses how much to read at once: whole lines, not much more than the chunk takes, so that little
// is indexed twice. Returns 0 when there is no whole line.
size_t JsonDecoder::ChooseWindow(std::string_view rest) {
  const size_t num_rows_left = base::kRowsPerChunkMax - num_rows_;
  const size_t wanted = std::min(window_bytes_, num_rows_left * record_bytes_ + 1024);
  if (rest.size() > wanted) {
    if (const size_t lines = LengthOfLines(rest.substr(0, wanted)); lines > 0) {
      return lines;
    }
    const size_t from = std::max(std::min(num_bytes_searched_, rest.size()), wanted);
    return rest.find('\n', from) + 1;
  }
  return LengthOfLines(rest.substr(std::min(num_bytes_searched_, rest.size()))) == 0
             ? 0
             : LengthOfLines(rest);
}

absl::StatusOr<size_t> JsonDecoder::DecodeRest(std::string_view rest,
                                               int64_t position,
                                               bool at_end) {
  if (in_long_line_) {
    const size_t line_end = rest.find('\n');
    in_long_line_ = line_end == std::string_view::npos;
    return in_long_line_ ? rest.size() : line_end + 1;
  }
  size_t window = ChooseWindow(rest);
  while (window > 0) {
    LAMINAR_ASSIGN_OR_RETURN(const size_t used, DecodeWindow(rest.substr(0, window), position,
                                                             {rest.substr(window), at_end}));
    if (used > 0 || num_rows_ == base::kRowsPerChunkMax) {
      return used;
    }
    // The first record needs more lines than these.
    const size_t lines = LengthOfLines(rest);
    if (window == lines) {
      break;
    }
    const size_t enough = rest.find('\n', std::min(2 * window, lines - 1)) + 1;
    window = enough > 0 ? enough : lines;
  }
  if (at_end) {
    return DecodeLastLine(rest, position);
  }
  if (static_cast<int64_t>(rest.size()) > options_.record_bytes_max) {
    return DropLongLine(rest, position);
  }
  num_bytes_searched_ = window > 0 ? 0 : rest.size();
  return 0;
}

// The input ends without a line end, which is added.
absl::StatusOr<size_t> JsonDecoder::DecodeLastLine(std::string_view rest, int64_t position) {
  last_line_.assign(rest);
  last_line_ += '\n';
  LAMINAR_ASSIGN_OR_RETURN(const size_t used,
                           DecodeWindow(last_line_, position, {{}, /*is_last=*/true}));
  return std::min(used, rest.size());
}

absl::StatusOr<size_t> JsonDecoder::DropLongLine(std::string_view rest, int64_t position) {
  const size_t first_line = FirstLine(rest).size();
  in_long_line_ = first_line == 0;
  const size_t used = first_line > 0 ? first_line : rest.size();
  LAMINAR_RETURN_IF_ERROR(HandleBad(rest.substr(0, used), position,
                                    "longer than framing.newline.max_length (" +
                                        std::to_string(options_.record_bytes_max) + " bytes)"));
  return used;
}

absl::StatusOr<size_t> JsonDecoder::DecodeWindow(std::string_view window,
                                                 int64_t position,
                                                 Tail tail) {
  const data::idx_t num_rows_before = num_rows_;
  const Progress progress = ReadRecords(window);
  if (num_rows_ > num_rows_before) {
    record_bytes_ = progress.used / (num_rows_ - num_rows_before) + 1;
  }
  if (progress.stop == Stop::kEnd || progress.stop == Stop::kFull) {
    window_bytes_ = std::min(window_bytes_ * 2, kWindowBytesMax);
    return progress.used;
  }
  window_bytes_ = kWindowBytesMin;
  LAMINAR_ASSIGN_OR_RETURN(const size_t used,
                           DecodeOneRecord(window.substr(progress.used),
                                           position + static_cast<int64_t>(progress.used), tail));
  return progress.used + used;
}

// Reads the records of whole lines until the first bad one.
JsonDecoder::Progress JsonDecoder::ReadRecords(std::string_view text) {
  fault_ = index_.Build(text);
  if (fault_ == JsonIndex::Fault::kBlank) {
    return {Stop::kEnd, text.size()};
  }
  if (fault_ != JsonIndex::Fault::kNone) {
    return {Stop::kFault, 0};
  }
  reader_.Start(text, index_);
  size_t used = 0;
  while (SkipArraySyntax()) {
    if (num_rows_ == base::kRowsPerChunkMax) {
      return {Stop::kFull, reader_.next_offset()};
    }
    used = reader_.next_offset();
    before_first_record_ = false;
    if (!reader_.ReadRecord(num_rows_)) [[unlikely]] {
      reason_ = reader_.reason();
      RollBackRow();
      return {Stop::kBad, used};
    }
    const size_t end = reader_.end_offset();
    if (static_cast<int64_t>(end - used) > options_.record_bytes_max) [[unlikely]] {
      reason_ = "longer than framing.newline.max_length (" +
                std::to_string(options_.record_bytes_max) + " bytes)";
      RollBackRow();
      return {Stop::kBad, used};
    }
    // Behind a record comes another one, the end of its line, or the array's syntax.
    if (!reader_.at_end() && reader_.next_character() != '{') [[unlikely]] {
      const std::string_view between = text.substr(end, reader_.next_offset() - end);
      const char next = reader_.next_character();
      const bool is_array_syntax = in_array_ && (next == ',' || next == ']');
      if (!is_array_syntax && between.find('\n') == std::string_view::npos) {
        reason_ = "not JSON: more text follows the record on its line: " +
                  QuoteForMessage(FirstLine(text.substr(reader_.next_offset())));
        RollBackRow();
        return {Stop::kBad, used};
      }
    }
    KeepRow();
  }
  return {Stop::kEnd, text.size()};
}

// Steps over brackets and commas of an array around all records; false at the end of the text.
bool JsonDecoder::SkipArraySyntax() {
  while (!reader_.at_end()) {
    const char c = reader_.next_character();
    if (c == '{' || options_.form == JsonReader::RecordForm::kValue) [[likely]] {
      return true;
    }
    if (before_first_record_ && c == '[') {
      before_first_record_ = false;
      in_array_ = true;
    } else if (in_array_ && c == ']') {
      in_array_ = false;
    } else if (!in_array_ || c != ',') {
      return true;
    }
    reader_.SkipCharacter();
  }
  return false;
}

// Reads the record at the beginning of `text`, which could not be read with its neighbours. Returns
// 0 when it may be whole once more bytes follow.
absl::StatusOr<size_t> JsonDecoder::DecodeOneRecord(std::string_view text,
                                                    int64_t position,
                                                    Tail tail) {
  const std::string_view line = FirstLine(text);
  Progress progress = ReadRecords(line);
  if (progress.stop == Stop::kEnd || progress.stop == Stop::kFull) {
    return progress.used;
  }
  if (progress.stop == Stop::kFault) {
    reason_ = FaultReason(line, fault_);
  }
  const bool is_incomplete = progress.stop == Stop::kBad && reader_.is_incomplete();
  std::string_view behind = text.substr(line.size());
  if (behind.empty()) {
    behind = tail.bytes;
  }
  if (is_incomplete && behind.empty() && !tail.is_last &&
      static_cast<int64_t>(line.size()) <= options_.record_bytes_max) {
    return progress.used;
  }
  std::string_view bad = line.substr(progress.used);
  size_t used = line.size();
  if (is_incomplete && LooksContinued(line, behind)) {
    const size_t next_record = text.find("\n{", progress.used);
    const bool is_closed = next_record != std::string_view::npos ||
                           (tail.bytes.empty() && tail.is_last) ||
                           static_cast<int64_t>(text.size()) > options_.record_bytes_max;
    if (!is_closed) {
      return progress.used;
    }
    const std::string_view lines = text.substr(
        progress.used, next_record == std::string_view::npos ? std::string_view::npos
                                                             : next_record + 1 - progress.used);
    const std::string reason_of_line = reason_;
    const Progress whole = ReadRecords(lines);
    if (whole.stop == Stop::kEnd || whole.stop == Stop::kFull) {
      return progress.used + whole.used;
    }
    if (whole.stop == Stop::kFault) {
      reason_ = reason_of_line;
    }
    bad = lines.substr(whole.used);
    used = progress.used + lines.size();
  }
  LAMINAR_RETURN_IF_ERROR(
      HandleBad(bad, position + static_cast<int64_t>(bad.data() - text.data()), reason_));
  return used;
}

absl::Status JsonDecoder::HandleBad(std::string_view record,
                                    int64_t position,
                                    std::string_view error) {
  const std::string_view trimmed = WithoutBlanksBehind(record);
  return handler_.Handle({trimmed.empty() ? record : trimmed, error, position});
}

std::string JsonDecoder::FaultReason(std::string_view text, JsonIndex::Fault fault) const {
  std::string reason = "not JSON: " + std::string(Describe(fault));
  if (fault == JsonIndex::Fault::kUtf8) {
    const size_t valid = Utf8PrefixLength(text);
    reason += " at byte " + std::to_string(valid) + " of the record";
    // The field is the last name in front of it.
    const size_t colon = text.substr(0, valid).rfind("\":");
    if (colon != std::string_view::npos && colon > 0) {
      const size_t quote = text.rfind('"', colon - 1);
      if (quote != std::string_view::npos) {
        reason =
            "field " + QuoteForMessage(text.substr(quote + 1, colon - quote - 1)) + ": " + reason;
      }
    }
  }
  return reason;
}

void JsonDecoder::KeepRow() {
  ++num_rows_;
  for (JsonColumn* list : lists_) {
    list->num_elements_before = list->num_elements;
  }
}

void JsonDecoder::RollBackRow() {
  for (const auto& column : row_.children) {
    column->ResetValidity(num_rows_, num_rows_ + 1);
  }
  for (JsonColumn* list : lists_) {
    for (const auto& element : list->children) {
      element->ResetValidity(list->num_elements_before, list->num_elements);
    }
    list->num_elements = list->num_elements_before;
  }
}

}  // namespace laminar::formats
