#include "formats/json/json_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/formats_for_test.h"
#include "formats/json/json_format.h"

namespace laminar::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Options = std::map<std::string, std::string>;

const JsonFormat kFormat;

std::string Encode(std::vector<data::Field> fields,
                   const std::vector<std::vector<std::string>>& rows,
                   const Options& options = {}) {
  const data::ConnectorTable table = TableForTest(kFormat, std::move(fields), options);
  return EncodeForTest(kFormat, table, ChunkForTest(table.schema, rows));
}

std::string One(const std::string& type, const std::string& value, const Options& options = {}) {
  const std::string line = Encode({FieldForTest("x", type)}, {{value}}, options);
  EXPECT_TRUE(line.starts_with("{\"x\":") && line.ends_with("}\n")) << line;
  return line.substr(5, line.size() - 7);
}

TEST(JsonEncoder, WritesOneObjectPerRowWithNulls) {
  EXPECT_EQ(Encode({FieldForTest("a", "BIGINT"), FieldForTest("b c", "VARCHAR")},
                   {{"1", "x"}, {"NULL", "NULL"}}),
            "{\"a\":1,\"b c\":\"x\"}\n{\"a\":null,\"b c\":null}\n");
}

TEST(JsonEncoder, WritesEveryScalarType) {
  EXPECT_EQ(One("BOOLEAN", "true"), "true");
  EXPECT_EQ(One("TINYINT", "-128"), "-128");
  EXPECT_EQ(One("SMALLINT", "-32768"), "-32768");
  EXPECT_EQ(One("INTEGER", "-2147483648"), "-2147483648");
  EXPECT_EQ(One("BIGINT", "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(One("UTINYINT", "255"), "255");
  EXPECT_EQ(One("USMALLINT", "65535"), "65535");
  EXPECT_EQ(One("UINTEGER", "4294967295"), "4294967295");
  EXPECT_EQ(One("UBIGINT", "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(One("HUGEINT", "-170141183460469231731687303715884105728"),
            "-170141183460469231731687303715884105728");
  EXPECT_EQ(One("UHUGEINT", "340282366920938463463374607431768211455"),
            "340282366920938463463374607431768211455");
  EXPECT_EQ(One("FLOAT", "0.1"), "0.1");
  EXPECT_EQ(One("DOUBLE", "0.1"), "0.1");
  EXPECT_EQ(One("DOUBLE", "1e300"), "1e+300");
  EXPECT_EQ(One("DOUBLE", "5"), "5.0");
  EXPECT_EQ(One("DOUBLE", "nan"), "null");
  EXPECT_EQ(One("DOUBLE", "-inf"), "null");
  EXPECT_EQ(One("FLOAT", "inf"), "null");
  EXPECT_EQ(One("DECIMAL(9,2)", "-0.05"), "-0.05");
  EXPECT_EQ(One("DECIMAL(38,10)", "1234567890123456789012345678.0123456789"),
            "1234567890123456789012345678.0123456789");
  EXPECT_EQ(One("BLOB", "\\x00\\x01\\x02\\x03"), "\"AAECAw==\"");
  EXPECT_EQ(One("DATE", "2024-02-29"), "\"2024-02-29\"");
  EXPECT_EQ(One("DATE", "0044-03-15 (BC)"), "\"0044-03-15 (BC)\"");
  EXPECT_EQ(One("TIME", "12:34:56.789"), "\"12:34:56.789\"");
  EXPECT_EQ(One("INTERVAL", "1 day 2 hours"), "\"1 day 02:00:00\"");
  EXPECT_EQ(One("UUID", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
            "\"00010203-0405-0607-0809-0a0b0c0d0e0f\"");
  EXPECT_EQ(One("UUID", "ff010203-0405-0607-0809-0a0b0c0d0e0f"),
            "\"ff010203-0405-0607-0809-0a0b0c0d0e0f\"");
  EXPECT_EQ(One("ENUM('re\"d', 'green')", "re\"d"), "\"re\\\"d\"");
}

TEST(JsonEncoder, EscapesText) {
  EXPECT_EQ(One("VARCHAR", "a\"b\\c/\b\f\n\r\t\x01"), R"("a\"b\\c/\b\f\n\r\t\u0001")");
  EXPECT_EQ(One("VARCHAR", "a text longer than sixteen bytes, \"quoted\" \xC3\xA9"),
            "\"a text longer than sixteen bytes, \\\"quoted\\\" \xC3\xA9\"");
}

TEST(JsonEncoder, WritesTimestamps) {
  EXPECT_EQ(One("TIMESTAMP", "2024-05-06 07:08:09"), "\"2024-05-06T07:08:09Z\"");
  EXPECT_EQ(One("TIMESTAMP", "2024-05-06 07:08:09.1"), "\"2024-05-06T07:08:09.100Z\"");
  EXPECT_EQ(One("TIMESTAMP", "2024-05-06 07:08:09.123456"), "\"2024-05-06T07:08:09.123456Z\"");
  EXPECT_EQ(One("TIMESTAMP_NS", "2024-05-06 07:08:09.123456789"),
            "\"2024-05-06T07:08:09.123456789Z\"");
  EXPECT_EQ(One("TIMESTAMP_S", "1969-12-31 23:59:59"), "\"1969-12-31T23:59:59Z\"");
  EXPECT_EQ(One("TIMESTAMP_MS", "1969-12-31 23:59:59.999"), "\"1969-12-31T23:59:59.999Z\"");
  EXPECT_EQ(One("TIMESTAMP WITH TIME ZONE", "2024-05-06 07:08:09+02"), "\"2024-05-06T05:08:09Z\"");
  EXPECT_EQ(One("TIMESTAMP", "infinity"), "\"infinity\"");
  const auto number = [](const std::string& format) {
    return One("TIMESTAMP", "1969-12-31 23:59:59.999999", {{"json.timestamp_format", format}});
  };
  EXPECT_EQ(number("unix_seconds"), "-1");
  EXPECT_EQ(number("unix_millis"), "-1");
  EXPECT_EQ(number("unix_micros"), "-1");
  EXPECT_EQ(number("unix_nanos"), "-1000");
}

TEST(JsonEncoder, WritesDecimalsAsAsked) {
  EXPECT_EQ(One("DECIMAL(9,2)", "123.45", {{"json.decimal_encoding", "string"}}), "\"123.45\"");
  EXPECT_EQ(One("DECIMAL(9,2)", "123.45", {{"json.decimal_encoding", "bytes"}}),
            "\"AAAAAAAAAAAAAAAAAAAwOQ==\"");
  EXPECT_EQ(One("DECIMAL(38,2)", "-0.01", {{"json.decimal_encoding", "bytes"}}),
            "\"/////////////////////w==\"");
}

TEST(JsonEncoder, WritesNestedValues) {
  EXPECT_EQ(One("BIGINT[]", "[1, NULL, 3]"), "[1,null,3]");
  EXPECT_EQ(One("BIGINT[]", "[]"), "[]");
  EXPECT_EQ(One("BIGINT[2]", "[1, 2]"), "[1,2]");
  EXPECT_EQ(One("VARCHAR[][]", "[[a], [], NULL]"), R"([["a"],[],null])");
  EXPECT_EQ(One("STRUCT(a BIGINT, b VARCHAR)", "{'a': 1, 'b': NULL}"), R"({"a":1,"b":null})");
  EXPECT_EQ(One("STRUCT(a STRUCT(b DATE[]))", "{'a': {'b': [2024-01-01]}}"),
            R"({"a":{"b":["2024-01-01"]}})");
  EXPECT_EQ(One("MAP(VARCHAR, BIGINT)", "{k=1, l=NULL}"), R"({"k":1,"l":null})");
  EXPECT_EQ(One("MAP(INTEGER, VARCHAR[])", "{1=[a], 2=[]}"), R"({"1":["a"],"2":[]})");
}

TEST(JsonEncoder, WritesJsonAsItIsOnOneLine) {
  EXPECT_EQ(One("JSON", "{\"k\": [1,\n 2]}"), "{\"k\": [1,  2]}");
}

TEST(JsonEncoder, WritesUnstructuredRecordsBare) {
  EXPECT_EQ(Encode({FieldForTest("value", "JSON")}, {{"{\"a\":1}"}, {"[1]"}, {"NULL"}},
                   {{"json.unstructured", "true"}}),
            "{\"a\":1}\n[1]\nnull\n");
}

TEST(JsonEncoder, WritesTheEnvelopeOfKafkaConnect) {
  const std::string line = Encode({FieldForTest("a", "BIGINT", false), FieldForTest("l", "DATE[]")},
                                  {{"1", "NULL"}}, {{"json.include_schema", "true"}});
  EXPECT_EQ(line,
            R"({"schema":{"type":"struct","fields":[{"type":"int64","optional":false,"field":"a"},)"
            R"({"type":"array","items":{"type":"string","optional":true},"optional":true,)"
            R"("field":"l"}],"optional":false},"payload":{"a":1,"l":null}})"
            "\n");
}

TEST(JsonEncoder, LeavesOutHiddenColumns) {
  data::ConnectorTable table = TableForTest(kFormat, {FieldForTest("a", "BIGINT")});
  table.schema.AddEventTime();
  const data::Chunk chunk = ChunkForTest(table.schema, {{"1", "2024-01-01"}});
  EXPECT_EQ(EncodeForTest(kFormat, table, chunk), "{\"a\":1}\n");
}

TEST(JsonEncoder, ReadsConstantAndDictionaryVectors) {
  const data::ConnectorTable table = TableForTest(
      kFormat, {FieldForTest("a", "BIGINT"), FieldForTest("s", "STRUCT(b VARCHAR, l BIGINT[])")});
  const data::Chunk source = ChunkForTest(
      table.schema, {{"1", "{'b': x, 'l': [1]}"}, {"2", "NULL"}, {"3", "{'b': z, 'l': []}"}});
  data::SelectionVector selection(3);
  selection.set_index(0, 2);
  selection.set_index(1, 0);
  selection.set_index(2, 2);
  EXPECT_EQ(EncodeForTest(kFormat, table, source.Select(selection, 3)),
            "{\"a\":3,\"s\":{\"b\":\"z\",\"l\":[]}}\n{\"a\":1,\"s\":{\"b\":\"x\",\"l\":[1]}}\n"
            "{\"a\":3,\"s\":{\"b\":\"z\",\"l\":[]}}\n");
  data::Chunk constant = data::Chunk::Shell(table.schema.Types());
  constant.column(0).Reference(data::Value::BIGINT(7));
  constant.column(1).Reference(source.column(1).GetValue(0));
  constant.set_num_rows(2);
  EXPECT_EQ(EncodeForTest(kFormat, table, constant),
            "{\"a\":7,\"s\":{\"b\":\"x\",\"l\":[1]}}\n{\"a\":7,\"s\":{\"b\":\"x\",\"l\":[1]}}\n");
}

TEST(JsonFormat, ReadsBackWhatItWrites) {
  const data::ConnectorTable table = TableForTest(
      kFormat,
      {FieldForTest("a", "DOUBLE"), FieldForTest("b", "VARCHAR"), FieldForTest("c", "BLOB"),
       FieldForTest("d", "TIMESTAMP_NS"), FieldForTest("e", "DECIMAL(20,5)"),
       FieldForTest("f", "STRUCT(x UUID, y TIME[])"), FieldForTest("g", "MAP(DATE, HUGEINT)"),
       FieldForTest("h", "INTERVAL"), FieldForTest("i", "FLOAT"), FieldForTest("j", "TIMESTAMP")});
  const data::Chunk chunk = ChunkForTest(
      table.schema,
      {{"0.30000000000000004", "q\"\\\n\xE2\x82\xAC", "\\xFF\\x00", "2024-05-06 07:08:09.123456789",
        "-99999.12345", "{'x': 123e4567-e89b-12d3-a456-426614174000, 'y': ['01:02:03.4', NULL]}",
        "{2024-01-01=170141183460469231731687303715884105727}", "1 year 2 months 3 days 04:05:06.7",
        "16777216", "294247-01-10 04:00:54.775"},
       {"NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"},
       {"-1e-300", "", "", "1970-01-01", "0", "{'x': NULL, 'y': []}", "{}", "-1 day", "-0.0",
        "0001-01-01 (BC) 00:00:00"}});
  const std::string text = EncodeForTest(kFormat, table, chunk);
  const DecodedForTest decoded = DecodeForTest(kFormat, table, text);
  EXPECT_THAT(decoded.bad, testing::IsEmpty()) << text << decoded.bad[0].error;
  EXPECT_EQ(decoded.rows, RowsForTest(chunk)) << text;
}

}  // namespace
}  // namespace laminar::formats
