// JsonEncoder: rows to JSON objects, one on each line. NULLs are written; NaN and infinities, which
// JSON does not have, become null; TIMESTAMP is RFC 3339 in UTC unless the options say otherwise;
// BLOB is Base64; INTERVAL is text; JSON columns are written as they are. Hidden columns are not
// written. Owned by a sink writer; task thread.
#ifndef LAMINAR_FORMATS_JSON_JSON_ENCODER_H_
#define LAMINAR_FORMATS_JSON_JSON_ENCODER_H_

#include <memory>
#include <string>
#include <vector>

#include "data/schema.h"
#include "formats/encoder.h"
#include "formats/json/json_options.h"
#include "formats/text/cell_text.h"

namespace laminar::formats {

class JsonEncoder final : public Encoder {
 public:
  JsonEncoder(const data::Schema& schema, const JsonOptions& options);
  ~JsonEncoder() override;

  absl::Status Encode(const data::Chunk& chunk, std::string& bytes) override;

 private:
  struct Column;

  void AppendObject(const std::vector<std::unique_ptr<Column>>& columns,
                    data::idx_t row,
                    TextBuffer& out);
  void AppendValue(Column& column, data::idx_t row, TextBuffer& out);
  void AppendScalar(Column& column, data::idx_t index, TextBuffer& out);
  void AppendElements(Column& element, data::idx_t begin, data::idx_t length, TextBuffer& out);
  void AppendMap(Column& column, data::idx_t begin, data::idx_t length, TextBuffer& out);

  const JsonOptions options_;
  std::vector<std::unique_ptr<Column>> columns_;
  std::string before_row_;  // of the envelope
  std::string after_row_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_JSON_ENCODER_H_
