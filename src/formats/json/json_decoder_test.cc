#include "formats/json/json_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/formats_for_test.h"
#include "formats/json/json_format.h"

namespace laminar::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Options = std::map<std::string, std::string>;

const JsonFormat kFormat;

DecodedForTest Decode(std::vector<data::Field> fields,
                      std::string_view text,
                      const Options& options = {}) {
  const data::ConnectorTable table = TableForTest(kFormat, std::move(fields), options);
  DecodedForTest decoded = DecodeForTest(kFormat, table, text);
  // However the bytes come, the rows and the bad records are the same.
  for (const size_t piece : {size_t{1}, size_t{7}, size_t{64}}) {
    const DecodedForTest pieces = DecodeForTest(kFormat, table, text, piece);
    EXPECT_EQ(pieces.rows, decoded.rows) << "in pieces of " << piece << " of " << text;
    EXPECT_EQ(pieces.bad.size(), decoded.bad.size()) << "in pieces of " << piece << " of " << text;
    for (size_t i = 0; i < std::min(pieces.bad.size(), decoded.bad.size()); ++i) {
      EXPECT_EQ(pieces.bad[i].position, decoded.bad[i].position);
      EXPECT_EQ(pieces.bad[i].error, decoded.bad[i].error);
      EXPECT_EQ(pieces.bad[i].bytes, decoded.bad[i].bytes);
    }
  }
  return decoded;
}

// Decodes one field `x` of a type; its text, or the error.
std::string One(const std::string& type, const std::string& json, const Options& options = {}) {
  const DecodedForTest decoded =
      Decode({FieldForTest("x", type)}, "{\"x\":" + json + "}\n", options);
  if (!decoded.status.ok()) {
    return decoded.status.ToString();
  }
  return decoded.bad.empty() ? decoded.rows.at(0) : decoded.bad[0].error;
}

std::vector<data::Field> AandB() {
  return {FieldForTest("a", "BIGINT"), FieldForTest("b", "VARCHAR")};
}

TEST(JsonDecoder, ReadsOneObjectPerLine) {
  const auto decoded = Decode(AandB(), "{\"a\":1,\"b\":\"x\"}\n{\"a\":2,\"b\":\"y\"}\n");
  EXPECT_THAT(decoded.rows, ElementsAre("1 | x", "2 | y"));
  EXPECT_THAT(decoded.bad, IsEmpty());
}

TEST(JsonDecoder, ReadsLastLineWithoutLineEnd) {
  EXPECT_THAT(Decode(AandB(), "{\"a\":1}\n{\"a\":2}").rows, ElementsAre("1 | NULL", "2 | NULL"));
  EXPECT_THAT(Decode(AandB(), "{\"a\":1}").rows, ElementsAre("1 | NULL"));
}

TEST(JsonDecoder, SkipsBlankLinesByteOrderMarkAndCarriageReturns) {
  const auto decoded = Decode(AandB(), "\xEF\xBB\xBF\r\n{\"a\":1}\r\n\r\n \t\n{\"a\":2}\r\n\n");
  EXPECT_THAT(decoded.rows, ElementsAre("1 | NULL", "2 | NULL"));
  EXPECT_THAT(decoded.bad, IsEmpty());
  EXPECT_THAT(Decode(AandB(), "").rows, IsEmpty());
  EXPECT_THAT(Decode(AandB(), "\n\n").rows, IsEmpty());
  EXPECT_THAT(Decode(AandB(), "\xEF\xBB\xBF").rows, IsEmpty());
}

TEST(JsonDecoder, ReadsObjectsInARowAndOverSeveralLines) {
  const std::string text =
      "{\"a\":1}{\"a\":2} {\"a\":3}\n{\n  \"a\": 4,\n  \"b\": \"x\"\n}\n{\"a\":\n5}\n{\"a\":6\n}\n";
  const auto decoded = Decode(AandB(), text);
  EXPECT_THAT(decoded.rows,
              ElementsAre("1 | NULL", "2 | NULL", "3 | NULL", "4 | x", "5 | NULL", "6 | NULL"));
  EXPECT_THAT(decoded.bad, IsEmpty());
}

TEST(JsonDecoder, ReadsOneArrayAroundAllRecords) {
  EXPECT_THAT(Decode(AandB(), "[{\"a\":1},{\"a\":2},\n{\"a\":3}]\n").rows,
              ElementsAre("1 | NULL", "2 | NULL", "3 | NULL"));
  EXPECT_THAT(Decode(AandB(), "[\n  {\n    \"a\": 1\n  },\n  {\n    \"a\": 2\n  }\n]").rows,
              ElementsAre("1 | NULL", "2 | NULL"));
  const auto bad = Decode(AandB(), "[\n{\"a\":1},\n{\"a\":x},\n{\"a\":3}\n]\n");
  EXPECT_THAT(bad.rows, ElementsAre("1 | NULL", "3 | NULL"));
  EXPECT_THAT(bad.bad, SizeIs(1));
}

TEST(JsonDecoder, MatchesFieldsByNameInAnyOrder) {
  const auto decoded = Decode(AandB(),
                              "{\"b\":\"x\",\"a\":1}\n{\"a\":2,\"b\":\"y\"}\n"
                              "{\"c\":{\"a\":9},\"A\":3,\"B\":\"z\"}\n{\"\\u0061\":4}\n");
  EXPECT_THAT(decoded.rows, ElementsAre("1 | x", "2 | y", "3 | z", "4 | NULL"));
}

TEST(JsonDecoder, PrefersTheExactNameAndTheLastOfTwo) {
  EXPECT_THAT(Decode(AandB(),
                     "{\"a\":1,\"A\":2}\n{\"A\":2,\"a\":1}\n{\"a\":1,\"a\":2}\n"
                     "{\"a\":null,\"a\":3}\n{\"a\":3,\"a\":null}\n")
                  .rows,
              ElementsAre("1 | NULL", "1 | NULL", "2 | NULL", "3 | NULL", "NULL | NULL"));
}

TEST(JsonDecoder, SkipsFieldsThatAreNotWanted) {
  const auto decoded =
      Decode(AandB(), "{\"u\":[1,{\"a\":5},[\"}\"]],\"a\":1,\"v\":{\"a\":{}},\"w\":null}\n");
  EXPECT_THAT(decoded.rows, ElementsAre("1 | NULL"));
}

TEST(JsonDecoder, DeliversOnlyTheWantedColumnsInTheirOrder) {
  const data::ConnectorTable table = TableForTest(kFormat, AandB());
  EXPECT_THAT(DecodeForTest(kFormat, table, "{\"a\":1,\"b\":\"x\"}\n", 0, {1, 0}).rows,
              ElementsAre("x | 1"));
  EXPECT_THAT(DecodeForTest(kFormat, table, "{\"a\":false,\"b\":\"x\"}\n", 0, {1}).rows,
              ElementsAre("x"));
}

TEST(JsonDecoder, MakesMissingFieldsNullUnlessTheyMustBeThere) {
  const std::vector<data::Field> fields = {FieldForTest("a", "BIGINT", /*nullable=*/false),
                                           FieldForTest("b", "VARCHAR")};
  const auto decoded = Decode(fields, "{\"a\":1}\n{\"b\":\"x\"}\n{\"a\":null}\n{}\n{\"a\":2}\n");
  EXPECT_THAT(decoded.rows, ElementsAre("1 | NULL", "2 | NULL"));
  ASSERT_THAT(decoded.bad, SizeIs(3));
  EXPECT_EQ(decoded.bad[0].error, "field 'a': missing, but NOT NULL");
  EXPECT_EQ(decoded.bad[1].error, "field 'a': null, but NOT NULL");
  EXPECT_EQ(decoded.bad[1].bytes, "{\"a\":null}");
  EXPECT_EQ(decoded.bad[1].position, 18);
}

TEST(JsonDecoder, ReadsEveryScalarType) {
  EXPECT_EQ(One("BOOLEAN", "true"), "true");
  EXPECT_EQ(One("BOOLEAN", "\"false\""), "false");
  EXPECT_EQ(One("TINYINT", "-128"), "-128");
  EXPECT_EQ(One("SMALLINT", "32767"), "32767");
  EXPECT_EQ(One("INTEGER", "-2147483648"), "-2147483648");
  EXPECT_EQ(One("BIGINT", "-9223372036854775808"), "-9223372036854775808");
  EXPECT_EQ(One("BIGINT", "9223372036854775807"), "9223372036854775807");
  EXPECT_EQ(One("UTINYINT", "255"), "255");
  EXPECT_EQ(One("USMALLINT", "65535"), "65535");
  EXPECT_EQ(One("UINTEGER", "4294967295"), "4294967295");
  EXPECT_EQ(One("UBIGINT", "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(One("HUGEINT", "-170141183460469231731687303715884105728"),
            "-170141183460469231731687303715884105728");
  EXPECT_EQ(One("UHUGEINT", "340282366920938463463374607431768211455"),
            "340282366920938463463374607431768211455");
  EXPECT_EQ(One("FLOAT", "1.5"), "1.5");
  EXPECT_EQ(One("DOUBLE", "-0.1"), "-0.1");
  EXPECT_EQ(One("DOUBLE", "1e300"), "1e+300");
  EXPECT_EQ(One("DOUBLE", "1"), "1.0");
  EXPECT_EQ(One("DOUBLE", "\"NaN\""), "nan");
  EXPECT_EQ(One("DECIMAL(18,3)", "123456789012345.678"), "123456789012345.678");
  EXPECT_EQ(One("DECIMAL(38,10)", "1234567890123456789012345678.0123456789"),
            "1234567890123456789012345678.0123456789");
  EXPECT_EQ(One("DECIMAL(4,2)", "\"-1.005\""), "-1.01");
  EXPECT_EQ(One("DECIMAL(9,2)", "1.5e3"), "1500.00");
  EXPECT_EQ(One("VARCHAR", "\"\""), "");
  EXPECT_EQ(One("VARCHAR", "\"a long string that is not kept inline \xC3\xA9\""),
            "a long string that is not kept inline \xC3\xA9");
  EXPECT_EQ(One("BLOB", "\"AAECAw==\""), "\\x00\\x01\\x02\\x03");
  EXPECT_EQ(One("DATE", "\"2024-02-29\""), "2024-02-29");
  EXPECT_EQ(One("TIME", "\"12:34:56.789\""), "12:34:56.789");
  EXPECT_EQ(One("INTERVAL", "\"1 day 2 hours\""), "1 day 02:00:00");
  EXPECT_EQ(One("UUID", "\"00010203-0405-0607-0809-0a0b0c0d0e0f\""),
            "00010203-0405-0607-0809-0a0b0c0d0e0f");
  EXPECT_EQ(One("ENUM('red', 'green')", "\"green\""), "green");
  EXPECT_EQ(One("VARCHAR", "null"), "NULL");
}

TEST(JsonDecoder, KeepsNumbersAndValuesAsTextInTextColumns) {
  EXPECT_EQ(One("VARCHAR", "12.50"), "12.50");
  EXPECT_EQ(One("VARCHAR", "true"), "true");
  EXPECT_EQ(One("VARCHAR", "{\"k\": [1, 2]}"), "{\"k\": [1, 2]}");
}

TEST(JsonDecoder, UndoesEscapes) {
  EXPECT_EQ(One("VARCHAR", R"("a\"b\\c\/d\b\f\n\r\t")"), "a\"b\\c/d\b\f\n\r\t");
  EXPECT_EQ(One("VARCHAR", R"("\u00e9\u20ac\ud83d\ude00")"),
            "\xC3\xA9\xE2\x82\xAC\xF0\x9F\x98\x80");
  EXPECT_EQ(One("BIGINT", R"("\u0031")"), "1");
  EXPECT_THAT(One("VARCHAR", R"("\ud83d")"), HasSubstr("wrong escape"));
  EXPECT_THAT(One("VARCHAR", R"("\ude00")"), HasSubstr("wrong escape"));
  EXPECT_THAT(One("VARCHAR", R"("\x41")"), HasSubstr("wrong escape"));
  EXPECT_THAT(One("VARCHAR", R"("\u12")"), HasSubstr("wrong escape"));
}

TEST(JsonDecoder, ReadsTimestampsAsTextInEveryResolution) {
  const std::string text = "\"2024-05-06T07:08:09.123456789Z\"";
  EXPECT_EQ(One("TIMESTAMP", text), "2024-05-06 07:08:09.123456");
  EXPECT_EQ(One("TIMESTAMP_S", text), "2024-05-06 07:08:09");
  EXPECT_EQ(One("TIMESTAMP_MS", text), "2024-05-06 07:08:09.123");
  EXPECT_EQ(One("TIMESTAMP_NS", text), "2024-05-06 07:08:09.123456789");
  EXPECT_EQ(One("TIMESTAMP WITH TIME ZONE", text), "2024-05-06 07:08:09.123456+00");
  EXPECT_EQ(One("TIMESTAMP", "\"2024-05-06 07:08:09\""), "2024-05-06 07:08:09");
  EXPECT_EQ(One("TIMESTAMP", "\"2024-05-06T07:08:09+02:00\""), "2024-05-06 05:08:09");
  EXPECT_EQ(One("TIMESTAMP", "\"2024-05-06T07:08:09-0130\""), "2024-05-06 08:38:09");
  EXPECT_EQ(One("TIMESTAMP", "\"2024-05-06\""), "2024-05-06 00:00:00");
  EXPECT_EQ(One("TIMESTAMP", "\"1969-12-31T23:59:59.5Z\""), "1969-12-31 23:59:59.5");
  EXPECT_EQ(One("TIMESTAMP", "\"0001-01-01T00:00:00Z\""), "0001-01-01 00:00:00");
  EXPECT_EQ(One("TIMESTAMP", "\"9999-12-31T23:59:59Z\""), "9999-12-31 23:59:59");
  EXPECT_EQ(One("TIMESTAMP", "\"infinity\""), "infinity");
  EXPECT_THAT(One("TIMESTAMP", "\"2024-02-30T00:00:00Z\""),
              HasSubstr("field 'x': expected TIMESTAMP, found '2024-02-30T00:00:00Z'"));
  EXPECT_THAT(One("TIMESTAMP", "\"2024-05-06T24:00:01Z\""), HasSubstr("expected TIMESTAMP"));
  EXPECT_THAT(One("TIMESTAMP", "1714979289"), HasSubstr("json.timestamp_format"));
  EXPECT_THAT(One("TIMESTAMP_NS", "\"9999-12-31T23:59:59Z\""), HasSubstr("out of range"));
}

TEST(JsonDecoder, ReadsTimestampsAsNumbers) {
  const auto read = [](const std::string& format, const std::string& json) {
    return One("TIMESTAMP", json, {{"json.timestamp_format", format}});
  };
  EXPECT_EQ(read("unix_seconds", "1714979289"), "2024-05-06 07:08:09");
  EXPECT_EQ(read("unix_seconds", "1714979289.25"), "2024-05-06 07:08:09.25");
  EXPECT_EQ(read("unix_millis", "1714979289123"), "2024-05-06 07:08:09.123");
  EXPECT_EQ(read("unix_micros", "1714979289123456"), "2024-05-06 07:08:09.123456");
  EXPECT_EQ(read("unix_nanos", "1714979289123456789"), "2024-05-06 07:08:09.123456");
  EXPECT_EQ(read("unix_millis", "-1"), "1969-12-31 23:59:59.999");
  EXPECT_EQ(read("unix_millis", "1e3"), "1970-01-01 00:00:01");
  EXPECT_EQ(read("unix_millis", "\"1714979289123\""), "2024-05-06 07:08:09.123");
  EXPECT_EQ(read("unix_millis", "\"2024-05-06T07:08:09Z\""), "2024-05-06 07:08:09");
  EXPECT_THAT(read("unix_millis", "9223372036854775807"), HasSubstr("out of range"));
  EXPECT_THAT(read("unix_seconds", "99999999999999999999"), HasSubstr("out of range"));
}

TEST(JsonDecoder, ReadsDecimalsAsBytes) {
  const Options bytes = {{"json.decimal_encoding", "bytes"}};
  EXPECT_EQ(One("DECIMAL(9,2)", "\"MDk=\"", bytes), "123.45");
  EXPECT_EQ(One("DECIMAL(9,2)", "\"/////////////////////w==\"", bytes), "-0.01");
  EXPECT_EQ(One("DECIMAL(38,2)", "\"AAAAAAAAAAAAAAAAAAAwOQ==\"", bytes), "123.45");
  EXPECT_EQ(One("DECIMAL(9,2)", "1.25", bytes), "1.25");
  EXPECT_THAT(One("DECIMAL(4,2)", "\"AAECAw==\"", bytes), HasSubstr("out of range"));
  EXPECT_THAT(One("DECIMAL(4,2)", "\"?\"", bytes), HasSubstr("Base64"));
}

TEST(JsonDecoder, RefusesNumbersOutOfRange) {
  EXPECT_EQ(One("TINYINT", "128"), "field 'x': out of range for TINYINT: 128");
  EXPECT_THAT(One("SMALLINT", "-32769"), HasSubstr("out of range for SMALLINT"));
  EXPECT_THAT(One("INTEGER", "2147483648"), HasSubstr("out of range for INTEGER"));
  EXPECT_THAT(One("BIGINT", "9223372036854775808"), HasSubstr("out of range for BIGINT"));
  EXPECT_THAT(One("UTINYINT", "-1"), HasSubstr("out of range for UTINYINT"));
  EXPECT_THAT(One("UBIGINT", "18446744073709551616"), HasSubstr("out of range for UBIGINT"));
  EXPECT_THAT(One("DOUBLE", "1e999"), HasSubstr("out of range for DOUBLE"));
  EXPECT_THAT(One("FLOAT", "1e39"), HasSubstr("out of range for FLOAT"));
  EXPECT_THAT(One("DECIMAL(4,2)", "100"), HasSubstr("out of range for DECIMAL(4,2)"));
  EXPECT_THAT(One("HUGEINT", "170141183460469231731687303715884105728"), HasSubstr("HUGEINT"));
  EXPECT_EQ(One("BIGINT", "1.0"), "1");
  EXPECT_EQ(One("BIGINT", "12e2"), "1200");
  EXPECT_THAT(One("BIGINT", "1.5"), HasSubstr("not a whole number for BIGINT: 1.5"));
  EXPECT_EQ(One("DOUBLE", "1e-999"), "0.0");
}

TEST(JsonDecoder, RefusesValuesOfOtherTypes) {
  EXPECT_EQ(One("BIGINT", "\"abc\""), "field 'x': expected BIGINT, found 'abc'");
  EXPECT_EQ(One("BIGINT", "true"), "field 'x': expected BIGINT, found a boolean");
  EXPECT_EQ(One("BIGINT", "{}"), "field 'x': expected BIGINT, found an object");
  EXPECT_EQ(One("BOOLEAN", "[]"), "field 'x': expected BOOLEAN, found an array");
  EXPECT_EQ(One("BIGINT[]", "1"), "field 'x': expected BIGINT[], found a number");
  EXPECT_THAT(One("STRUCT(a BIGINT)", "\"a\""), HasSubstr("found a string"));
  EXPECT_THAT(One("BLOB", "\"no base64\""), HasSubstr("expected Base64"));
  EXPECT_THAT(One("BLOB", "5"), HasSubstr("expected BLOB, found a number"));
  EXPECT_THAT(One("ENUM('red', 'green')", "\"blue\""), HasSubstr("'blue'"));
  EXPECT_THAT(One("UUID", "\"123\""), HasSubstr("expected UUID"));
  EXPECT_THAT(One("DATE", "\"yesterday\""), HasSubstr("expected DATE"));
}

TEST(JsonDecoder, ReadsNestedValues) {
  EXPECT_EQ(One("BIGINT[]", "[1, null, 3]"), "[1, NULL, 3]");
  EXPECT_EQ(One("BIGINT[]", "[]"), "[]");
  EXPECT_EQ(One("BIGINT[][]", "[[1],[],null,[2,3]]"), "[[1], [], NULL, [2, 3]]");
  EXPECT_EQ(One("BIGINT[3]", "[1,2,3]"), "[1, 2, 3]");
  EXPECT_EQ(One("STRUCT(a BIGINT, b VARCHAR)", "{\"b\":\"x\",\"a\":1}"), "{'a': 1, 'b': x}");
  EXPECT_EQ(One("STRUCT(a BIGINT, b VARCHAR)", "{\"B\":\"x\"}"), "{'a': NULL, 'b': x}");
  EXPECT_EQ(One("STRUCT(a BIGINT)", "null"), "NULL");
  EXPECT_EQ(One("STRUCT(a STRUCT(b BIGINT[]))[]", "[{\"a\":{\"b\":[1]}},{}, {\"a\":null}]"),
            "[{'a': {'b': [1]}}, {'a': NULL}, {'a': NULL}]");
  EXPECT_EQ(One("MAP(VARCHAR, BIGINT)", "{\"k\":1,\"l\":null}"), "{k=1, l=NULL}");
  EXPECT_EQ(One("MAP(INTEGER, VARCHAR[])", "{\"1\":[\"a\"],\"2\":[]}"), "{1=[a], 2=[]}");
  EXPECT_THAT(One("BIGINT[3]", "[1,2]"), HasSubstr("found an array of 2"));
  EXPECT_THAT(One("BIGINT[1]", "[1,2]"), HasSubstr("found a longer array"));
  EXPECT_THAT(One("BIGINT[]", "[1,\"x\"]"), HasSubstr("field 'x[]': expected BIGINT, found 'x'"));
  EXPECT_THAT(One("STRUCT(a STRUCT(b TINYINT))", "{\"a\":{\"b\":300}}"),
              HasSubstr("field 'x.a.b': out of range"));
  EXPECT_THAT(One("MAP(INTEGER, VARCHAR)", "{\"k\":\"a\"}"), HasSubstr("expected INTEGER"));
  EXPECT_THAT(One("MAP(VARCHAR, BIGINT)", "{\"k\":1,\"k\":2}"), HasSubstr("twice"));
}

TEST(JsonDecoder, GrowsListsBeyondTheirFirstRoom) {
  std::string text;
  std::vector<std::string> expected;
  for (int row = 0; row < 300; ++row) {
    std::string json = "[";
    std::string shown = "[";
    for (int i = 0; i < row; ++i) {
      const std::string word = "word number " + std::to_string(i);
      json += std::string(i > 0 ? "," : "") + "{\"w\":\"" + word + "\",\"l\":[" +
              std::to_string(i) + "]}";
      shown +=
          std::string(i > 0 ? ", " : "") + "{'w': " + word + ", 'l': [" + std::to_string(i) + "]}";
    }
    text += "{\"x\":" + json + "]}\n";
    expected.push_back(shown + "]");
  }
  const data::ConnectorTable table =
      TableForTest(kFormat, {FieldForTest("x", "STRUCT(w VARCHAR, l BIGINT[])[]")});
  EXPECT_EQ(DecodeForTest(kFormat, table, text).rows, expected);
  EXPECT_EQ(DecodeForTest(kFormat, table, text, 1000).rows, expected);
}

TEST(JsonDecoder, KeepsJsonColumnsAsTheyCame) {
  EXPECT_EQ(One("JSON", "{\"k\" : [1, 2.50, \"\\u0041\"] }"), "{\"k\" : [1, 2.50, \"\\u0041\"] }");
  EXPECT_EQ(One("JSON", "\"text\""), "\"text\"");
  EXPECT_EQ(One("JSON", "12"), "12");
  EXPECT_EQ(One("JSON", "null"), "NULL");
  EXPECT_THAT(One("JSON", "{\"k\":tru}"), HasSubstr("not JSON"));
  EXPECT_THAT(One("JSON", "{\"k\":01}"), HasSubstr("not JSON"));
  EXPECT_THAT(One("JSON", "[1 2]"), HasSubstr("not JSON"));
  EXPECT_THAT(One("JSON", "{\"k\" 1}"), HasSubstr("not JSON"));
  EXPECT_THAT(One("JSON", "[\"\\q\"]"), HasSubstr("wrong escape"));
  EXPECT_EQ(One("JSON", R"({"\u0061":1})"), R"({"\u0061":1})");
  EXPECT_THAT(One("JSON", R"({"\a":1})"), HasSubstr("wrong escape"));
  EXPECT_THAT(One("JSON", R"([{"a":{"a\ud800":1}}])"), HasSubstr("wrong escape"));
}

TEST(JsonDecoder, KeepsUnstructuredRecordsWhole) {
  const auto decoded = Decode({FieldForTest("value", "JSON")},
                              "{\"a\": 1}\n[1, 2]\n\"x\"\n3\nnull\n{bad}\n{\"b\":{}}",
                              {{"json.unstructured", "true"}});
  EXPECT_THAT(decoded.rows,
              ElementsAre("{\"a\": 1}", "[1, 2]", "\"x\"", "3", "null", "{\"b\":{}}"));
  EXPECT_THAT(decoded.bad, SizeIs(1));
}

TEST(JsonDecoder, ReadsTheEnvelopeOfKafkaConnect) {
  const Options envelope = {{"json.include_schema", "true"}};
  const auto decoded =
      Decode(AandB(),
             "{\"schema\":{\"type\":\"struct\"},\"payload\":{\"a\":1,\"b\":\"x\"}}\n"
             "{\"payload\":{\"a\":2},\"schema\":null}\n{\"a\":3}\n{}\n{\"payload\":null}\n",
             envelope);
  EXPECT_THAT(decoded.rows, ElementsAre("1 | x", "2 | NULL"));
  ASSERT_THAT(decoded.bad, SizeIs(3));
  EXPECT_THAT(decoded.bad[0].error, HasSubstr("'payload' is missing"));
  EXPECT_THAT(decoded.bad[2].error, HasSubstr("expected an object, found null"));
}

TEST(JsonDecoder, GoesOnBehindEveryKindOfBadRecord) {
  const std::vector<std::string> bad = {
      "garbage",
      "{\"a\":1",
      "{\"a\":",
      "{\"a\":1,",
      "{\"a\" 1}",
      "{\"a\":1}}",
      "{\"a\":1} x",
      "{a:1}",
      "{\"a\":\"1}",
      "{\"b\":\"\x01\"}",
      "{\"b\":\"\xFF\"}",
      "\xC3\x28",
      "{\"a\":nul}",
      "{\"a\":truee}",
      "{\"a\":+1}",
      "{\"a\":01}",
      "{\"a\":1.}",
      "{\"a\":.5}",
      "{\"a\":1e}",
      "{\"a\":-}",
      "{\"a\":1,}",
      "{,}",
      "{\"a\":1,,\"b\":2}",
      "{\"u\":[1,2}",
      "{\"u\":}",
      "[1",
      "123",
      "null",
      "\"text\"",
      "}",
      "{\"b\":\"\\ud800\"}",
      "{\"a\":99999999999999999999}",
  };
  std::string text = "{\"a\":0}\n";
  std::vector<int64_t> positions;
  std::vector<std::string> expected = {"0 | NULL"};
  for (size_t i = 0; i < bad.size(); ++i) {
    positions.push_back(static_cast<int64_t>(text.size()));
    text += bad[i] + "\n{\"a\":" + std::to_string(i + 1) + "}\n";
    expected.push_back(std::to_string(i + 1) + " | NULL");
  }
  const auto decoded = Decode(AandB(), text);
  EXPECT_EQ(decoded.rows, expected);
  ASSERT_THAT(decoded.bad, SizeIs(bad.size()));
  for (size_t i = 0; i < bad.size(); ++i) {
    EXPECT_EQ(decoded.bad[i].bytes, bad[i]);
    EXPECT_EQ(decoded.bad[i].position, positions[i]) << bad[i];
    EXPECT_FALSE(decoded.bad[i].error.empty()) << bad[i];
  }
}

TEST(JsonDecoder, KeepsGoodRecordsBehindABadOneOfTheirLine) {
  const auto in_a_row = Decode(AandB(), "{\"a\":1} {\"a\":\"x\"} {\"a\":3}\n");
  EXPECT_THAT(in_a_row.rows, ElementsAre("1 | NULL", "3 | NULL"));
  ASSERT_THAT(in_a_row.bad, SizeIs(1));
  EXPECT_EQ(in_a_row.bad[0].bytes, "{\"a\":\"x\"}");
  EXPECT_EQ(in_a_row.bad[0].position, 8);
  const auto in_an_array = Decode(AandB(), "[{\"a\":1},{\"a\":{}},{\"a\":3}]\n");
  EXPECT_THAT(in_an_array.rows, ElementsAre("1 | NULL", "3 | NULL"));
  ASSERT_THAT(in_an_array.bad, SizeIs(1));
  EXPECT_EQ(in_an_array.bad[0].bytes, "{\"a\":{}}");
}

TEST(JsonDecoder, NamesTheReason) {
  const auto reason = [](const std::string& text) { return Decode(AandB(), text).bad.at(0).error; };
  EXPECT_EQ(reason("{\"a\":1"), "not JSON: expected ',' or '}', but the record ends");
  EXPECT_EQ(reason("{\"a\" 1}"), "not JSON: expected ':', found '1' at byte 5 of the record");
  EXPECT_EQ(reason("{\"b\":\"x\xFFy\"}\n"),
            "field 'b': not JSON: invalid UTF-8 at byte 7 of the record");
  EXPECT_THAT(reason("{\"b\":\"x}\n"), HasSubstr("no closing quote"));
  EXPECT_THAT(reason("[[\n"), HasSubstr("expected an object"));
  EXPECT_THAT(reason("{\"a\":1} {\"a\":2} x\n"), HasSubstr("more text follows"));
}

TEST(JsonDecoder, TellsAnObjectOverSeveralLinesThatIsBadOnce) {
  const auto decoded =
      Decode(AandB(), "{\n  \"a\": x,\n  \"b\": \"y\"\n}\n{\n  \"a\": 1\n}\n{\n  \"a\": 2\n");
  EXPECT_THAT(decoded.rows, ElementsAre("1 | NULL"));
  ASSERT_THAT(decoded.bad, SizeIs(2));
  EXPECT_EQ(decoded.bad[0].bytes, "{\n  \"a\": x,\n  \"b\": \"y\"\n}");
  EXPECT_EQ(decoded.bad[1].bytes, "{\n  \"a\": 2");
}

TEST(JsonDecoder, RollsBackABadRowWhole) {
  const std::vector<data::Field> fields = {FieldForTest("l", "STRUCT(k BIGINT, m BIGINT[])[]"),
                                           FieldForTest("s", "STRUCT(c VARCHAR)"),
                                           FieldForTest("n", "BIGINT")};
  const auto decoded =
      Decode(fields,
             "{\"l\":[{\"k\":null,\"m\":[null]},null],\"s\":null,\"n\":\"x\"}\n"
             "{\"l\":[{\"k\":1,\"m\":[2]},{\"k\":3}],\"s\":{\"c\":\"d\"},\"n\":4}\n");
  EXPECT_THAT(decoded.rows,
              ElementsAre("[{'k': 1, 'm': [2]}, {'k': 3, 'm': NULL}] | {'c': d} | 4"));
  EXPECT_THAT(decoded.bad, SizeIs(1));
}

TEST(JsonDecoder, BoundsTheLengthOfARecord) {
  const Options short_lines = {{"framing.newline.max_length", "20"}};
  const std::string long_record = "{\"b\":\"" + std::string(100, 'x') + "\"}\n";
  const data::ConnectorTable table = TableForTest(kFormat, AandB(), short_lines);
  for (const size_t piece : {size_t{0}, size_t{1}, size_t{7}, size_t{64}}) {
    const auto decoded = DecodeForTest(
        kFormat, table, "{\"a\":1}\n" + long_record + "{\"a\":2}\n" + long_record, piece);
    EXPECT_THAT(decoded.rows, ElementsAre("1 | NULL", "2 | NULL")) << piece;
    ASSERT_THAT(decoded.bad, SizeIs(2)) << piece;
    EXPECT_EQ(decoded.bad[0].error, "longer than framing.newline.max_length (20 bytes)");
    EXPECT_EQ(decoded.bad[0].position, 8);
  }
}

TEST(JsonDecoder, RefusesDeepNesting) {
  const std::string deep = std::string(100000, '[') + std::string(100000, ']');
  const auto json = DecodeForTest(kFormat, TableForTest(kFormat, {FieldForTest("x", "JSON")}),
                                  "{\"x\":" + deep + "}\n");
  EXPECT_THAT(json.bad.at(0).error, HasSubstr("nested deeper than 1000"));
  const auto decoded =
      DecodeForTest(kFormat, TableForTest(kFormat, AandB()), "{\"u\":" + deep + "}\n{\"a\":1}\n");
  EXPECT_THAT(decoded.rows, ElementsAre("1 | NULL"));
  EXPECT_THAT(decoded.bad.at(0).error, HasSubstr("nested deeper than 1000"));
}

TEST(JsonDecoder, FillsChunksAcrossWindows) {
  std::string text;
  std::vector<std::string> expected;
  for (int i = 0; i < 10000; ++i) {
    const bool is_bad = i % 1000 == 777;
    text += is_bad ? "{\"a\":!}\n"
                   : "{\"a\":" + std::to_string(i) + ",\"b\":\"" +
                         std::string(static_cast<size_t>(i % 50), 'x') + "\"}\n";
    if (!is_bad) {
      expected.push_back(std::to_string(i) + " | " + std::string(static_cast<size_t>(i % 50), 'x'));
    }
  }
  const data::ConnectorTable table = TableForTest(kFormat, AandB());
  const auto decoded = DecodeForTest(kFormat, table, text);
  EXPECT_EQ(decoded.rows, expected);
  EXPECT_THAT(decoded.bad, SizeIs(10));
  EXPECT_EQ(DecodeForTest(kFormat, table, text, 5000).rows, expected);
}

TEST(JsonDecoder, PassesOnTheErrorOfTheHandler) {
  class Refuse final : public BadRecordHandler {
    absl::Status Handle(const BadRecord& record) override { return base::DataLoss("refused"); }
  };
  Refuse handler;
  const data::ConnectorTable table = TableForTest(kFormat, AandB());
  auto decoder = kFormat.MakeDecoder(table, {0, 1}, handler);
  ASSERT_TRUE(decoder.ok());
  data::Chunk chunk = data::Chunk::Allocate(table.schema.Types());
  const auto used = (*decoder)->Decode("{\"a\":1}\nx\n", 0, true, chunk);
  EXPECT_EQ(used.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(chunk.num_rows(), 1);
}

TEST(JsonDecoder, CountsRecordsWithoutColumns) {
  const data::ConnectorTable table = TableForTest(kFormat, AandB());
  BadRecordsForTest handler;
  auto decoder = kFormat.MakeDecoder(table, {}, handler);
  ASSERT_TRUE(decoder.ok());
  data::Chunk chunk = data::Chunk::Allocate({});
  ASSERT_TRUE((*decoder)->Decode("{\"a\":1}\nx\n{}\n", 0, true, chunk).ok());
  EXPECT_EQ(chunk.num_rows(), 2);
  EXPECT_THAT(handler.records(), SizeIs(1));
}

TEST(JsonFormat, RefusesWrongTablesForUnstructuredRecords) {
  const data::ConnectorTable table =
      TableForTest(kFormat, AandB(), {{"json.unstructured", "true"}});
  EXPECT_THAT(std::string(kFormat.Validate(table).message()),
              HasSubstr("exactly one column, 'value JSON'"));
  data::ConnectorTable with_metadata =
      TableForTest(kFormat, {FieldForTest("value", "JSON"), FieldForTest("file", "VARCHAR")},
                   {{"json.unstructured", "true"}});
  EXPECT_FALSE(kFormat.Validate(with_metadata).ok());
  with_metadata.metadata.push_back({"file", "file"});
  EXPECT_TRUE(kFormat.Validate(with_metadata).ok());
  EXPECT_FALSE(
      kFormat
          .Validate(TableForTest(kFormat, {FieldForTest("value", "JSON")},
                                 {{"json.unstructured", "true"}, {"json.include_schema", "true"}}))
          .ok());
}

}  // namespace
}  // namespace laminar::formats
