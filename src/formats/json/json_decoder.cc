#include "formats/json/json_decoder.h"

#include <algorithm>
#include <cstring>

#include "formats/json/json_extent.h"
#include "formats/text/byte_order_mark.h"
#include "formats/text/utf8.h"

namespace laminar::formats {
namespace {

constexpr size_t kWindowBytesMax = 64 * 1024;  // its index and strings stay in the second cache
constexpr size_t kWindowBytesMin = 4 * 1024;
constexpr std::string_view kTextBehind = "not JSON: more text follows the record on its line";

// Length of the text up to and with its last line feed; 0 when there is none.
size_t LengthOfLines(std::string_view text) {
  const void* const last = text.empty() ? nullptr : memrchr(text.data(), '\n', text.size());
  return last == nullptr ? 0
                         : static_cast<size_t>(static_cast<const char*>(last) - text.data()) + 1;
}

std::string_view WithoutBlanksBehind(std::string_view text) {
  while (!text.empty() && IsBlank(text.back())) {
    text.remove_suffix(1);
  }
  return text;
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

DecoderProgress JsonDecoder::SaveProgress() const {
  DecoderProgress progress;
  progress.started = !before_first_record_;
  progress.in_array = in_array_;
  progress.in_long_line = in_long_line_;
  return progress;
}

absl::Status JsonDecoder::Resume(const DecoderProgress& progress) {
  StartInput();
  input_started_ = true;
  before_first_record_ = !progress.started;
  in_array_ = progress.in_array;
  in_long_line_ = progress.in_long_line;
  return absl::OkStatus();
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
    const std::optional<size_t> mark = ByteOrderMarkLength(bytes, at_end);
    if (!mark.has_value()) {
      return 0;
    }
    used = *mark;
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

// Chooses how much to read at once: whole lines, not longer than a record may be, and not much more
// than the chunk takes, so that little is indexed twice. Returns 0 when the first line is not whole
// or too long.
size_t JsonDecoder::ChooseWindow(std::string_view rest) {
  const size_t num_rows_left = base::kRowsPerChunkMax - num_rows_;
  const size_t wanted = std::min({window_bytes_, num_rows_left * record_bytes_ + 1024,
                                  static_cast<size_t>(options_.record_bytes_max)});
  if (const size_t lines = LengthOfLines(rest.substr(0, wanted)); lines > 0) {
    return lines;
  }
  const size_t line_end =
      rest.find('\n', std::max(num_bytes_searched_, std::min(wanted, rest.size())));
  return line_end == std::string_view::npos || IsTooLong(line_end) ? 0 : line_end + 1;
}

bool JsonDecoder::IsTooLong(size_t num_bytes) const {
  return static_cast<int64_t>(num_bytes) > options_.record_bytes_max;
}

absl::StatusOr<size_t> JsonDecoder::DecodeRest(std::string_view rest,
                                               int64_t position,
                                               bool at_end) {
  if (in_long_line_) {
    const size_t line_end = rest.find('\n');
    in_long_line_ = line_end == std::string_view::npos;
    return in_long_line_ ? rest.size() : line_end + 1;
  }
  if (const size_t window = ChooseWindow(rest); window > 0) {
    const data::idx_t num_rows_before = num_rows_;
    const Progress progress = ReadRecords(rest.substr(0, window));
    const bool is_good = progress.stop == Stop::kEnd || progress.stop == Stop::kFull;
    window_bytes_ = is_good ? std::min(window_bytes_ * 2, kWindowBytesMax) : kWindowBytesMin;
    if (num_rows_ > num_rows_before) {
      record_bytes_ = progress.used / (num_rows_ - num_rows_before) + 1;
    }
    if (progress.used > 0) {
      return progress.used;
    }
  }
  return DecodeOneRecord(rest, position, at_end);
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
  while (GoToRecord()) {
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
    // Behind a record comes another one, the end of its line, or the array's syntax.
    if (!reader_.at_end() && reader_.next_character() != '{') [[unlikely]] {
      const std::string_view between = text.substr(end, reader_.next_offset() - end);
      const char next = reader_.next_character();
      const bool is_array_syntax = in_array_ && (next == ',' || next == ']');
      if (!is_array_syntax && between.find('\n') == std::string_view::npos) {
        reason_ = kTextBehind;
        RollBackRow();
        return {Stop::kBad, used};
      }
    }
    KeepRow();
  }
  return {Stop::kEnd, text.size()};
}

// Whether the character is a bracket or comma of an array around all records, and then stepped
// over.
bool JsonDecoder::TakeArraySyntax(char c) {
  if (options_.form == JsonReader::RecordForm::kValue) {
    return false;
  }
  if (before_first_record_ && c == '[') {
    before_first_record_ = false;
    in_array_ = true;
    return true;
  }
  if (in_array_ && c == ']') {
    in_array_ = false;
    return true;
  }
  return in_array_ && c == ',';
}

// Goes to the next record; false at the end of the text.
bool JsonDecoder::GoToRecord() {
  while (!reader_.at_end() && reader_.next_character() != '{' &&
         TakeArraySyntax(reader_.next_character())) {
    reader_.SkipCharacter();
  }
  return !reader_.at_end();
}

// Reads the record at the beginning of `rest`, which could not be read with its neighbours. What it
// does depends on the bytes alone, not on how many of them are there: it returns 0 when more are
// needed to tell.
absl::StatusOr<size_t> JsonDecoder::DecodeOneRecord(std::string_view rest,
                                                    int64_t position,
                                                    bool at_end) {
  const size_t first = std::min(rest.find_first_not_of(" \t\r\n"), rest.size());
  if (first > 0) {
    return first;
  }
  if (TakeArraySyntax(rest[0])) {
    return 1;
  }
  const size_t line_end =
      std::min(rest.find('\n', std::min(num_bytes_searched_, rest.size())), rest.size());
  if (IsTooLong(line_end)) {
    in_long_line_ = line_end == rest.size();
    return TellTooLong(rest, position);
  }
  if (line_end == rest.size() && !at_end) {
    num_bytes_searched_ = rest.size();
    return 0;
  }
  const Progress progress = ReadLine(rest.substr(0, line_end));
  if (progress.used > 0) {
    return std::min(progress.used, rest.size());
  }
  if (progress.stop == Stop::kFault) {
    return TellBad(rest, position, line_end, FaultReason(rest.substr(0, line_end), fault_));
  }
  const bool is_incomplete = reader_.is_incomplete();
  const std::string reason = reason_;
  const JsonExtent extent =
      FindJsonExtent(rest, static_cast<size_t>(options_.record_bytes_max), at_end);
  switch (extent.kind) {
    case JsonExtent::Kind::kUnknown:
      return 0;
    case JsonExtent::Kind::kTooLong:
      return TellTooLong(rest, position);
    case JsonExtent::Kind::kUnclosed:
      return TellBad(rest, position, extent.length, reason);
    case JsonExtent::Kind::kClosed:
      break;
  }
  // Where the line ends that the record ends on.
  const size_t found = rest.find('\n', extent.length);
  const size_t last_line_end = std::min(found, rest.size());
  if (extent.length > line_end && is_incomplete && IsGoodBehind(extent.next_character)) {
    const Progress whole = ReadLine(rest.substr(0, extent.length));
    if (whole.used > 0) {
      return extent.length;
    }
    if (whole.stop == Stop::kFault) {
      reason_ = FaultReason(rest.substr(0, extent.length), fault_);
    }
  } else if (!is_incomplete || IsGoodBehind(extent.next_character)) {
    reason_ = reason;
  } else {
    reason_ = kTextBehind;
  }
  if (extent.next_character != '\n' && IsGoodBehind(extent.next_character) &&
      !IsTooLong(extent.length)) {
    LAMINAR_RETURN_IF_ERROR(handler_.Handle({rest.substr(0, extent.length), reason_, position}));
    return extent.length;
  }
  if (IsTooLong(last_line_end)) {
    return TellTooLong(rest, position);
  }
  if (found == std::string_view::npos && !at_end) {
    return 0;
  }
  return TellBad(rest, position, last_line_end, reason_);
}

// Whether a record may be followed by this character on its line.
bool JsonDecoder::IsGoodBehind(char c) const {
  return c == '\n' || c == '{' || (in_array_ && (c == ',' || c == ']'));
}

// Reads the records of a text that may lack its line feed.
JsonDecoder::Progress JsonDecoder::ReadLine(std::string_view text) {
  line_.assign(text);
  line_ += '\n';
  Progress progress = ReadRecords(line_);
  if (progress.stop == Stop::kEnd) {
    progress.used = text.size();
  }
  return progress;
}

// Tells a record of this length as bad.
absl::StatusOr<size_t> JsonDecoder::TellBad(std::string_view rest,
                                            int64_t position,
                                            size_t length,
                                            const std::string& reason) {
  LAMINAR_RETURN_IF_ERROR(
      handler_.Handle({WithoutBlanksBehind(rest.substr(0, length)), reason, position}));
  return std::min(length + 1, rest.size());
}

// Tells the first line as bad.
absl::StatusOr<size_t> JsonDecoder::TellTooLong(std::string_view rest, int64_t position) {
  const size_t line_end = std::min(rest.find('\n'), rest.size());
  const size_t told = std::min(line_end, static_cast<size_t>(options_.record_bytes_max));
  LAMINAR_RETURN_IF_ERROR(TellBad(rest, position, told,
                                  "longer than framing.newline.max_length (" +
                                      std::to_string(options_.record_bytes_max) + " bytes)")
                              .status());
  return std::min(line_end + 1, rest.size());
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
