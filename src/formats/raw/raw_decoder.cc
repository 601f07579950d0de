#include "formats/raw/raw_decoder.h"

#include "formats/text/utf8.h"

namespace laminar::formats {

void RawDecoder::Attach(data::Chunk& chunk, size_t num_bytes) {
  if (is_wanted_) {
    slab_.Attach(chunk.column(0), num_bytes);
    cells_ = duckdb::FlatVector::GetData<duckdb::string_t>(chunk.column(0));
  }
}

bool RawDecoder::TakeLine(std::string_view line, data::idx_t row, std::string& reason) {
  if (is_text_ && !IsUtf8(line)) {
    reason = "invalid UTF-8 at byte " + std::to_string(Utf8PrefixLength(line)) + " of the line";
    return false;
  }
  if (is_wanted_) {
    cells_[row] = slab_.Add(line);
  }
  return true;
}

}  // namespace laminar::formats
