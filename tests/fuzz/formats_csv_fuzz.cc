// CSV: columns of every kind in two dialects, and the guess of columns.
#include <cstdint>

#include "formats/csv/csv_format.h"
#include "tests/fuzz/formats_fuzz.h"

using laminar::formats::CheckDecoder;
using laminar::formats::FieldForTest;
using laminar::formats::TableForTest;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const laminar::formats::CsvFormat format;
  static const std::vector<laminar::data::Field> fields = {
      FieldForTest("a", "BIGINT"),        FieldForTest("b", "VARCHAR"),
      FieldForTest("c", "DOUBLE"),        FieldForTest("d", "TIMESTAMP"),
      FieldForTest("e", "DECIMAL(18,3)"), FieldForTest("f", "BIGINT[]")};
  static const laminar::data::ConnectorTable usual = TableForTest(format, fields);
  static const laminar::data::ConnectorTable other = TableForTest(
      format, fields,
      {{"csv.escape", "\\"}, {"csv.comment", "#"}, {"framing.newline.max_length", "64"}});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckDecoder(format, usual, text);
  CheckDecoder(format, other, text);
  format.InferSchema(text, size % 2 == 0, usual.format_options).status().IgnoreError();
  return 0;
}
