#include "formats/text/line_decoder.h"

#include <algorithm>

#include "base/limits.h"
#include "formats/text/byte_order_mark.h"

namespace laminar::formats {

void LineDecoder::StartInput() {
  input_started_ = false;
  in_long_line_ = false;
  num_bytes_searched_ = 0;
}

DecoderProgress LineDecoder::SaveProgress() const {
  DecoderProgress progress;
  progress.in_long_line = in_long_line_;
  return progress;
}

absl::Status LineDecoder::Resume(const DecoderProgress& progress) {
  StartInput();
  input_started_ = true;
  in_long_line_ = progress.in_long_line;
  return absl::OkStatus();
}

absl::StatusOr<size_t> LineDecoder::Decode(std::string_view bytes,
                                           int64_t position,
                                           bool at_end,
                                           data::Chunk& chunk) {
  size_t used = 0;
  if (!input_started_) {
    const std::optional<size_t> mark =
        options_.is_text ? ByteOrderMarkLength(bytes, at_end) : size_t{0};
    if (!mark.has_value()) {
      return 0;
    }
    used = *mark;
    input_started_ = true;
  }
  num_rows_ = chunk.num_rows();
  Attach(chunk, bytes.size());
  absl::Status status;
  while (used < bytes.size() && num_rows_ < base::kRowsPerChunkMax && status.ok()) {
    const size_t line_end = bytes.find('\n', std::min(used + num_bytes_searched_, bytes.size()));
    num_bytes_searched_ = 0;
    const bool is_whole = line_end != std::string_view::npos || at_end;
    const std::string_view line = bytes.substr(
        used, line_end == std::string_view::npos ? std::string_view::npos : line_end - used);
    const bool is_long = static_cast<int64_t>(line.size()) > options_.line_bytes_max;
    if (!is_whole && !is_long && !in_long_line_) {
      num_bytes_searched_ = line.size();
      break;
    }
    const int64_t line_position = position + static_cast<int64_t>(used);
    if (is_long && !in_long_line_) {
      status = Tell(line.substr(0, static_cast<size_t>(options_.line_bytes_max)), line_position,
                    "longer than framing.newline.max_length (" +
                        std::to_string(options_.line_bytes_max) + " bytes)");
    } else if (!in_long_line_) {
      status = Take(line, line_position);
    }
    in_long_line_ = !is_whole;
    used += std::min(line.size() + 1, bytes.size() - used);
  }
  chunk.set_num_rows(num_rows_);
  if (!status.ok()) {
    return status;
  }
  return used;
}

absl::Status LineDecoder::Take(std::string_view line, int64_t position) {
  std::string_view text = line;
  if (options_.is_text && text.ends_with('\r')) {
    text.remove_suffix(1);
  }
  if (options_.skip_blank_lines && text.find_first_not_of(" \t\r") == std::string_view::npos) {
    return absl::OkStatus();
  }
  if (TakeLine(text, num_rows_, reason_)) [[likely]] {
    ++num_rows_;
    return absl::OkStatus();
  }
  return Tell(text, position, reason_);
}

absl::Status LineDecoder::Tell(std::string_view line, int64_t position, std::string_view reason) {
  return handler_.Handle({line, reason, position});
}

}  // namespace laminar::formats
