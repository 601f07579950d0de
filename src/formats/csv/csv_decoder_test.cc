#include "formats/csv/csv_decoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/csv/csv_format.h"
#include "formats/formats_for_test.h"

namespace laminar::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using Options = std::map<std::string, std::string>;

const CsvFormat kFormat;

std::vector<data::Field> AandB() {
  return {FieldForTest("a", "BIGINT"), FieldForTest("b", "VARCHAR")};
}

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

std::string One(const std::string& type, const std::string& text) {
  const auto decoded =
      Decode({FieldForTest("x", type), FieldForTest("y", "BIGINT")}, text + ",1\n");
  if (!decoded.status.ok()) {
    return decoded.status.ToString();
  }
  return decoded.bad.empty() ? decoded.rows.at(0).substr(0, decoded.rows[0].size() - 4)
                             : decoded.bad[0].error;
}

TEST(CsvDecoder, ReadsRecordsByPlace) {
  EXPECT_THAT(Decode(AandB(), "1,x\n2,y\n3,").rows, ElementsAre("1 | x", "2 | y", "3 | NULL"));
  EXPECT_THAT(Decode(AandB(), "").rows, IsEmpty());
}

TEST(CsvDecoder, ReadsLineEndsByteOrderMarkAndBlankLines) {
  const auto decoded = Decode(AandB(),
                              "\xEF\xBB\xBF"
                              "1,x\r\n\r\n\n2,\"y\"\r\n3,z\r\n");
  EXPECT_THAT(decoded.rows, ElementsAre("1 | x", "2 | y", "3 | z"));
  EXPECT_THAT(decoded.bad, IsEmpty());
}

TEST(CsvDecoder, ReadsQuotedFields) {
  EXPECT_THAT(
      Decode(AandB(),
             "1,\"x,y\"\n\"2\",\"say \"\"hi\"\"\"\n3,\"two\nlines\r\nand three\"\n4,\"\"\n5,a\"b\n")
          .rows,
      ElementsAre("1 | x,y", "2 | say \"hi\"", "3 | two\nlines\r\nand three", "4 | ", "5 | a\"b"));
}

TEST(CsvDecoder, TakesBlankLinesOfOneColumnForItsNull) {
  std::vector<data::Field> one = {FieldForTest("b", "VARCHAR")};
  EXPECT_THAT(Decode(one, "\nb\nx\n\n\"\"\n").rows, ElementsAre("x", "NULL", ""));
  EXPECT_THAT(Decode(one, "\nx\n", {{"csv.header", "false"}}).rows, ElementsAre("NULL", "x"));
  EXPECT_THAT(Decode(one, "x\n\n", {{"csv.null", "NA"}}).rows, ElementsAre("x"));
  one[0].nullable = false;
  EXPECT_THAT(Decode(one, "x\n\n").rows, ElementsAre("x"));
}

TEST(CsvDecoder, TellsAnEmptyBlobFromNull) {
  const std::vector<data::Field> fields = {FieldForTest("a", "BIGINT"), FieldForTest("b", "BLOB")};
  EXPECT_THAT(Decode(fields, "1,\"\"\n2,\n").rows, ElementsAre("1 | ", "2 | NULL"));
}

TEST(CsvDecoder, FollowsTheDialect) {
  EXPECT_THAT(Decode(AandB(), "1;'a''b;c'\n", {{"csv.delimiter", ";"}, {"csv.quote", "'"}}).rows,
              ElementsAre("1 | a'b;c"));
  EXPECT_THAT(
      Decode(AandB(), "1\t\"a\\\"b\\\\\"\n", {{"csv.delimiter", "\\t"}, {"csv.escape", "\\"}}).rows,
      ElementsAre("1 | a\"b\\"));
  EXPECT_THAT(Decode(AandB(), "#1,x\n1,\"x\n", {{"csv.comment", "#"}, {"csv.quote", ""}}).rows,
              ElementsAre("1 | \"x"));
  EXPECT_THAT(Decode(AandB(), "NA,NA\n1,\"NA\"\n2,\n", {{"csv.null", "NA"}}).rows,
              ElementsAre("NULL | NULL", "1 | NA", "2 | "));
}

TEST(CsvDecoder, FindsAHeaderByItself) {
  EXPECT_THAT(Decode(AandB(), "B,other, A \nx,9,1\n").rows, ElementsAre("1 | x"));
  EXPECT_THAT(Decode(AandB(), "1,x\n").rows, ElementsAre("1 | x"));
  EXPECT_THAT(Decode(AandB(), "a,b\n", {{"csv.header", "true"}}).rows, IsEmpty());
  const auto no_header = Decode(AandB(), "a,b\n1,x\n", {{"csv.header", "false"}});
  EXPECT_THAT(no_header.rows, ElementsAre("1 | x"));
  EXPECT_THAT(no_header.bad.at(0).error, "field 'a': expected BIGINT, found 'a'");
}

TEST(CsvDecoder, MakesColumnsThatTheHeaderLacksNull) {
  EXPECT_THAT(Decode(AandB(), "b\nx\n").rows, ElementsAre("NULL | x"));
  std::vector<data::Field> fields = AandB();
  fields[0].nullable = false;
  EXPECT_THAT(Decode(fields, "b\nx\n").status.ToString(),
              HasSubstr("no column 'a', which is NOT NULL; it has: b"));
  EXPECT_THAT(Decode(AandB(), "x,y\n1,2\n", {{"csv.header", "true"}}).status.ToString(),
              HasSubstr("names no column of the table"));
}

TEST(CsvDecoder, ReadsEveryInputsHeader) {
  const data::ConnectorTable table = TableForTest(kFormat, AandB());
  BadRecordsForTest handler;
  auto decoder = kFormat.MakeDecoder(table, {0, 1}, handler);
  ASSERT_TRUE(decoder.ok());
  data::Chunk chunk = data::Chunk::Allocate(table.schema.Types());
  for (const std::string text : {"a,b\n1,x\n", "b,a\ny,2\n"}) {
    (*decoder)->StartInput();
    ASSERT_TRUE((*decoder)->Decode(text, 0, true, chunk).ok());
  }
  EXPECT_THAT(RowsForTest(chunk), ElementsAre("1 | x", "2 | y"));
}

TEST(CsvDecoder, DeliversOnlyTheWantedColumns) {
  const data::ConnectorTable table = TableForTest(kFormat, AandB());
  EXPECT_THAT(DecodeForTest(kFormat, table, "1,x\nz,y\n", 0, {1}).rows, ElementsAre("x", "y"));
  EXPECT_THAT(DecodeForTest(kFormat, table, "a,b\n1,x\n", 0, {1, 0}).rows, ElementsAre("x | 1"));
}

TEST(CsvDecoder, LeavesOutMetadataColumns) {
  data::ConnectorTable table = TableForTest(
      kFormat,
      {FieldForTest("file", "VARCHAR"), FieldForTest("a", "BIGINT"), FieldForTest("b", "VARCHAR")});
  table.metadata.push_back({"file", "file"});
  EXPECT_THAT(DecodeForTest(kFormat, table, "1,x\n", 0, {1, 2}).rows, ElementsAre("1 | x"));
}

TEST(CsvDecoder, ReadsEveryTypeAsCastsDo) {
  EXPECT_EQ(One("BOOLEAN", "true"), "true");
  EXPECT_EQ(One("BOOLEAN", "F"), "false");
  EXPECT_EQ(One("TINYINT", "-128"), "-128");
  EXPECT_EQ(One("INTEGER", " 7 "), "7");
  EXPECT_EQ(One("BIGINT", "1e3"), "1000");
  EXPECT_EQ(One("UBIGINT", "18446744073709551615"), "18446744073709551615");
  EXPECT_EQ(One("HUGEINT", "-5"), "-5");
  EXPECT_EQ(One("DOUBLE", "nan"), "nan");
  EXPECT_EQ(One("DOUBLE", "-1.5e10"), "-15000000000.0");
  EXPECT_EQ(One("FLOAT", "0.1"), "0.1");
  EXPECT_EQ(One("DECIMAL(5,2)", "1.005"), "1.01");
  EXPECT_EQ(One("DATE", "2024-02-29"), "2024-02-29");
  EXPECT_EQ(One("TIME", "01:02:03"), "01:02:03");
  EXPECT_EQ(One("TIMESTAMP", "2024-01-01 00:00:00.5"), "2024-01-01 00:00:00.5");
  EXPECT_EQ(One("TIMESTAMP", "2024-01-01T00:00:00+01:00"), "2023-12-31 23:00:00");
  EXPECT_EQ(One("BLOB", "\\xAAb"), "\\xAAb");
  EXPECT_EQ(One("UUID", "00010203-0405-0607-0809-0a0b0c0d0e0f"),
            "00010203-0405-0607-0809-0a0b0c0d0e0f");
  EXPECT_EQ(One("INTERVAL", "3 days"), "3 days");
  EXPECT_EQ(One("ENUM('red', 'green')", "red"), "red");
  EXPECT_EQ(One("BIGINT[]", "\"[1, NULL]\""), "[1, NULL]");
  EXPECT_EQ(One("STRUCT(a BIGINT, b VARCHAR)", "\"{'a': 1, 'b': x}\""), "{'a': 1, 'b': x}");
  EXPECT_EQ(One("JSON", "\"{\"\"k\"\": 1}\""), "{\"k\": 1}");
  EXPECT_EQ(One("BIGINT", ""), "NULL");
  EXPECT_EQ(One("BIGINT", "\"\""), "NULL");
  EXPECT_THAT(One("TINYINT", "128"), HasSubstr("out of range for TINYINT: 128"));
  EXPECT_THAT(One("BIGINT", "x"), HasSubstr("field 'x': expected BIGINT, found 'x'"));
  EXPECT_THAT(One("JSON", "{"), HasSubstr("not JSON"));
  EXPECT_THAT(One("VARCHAR", "\xFF"), HasSubstr("field 'x': invalid UTF-8"));
}

TEST(CsvDecoder, TellsBadRecordsAndGoesOn) {
  std::vector<data::Field> fields = AandB();
  fields[0].nullable = false;
  const auto decoded =
      Decode(fields, "1,x\n2\n3,y,z\n,w\n4,\"a\"b\n5,v\nx,u\n6,\"open\n7,t\n8,\"open\n");
  EXPECT_THAT(decoded.rows, ElementsAre("1 | x", "5 | v", "7 | t"));
  ASSERT_THAT(decoded.bad, SizeIs(7));
  EXPECT_EQ(decoded.bad[0].error, "expected 2 fields, found 1");
  EXPECT_EQ(decoded.bad[0].bytes, "2");
  EXPECT_EQ(decoded.bad[0].position, 4);
  EXPECT_EQ(decoded.bad[1].error, "expected 2 fields, found 3");
  EXPECT_EQ(decoded.bad[2].error, "field 'a': NULL, but NOT NULL");
  EXPECT_EQ(decoded.bad[3].error, "text follows the closing quote of a field");
  EXPECT_EQ(decoded.bad[3].bytes, "4,\"a\"b");
  EXPECT_EQ(decoded.bad[4].error, "field 'a': expected BIGINT, found 'x'");
  // The quote that line 6 opens is closed by that of line 8; line 7 is read all the same.
  EXPECT_EQ(decoded.bad[5].error, "text follows the closing quote of a field");
  EXPECT_EQ(decoded.bad[5].bytes, "6,\"open");
  EXPECT_EQ(decoded.bad[6].error, "the quote of a field is not closed");
}

TEST(CsvDecoder, BoundsTheLengthOfARecord) {
  const data::ConnectorTable table =
      TableForTest(kFormat, AandB(), {{"framing.newline.max_length", "20"}});
  const std::string text =
      "1,x\n2," + std::string(200, 'y') + "\n3,z\n4," + std::string(5000, 'y') + "\n5,v\n";
  for (const size_t piece : {size_t{0}, size_t{1}, size_t{7}, size_t{64}}) {
    const auto decoded = DecodeForTest(kFormat, table, text, piece);
    EXPECT_THAT(decoded.rows, ElementsAre("1 | x", "3 | z", "5 | v")) << piece;
    EXPECT_THAT(decoded.bad, SizeIs(2)) << piece;
  }
}

TEST(CsvDecoder, FillsChunksAcrossWindows) {
  std::string text = "a,b\n";
  std::vector<std::string> expected;
  for (int i = 0; i < 10000; ++i) {
    const std::string word(static_cast<size_t>(i % 50 + 1), 'x');
    text += std::to_string(i) + (i % 3 == 0 ? ",\"" + word + "\n\"\n" : "," + word + "\n");
    expected.push_back(std::to_string(i) + " | " + word + (i % 3 == 0 ? "\n" : ""));
  }
  const data::ConnectorTable table = TableForTest(kFormat, AandB());
  EXPECT_EQ(DecodeForTest(kFormat, table, text).rows, expected);
  EXPECT_EQ(DecodeForTest(kFormat, table, text, 5000).rows, expected);
}

TEST(CsvDecoder, RollsBackABadRowWhole) {
  const auto decoded =
      Decode({FieldForTest("a", "VARCHAR"), FieldForTest("b", "BIGINT")}, ",x\nv,1\n");
  EXPECT_THAT(decoded.rows, ElementsAre("v | 1"));
}

TEST(CsvFormat, RefusesWrongDialects) {
  const auto check = [](const Options& options) {
    return kFormat.Validate(TableForTest(kFormat, AandB(), options)).ToString();
  };
  EXPECT_THAT(check({{"csv.delimiter", "ab"}}), HasSubstr("must be one ASCII character"));
  EXPECT_THAT(check({{"csv.delimiter", ""}}), HasSubstr("not empty"));
  EXPECT_THAT(check({{"csv.delimiter", "\""}}), HasSubstr("must differ"));
  data::ConnectorTable sink = TableForTest(kFormat, AandB(), {{"csv.quote", ""}});
  EXPECT_TRUE(kFormat.Validate(sink).ok());
  sink.kind = data::ConnectorTable::Kind::kSink;
  EXPECT_THAT(kFormat.Validate(sink).ToString(), HasSubstr("source only"));
}

}  // namespace
}  // namespace laminar::formats
