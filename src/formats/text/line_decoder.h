// LineDecoder: what formats share whose records are lines: cutting bytes into lines, bounding their
// length, telling bad ones. Subclasses turn one line into one row. Owned by a source reader; task
// thread.
#ifndef LAMINAR_FORMATS_TEXT_LINE_DECODER_H_
#define LAMINAR_FORMATS_TEXT_LINE_DECODER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "formats/decoder.h"

namespace laminar::formats {

class LineDecoder : public Decoder {
 public:
  struct Options {
    int64_t line_bytes_max = 0;
    bool skip_blank_lines = false;
    bool is_text = true;  // lose a byte order mark in front and carriage returns behind lines
  };
  LineDecoder(const Options& options, BadRecordHandler& handler)
      : options_(options), handler_(handler) {}

  absl::StatusOr<size_t> Decode(std::string_view bytes,
                                int64_t position,
                                bool at_end,
                                data::Chunk& chunk) final;
  void StartInput() override;
  DecoderProgress SaveProgress() const override;
  absl::Status Resume(const DecoderProgress& progress) override;

 protected:
  /// Rows go to `chunk` until the next call; about `num_bytes` of text come.
  virtual void Attach(data::Chunk& chunk, size_t num_bytes) = 0;
  /// Stores the line, without its end, as row `row`. False when it is bad: then `reason` says why
  /// and nothing of the row remains.
  virtual bool TakeLine(std::string_view line, data::idx_t row, std::string& reason) = 0;

 private:
  absl::Status Take(std::string_view line, int64_t position);
  absl::Status Tell(std::string_view line, int64_t position, std::string_view reason);

  const Options options_;
  BadRecordHandler& handler_;
  data::idx_t num_rows_ = 0;
  size_t num_bytes_searched_ = 0;  // of the rest that came last, without a line end
  bool input_started_ = false;
  bool in_long_line_ = false;
  std::string reason_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_LINE_DECODER_H_
