// ClfDecoder: lines of access logs to rows; columns are matched by name. Owned by a source reader;
// task thread.
#ifndef LAMINAR_FORMATS_CLF_CLF_DECODER_H_
#define LAMINAR_FORMATS_CLF_CLF_DECODER_H_

#include <string>
#include <string_view>
#include <vector>

#include "data/schema.h"
#include "formats/clf/clf_line.h"
#include "formats/text/cell_writer.h"
#include "formats/text/line_decoder.h"

namespace laminar::formats {

/// The field that fills a column of this name, without regard to case.
std::optional<ClfField> FindClfField(std::string_view column);

class ClfDecoder final : public LineDecoder {
 public:
  /// REQUIRES: every field's name is known.
  ClfDecoder(const std::vector<data::Field>& fields,
             const Options& options,
             BadRecordHandler& handler);

 private:
  struct Column {
    data::Field field;
    ClfField source;
    CellWriter cell;
    data::Vector* vector = nullptr;
  };
  void Attach(data::Chunk& chunk, size_t num_bytes) override;
  bool TakeLine(std::string_view text, data::idx_t row, std::string& reason) override;
  bool Store(Column& column, data::idx_t row, std::string& reason);

  std::vector<Column> columns_;
  ClfLine line_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_CLF_CLF_DECODER_H_
