#include "formats/csv/csv_encoder.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/csv/csv_format.h"
#include "formats/csv/infer_csv_schema.h"
#include "formats/formats_for_test.h"

namespace laminar::formats {
namespace {

using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Options = std::map<std::string, std::string>;

const CsvFormat kFormat;

std::string Encode(std::vector<data::Field> fields,
                   const std::vector<std::vector<std::string>>& rows,
                   const Options& options = {}) {
  const data::ConnectorTable table = TableForTest(kFormat, std::move(fields), options);
  return EncodeForTest(kFormat, table, ChunkForTest(table.schema, rows));
}

std::vector<data::Field> AandB() {
  return {FieldForTest("a", "BIGINT"), FieldForTest("b", "VARCHAR")};
}

TEST(CsvEncoder, WritesAHeaderAndRows) {
  EXPECT_EQ(Encode(AandB(), {{"1", "x"}, {"NULL", "NULL"}}), "a,b\n1,x\n,\n");
  EXPECT_EQ(Encode(AandB(), {{"1", "x"}}, {{"csv.header", "false"}}), "1,x\n");
}

TEST(CsvEncoder, QuotesWhatMustBeQuoted) {
  EXPECT_EQ(
      Encode({FieldForTest("a,b", "VARCHAR")},
             {{"x,y"}, {"say \"hi\" in more than sixteen bytes"}, {"two\nlines"}, {"c\rr"}, {""}}),
      "\"a,b\"\n\"x,y\"\n\"say \"\"hi\"\" in more than sixteen bytes\"\n\"two\nlines\"\n"
      "\"c\rr\"\n\"\"\n");
  EXPECT_EQ(Encode(AandB(), {{"1", "#x"}}, {{"csv.comment", "#"}, {"csv.null", "1"}}),
            "a,b\n\"1\",\"#x\"\n");
  EXPECT_EQ(Encode({FieldForTest("d", "DOUBLE")}, {{"1.5"}}, {{"csv.delimiter", "."}}),
            "d\n\"1.5\"\n");
}

TEST(CsvEncoder, WritesTextThatCastsReadBack) {
  EXPECT_EQ(Encode({FieldForTest("t", "TIMESTAMP"), FieldForTest("z", "TIMESTAMP WITH TIME ZONE"),
                    FieldForTest("l", "BIGINT[]"), FieldForTest("d", "DOUBLE")},
                   {{"2024-05-06 07:08:09.5", "2024-05-06 07:08:09+00", "[1, 2]", "inf"}}),
            "t,z,l,d\n2024-05-06 07:08:09.500,2024-05-06 07:08:09+00,\"[1, 2]\",inf\n");
}

TEST(CsvFormat, ReadsBackWhatItWrites) {
  for (const Options& options :
       {Options{}, Options{{"csv.delimiter", ";"}, {"csv.quote", "'"}, {"csv.null", "NULL"}},
        Options{{"csv.escape", "\\"}, {"csv.header", "false"}}, Options{{"csv.delimiter", "0"}}}) {
    const data::ConnectorTable table = TableForTest(
        kFormat,
        {FieldForTest("a", "DOUBLE"), FieldForTest("b", "VARCHAR"), FieldForTest("c", "BLOB"),
         FieldForTest("d", "TIMESTAMP_NS"), FieldForTest("e", "DECIMAL(20,5)"),
         FieldForTest("f", "STRUCT(x UUID, y TIME[])"), FieldForTest("g", "MAP(DATE, HUGEINT)"),
         FieldForTest("h", "INTERVAL"), FieldForTest("i", "ENUM('a,b', 'c')"),
         FieldForTest("j", "BOOLEAN")},
        options);
    const data::Chunk chunk = ChunkForTest(
        table.schema,
        {{"0.30000000000000004", "q\"\\\n\xE2\x82\xAC';,0", "\\xFF\\x00\"",
          "2024-05-06 07:08:09.123456789", "-99999.12345",
          "{'x': 123e4567-e89b-12d3-a456-426614174000, 'y': ['01:02:03.4', NULL]}",
          "{2024-01-01=170141183460469231731687303715884105727}",
          "1 year 2 months 3 days 04:05:06.7", "a,b", "true"},
         {"NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL"},
         {"nan", "", "x", "1970-01-01", "0", "{'x': NULL, 'y': []}", "{}", "-1 day", "c",
          "false"}});
    const std::string text = EncodeForTest(kFormat, table, chunk);
    const DecodedForTest decoded = DecodeForTest(kFormat, table, text);
    EXPECT_THAT(decoded.bad, IsEmpty()) << text << decoded.bad[0].error;
    EXPECT_EQ(decoded.rows, RowsForTest(chunk)) << text;
  }
}

std::string Infer(std::string_view sample, bool at_end = true, const Options& options = {}) {
  const data::ConnectorTable table = TableForTest(kFormat, {}, options);
  const auto schema = kFormat.InferSchema(sample, at_end, table.format_options);
  return schema.ok() ? schema->ToString() : std::string(schema.status().message());
}

TEST(InferCsvSchema, FindsTypesAndHeaders) {
  EXPECT_EQ(Infer("id,name,price,at,ok\n1,x,1.5,2024-01-01 "
                  "00:00:00,true\n2,y,,2024-01-01T00:00:00Z,false\n"),
            "id BIGINT, name VARCHAR, price DOUBLE, at TIMESTAMP, ok BOOLEAN");
  EXPECT_EQ(Infer("1,x\n2,y\n"), "column0 BIGINT, column1 VARCHAR");
  EXPECT_EQ(Infer("first,last\nada,lovelace\n"), "first VARCHAR, last VARCHAR");
  EXPECT_EQ(Infer("a b!,c\nd,e\n"), "column0 VARCHAR, column1 VARCHAR");
  EXPECT_EQ(Infer("1,2\n3,4\n", true, {{"csv.header", "true"}}), "1 BIGINT, 2 BIGINT");
  EXPECT_EQ(Infer("a,b\n3,4\n", true, {{"csv.header", "false"}}),
            "column0 VARCHAR, column1 VARCHAR");
  EXPECT_EQ(Infer("a,a,\n1,2,3\n", true, {{"csv.header", "true"}}),
            "a BIGINT, a_1 BIGINT, column2 BIGINT");
  EXPECT_EQ(Infer("1,99999999999999999999\n2,3\n"), "column0 BIGINT, column1 HUGEINT");
}

TEST(InferCsvSchema, LeavesOutUnfinishedAndRaggedRecords) {
  EXPECT_EQ(Infer("1,2\n3\n4,x", /*at_end=*/false), "column0 BIGINT, column1 BIGINT");
  EXPECT_EQ(Infer("1,2\n3\n4,x", /*at_end=*/true), "column0 BIGINT, column1 VARCHAR");
  EXPECT_THAT(Infer("1,2", /*at_end=*/false), HasSubstr("no whole CSV record"));
  EXPECT_THAT(Infer(""), HasSubstr("no whole CSV record"));
}

}  // namespace
}  // namespace laminar::formats
