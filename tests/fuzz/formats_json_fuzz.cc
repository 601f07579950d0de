// JSON: columns of every kind, whole records, and the guess of columns.
#include <cstdint>

#include "formats/json/json_format.h"
#include "tests/fuzz/formats_fuzz.h"

using laminar::formats::CheckDecoder;
using laminar::formats::FieldForTest;
using laminar::formats::TableForTest;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const laminar::formats::JsonFormat format;
  static const laminar::data::ConnectorTable columns = TableForTest(
      format,
      {FieldForTest("a", "BIGINT"), FieldForTest("b", "VARCHAR"), FieldForTest("c", "DOUBLE"),
       FieldForTest("d", "TIMESTAMP"), FieldForTest("e", "DECIMAL(18,3)"),
       FieldForTest("f", "BOOLEAN"), FieldForTest("g", "DATE"), FieldForTest("h", "BLOB"),
       FieldForTest("i", "JSON"), FieldForTest("j", "STRUCT(x BIGINT, y VARCHAR[])"),
       FieldForTest("k", "STRUCT(x TINYINT)[]"), FieldForTest("l", "MAP(VARCHAR, INTEGER)"),
       FieldForTest("m", "SMALLINT[2]")});
  static const laminar::data::ConnectorTable whole =
      TableForTest(format, {FieldForTest("value", "JSON")}, {{"json.unstructured", "true"}});
  static const laminar::data::ConnectorTable bounded =
      TableForTest(format, {FieldForTest("a", "BIGINT")}, {{"framing.newline.max_length", "64"}});
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckDecoder(format, columns, text);
  CheckDecoder(format, whole, text);
  CheckDecoder(format, bounded, text);
  format.InferSchema(text, size % 2 == 0, {}).status().IgnoreError();
  return 0;
}
