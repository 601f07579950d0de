#include "formats/raw/raw_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/formats_for_test.h"

namespace laminar::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

const RawFormat kString(RawFormat::Kind::kString);
const RawFormat kBytes(RawFormat::Kind::kBytes);

TEST(RawString, ReadsOneTextPerLine) {
  const data::ConnectorTable table = TableForTest(kString, {FieldForTest("value", "VARCHAR")});
  for (const size_t piece : {size_t{0}, size_t{1}, size_t{5}}) {
    const auto decoded =
        DecodeForTest(kString, table, "\xEF\xBB\xBFone\r\n\ntwo words and more\n\xFF\nlast", piece);
    EXPECT_THAT(decoded.rows, ElementsAre("one", "", "two words and more", "last"));
    ASSERT_THAT(decoded.bad, SizeIs(1));
    EXPECT_EQ(decoded.bad[0].error, "invalid UTF-8 at byte 0 of the line");
    EXPECT_EQ(decoded.bad[0].position, 28);
  }
}

TEST(RawString, BoundsTheLengthOfALine) {
  const data::ConnectorTable table = TableForTest(kString, {FieldForTest("value", "VARCHAR")},
                                                  {{"framing.newline.max_length", "10"}});
  for (const size_t piece : {size_t{0}, size_t{1}, size_t{5}}) {
    const auto decoded =
        DecodeForTest(kString, table,
                      "short\n" + std::string(30, 'x') + "\nagain\n" + std::string(30, 'x'), piece);
    EXPECT_THAT(decoded.rows, ElementsAre("short", "again"));
    EXPECT_THAT(decoded.bad, SizeIs(2));
  }
}

TEST(RawBytes, ReadsAnyBytes) {
  const data::ConnectorTable table = TableForTest(kBytes, {FieldForTest("value", "BLOB")});
  EXPECT_THAT(DecodeForTest(kBytes, table, "a\xFF\r\nb").rows, ElementsAre("a\\xFF\\x0D", "b"));
}

TEST(RawFormat, WritesValuesAsTheyAre) {
  const data::ConnectorTable table = TableForTest(kString, {FieldForTest("value", "VARCHAR")});
  EXPECT_EQ(EncodeForTest(kString, table, ChunkForTest(table.schema, {{"a,\"b"}, {"NULL"}, {"c"}})),
            "a,\"b\n\nc\n");
}

TEST(RawFormat, NeedsExactlyOneColumn) {
  EXPECT_THAT(kString.Validate(TableForTest(kString, {FieldForTest("text", "VARCHAR")})).ToString(),
              HasSubstr("exactly one column, 'value TEXT'"));
  EXPECT_THAT(kBytes.Validate(TableForTest(kBytes, {FieldForTest("value", "VARCHAR")})).ToString(),
              HasSubstr("exactly one column, 'value BYTEA'"));
  EXPECT_EQ(kBytes.InferSchema("", true, {})->ToString(), "value BLOB");
}

}  // namespace
}  // namespace laminar::formats
