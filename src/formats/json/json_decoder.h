// JsonDecoder: JSON records to rows. A record is an object on a line of its own; objects that
// follow each other on a line, objects printed over several lines, and one array around all of them
// are read too. Whole windows of lines are indexed and read at once; where a record is bad, its
// line is looked at alone, goes to the bad-record handler, and reading goes on with the next line.
// Owned by a source reader; task thread.
#ifndef LAMINAR_FORMATS_JSON_JSON_DECODER_H_
#define LAMINAR_FORMATS_JSON_JSON_DECODER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/limits.h"
#include "data/schema.h"
#include "formats/decoder.h"
#include "formats/json/json_column.h"
#include "formats/json/json_index.h"
#include "formats/json/json_reader.h"

namespace laminar::formats {

struct JsonDecoderOptions {
  JsonReader::RecordForm form = JsonReader::RecordForm::kObject;
  CellFormat cell{.base64_blobs = true};
  int64_t record_bytes_max = base::kRecordBytesMax;
};

class JsonDecoder final : public Decoder {
 public:
  /// `fields` are the wanted columns, in the order of the chunk. `handler` outlives the decoder.
  JsonDecoder(const std::vector<data::Field>& fields,
              const JsonDecoderOptions& options,
              BadRecordHandler& handler);

  absl::StatusOr<size_t> Decode(std::string_view bytes,
                                int64_t position,
                                bool at_end,
                                data::Chunk& chunk) override;
  void StartInput() override;
  DecoderProgress SaveProgress() const override;
  absl::Status Resume(const DecoderProgress& progress) override;

 private:
  // How reading a stretch of text ended.
  enum class Stop {
    kEnd,    // everything is read
    kFull,   // the chunk is full
    kFault,  // the text cannot be indexed
    kBad,    // the record at `used` is bad
  };
  struct Progress {
    Stop stop = Stop::kEnd;
    size_t used = 0;
  };

  absl::StatusOr<size_t> DecodeRest(std::string_view rest, int64_t position, bool at_end);
  absl::StatusOr<size_t> DecodeOneRecord(std::string_view rest, int64_t position, bool at_end);
  absl::StatusOr<size_t> TellBad(std::string_view rest,
                                 int64_t position,
                                 size_t length,
                                 const std::string& reason);
  absl::StatusOr<size_t> TellTooLong(std::string_view rest, int64_t position);
  Progress ReadRecords(std::string_view text);
  Progress ReadLine(std::string_view text);
  bool TakeArraySyntax(char c);
  bool GoToRecord();
  bool IsGoodBehind(char c) const;
  bool IsTooLong(size_t num_bytes) const;
  size_t ChooseWindow(std::string_view rest);
  void Attach(data::Chunk& chunk, size_t num_bytes);
  void KeepRow();
  void RollBackRow();
  std::string FaultReason(std::string_view text, JsonIndex::Fault fault) const;

  const JsonDecoderOptions options_;
  BadRecordHandler& handler_;
  JsonColumn row_;
  std::vector<JsonColumn*> lists_;
  JsonIndex index_;
  JsonReader reader_;
  JsonIndex::Fault fault_ = JsonIndex::Fault::kNone;
  std::string reason_;

  data::idx_t num_rows_ = 0;       // in the chunk
  size_t window_bytes_;            // as many as seem good; fewer after bad records
  size_t record_bytes_ = 256;      // of a usual record
  size_t num_bytes_searched_ = 0;  // of the rest that came last, without a line end
  bool input_started_ = false;
  bool before_first_record_ = true;
  bool in_array_ = false;      // inside an array around all records
  bool in_long_line_ = false;  // inside a line that is dropped for its length
  std::string line_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_JSON_DECODER_H_
