// What tests of formats share: tables, decoding of whole texts in pieces, rows as text.
#ifndef LAMINAR_FORMATS_FORMATS_FOR_TEST_H_
#define LAMINAR_FORMATS_FORMATS_FOR_TEST_H_

#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "data/chunk.h"
#include "data/connector_table.h"
#include "formats/decoder.h"
#include "formats/format_registry.h"

namespace laminar::formats {

/// A field of a type given by its SQL name: "BIGINT", "STRUCT(a BIGINT, b VARCHAR[])".
data::Field FieldForTest(const std::string& name, const std::string& type, bool nullable = true);

/// A table of a format; `options` are checked against the format's specs.
data::ConnectorTable TableForTest(const FormatFactory& format,
                                  std::vector<data::Field> fields,
                                  const std::map<std::string, std::string>& options = {});

/// Keeps every bad record.
class BadRecordsForTest final : public BadRecordHandler {
 public:
  struct Record {
    std::string bytes;
    std::string error;
    int64_t position;
  };
  absl::Status Handle(const BadRecord& record) override;
  const std::vector<Record>& records() const { return records_; }

 private:
  std::vector<Record> records_;
};

struct DecodedForTest {
  absl::Status status;
  std::vector<std::string> rows;  // values joined by " | ", in DuckDB's text
  std::vector<BadRecordsForTest::Record> bad;
};

/// Decodes all of `text`, given to the decoder `piece_bytes` more bytes at a time (0: at once).
/// `columns` are the wanted columns; empty: all. With `resume`, another decoder goes on after each
/// piece.
DecodedForTest DecodeForTest(const FormatFactory& format,
                             const data::ConnectorTable& table,
                             std::string_view text,
                             size_t piece_bytes = 0,
                             std::vector<size_t> columns = {},
                             bool resume = false);

/// A chunk of these rows; a cell is SQL text of its type as DuckDB casts it, "NULL" for NULL.
data::Chunk ChunkForTest(const data::Schema& schema,
                         const std::vector<std::vector<std::string>>& rows);
std::vector<std::string> RowsForTest(const data::Chunk& chunk);
/// Everything that the format writes for the chunk: what an output begins with, and the rows.
std::string EncodeForTest(const FormatFactory& format,
                          const data::ConnectorTable& table,
                          const data::Chunk& chunk);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_FORMATS_FOR_TEST_H_
