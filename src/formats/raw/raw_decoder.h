// RawDecoder: lines to the only column of a table. Text must be UTF-8; bytes may be anything but a
// line feed. Owned by a source reader; task thread.
#ifndef LAMINAR_FORMATS_RAW_RAW_DECODER_H_
#define LAMINAR_FORMATS_RAW_RAW_DECODER_H_

#include <string>
#include <string_view>

#include "formats/text/line_decoder.h"
#include "formats/text/string_slab.h"

namespace laminar::formats {

class RawDecoder final : public LineDecoder {
 public:
  RawDecoder(const Options& options, bool is_wanted, BadRecordHandler& handler)
      : LineDecoder(options, handler), is_text_(options.is_text), is_wanted_(is_wanted) {}

 private:
  void Attach(data::Chunk& chunk, size_t num_bytes) override;
  bool TakeLine(std::string_view line, data::idx_t row, std::string& reason) override;

  const bool is_text_;
  const bool is_wanted_;  // else lines are only counted
  StringSlab slab_;
  duckdb::string_t* cells_ = nullptr;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_RAW_RAW_DECODER_H_
