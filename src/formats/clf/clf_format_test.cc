#include "formats/clf/clf_format.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "formats/formats_for_test.h"

namespace laminar::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;

const ClfFormat kFormat;

data::ConnectorTable AllColumns() {
  return TableForTest(kFormat, kFormat.InferSchema("", true, {})->fields);
}

TEST(ClfFormat, ReadsTheCommonAndTheCombinedFormat) {
  const auto decoded = DecodeForTest(
      kFormat, AllColumns(),
      "127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /a?b=c HTTP/1.0\" 200 2326\n"
      "::1 - - [10/Oct/2000:13:55:36 +0000] \"POST / HTTP/2.0\" 404 - \"-\" \"agent \\\"x\\\" "
      "1.0\"\n"
      "h - - [10/Oct/2000:13:55:36 +0000] \"-\" 400 0 \"http://r/\" \"-\" \"extra\"\n\n");
  EXPECT_THAT(
      decoded.rows,
      ElementsAre("127.0.0.1 | NULL | frank | 2000-10-10 20:55:36 | GET | /a?b=c | HTTP/1.0 "
                  "| 200 | 2326 | NULL | NULL",
                  "::1 | NULL | NULL | 2000-10-10 13:55:36 | POST | / | HTTP/2.0 | 404 | "
                  "NULL | NULL | agent \\\"x\\\" 1.0",
                  "h | NULL | NULL | 2000-10-10 13:55:36 | NULL | NULL | NULL | 400 | 0 | "
                  "http://r/ | NULL"));
}

TEST(ClfFormat, SaysWhatIsWrongWithALine) {
  const auto decoded = DecodeForTest(
      kFormat, AllColumns(),
      "nonsense\nh - - [10/Foo/2000:13:55:36 +0000] \"GET /\" 200 1\n"
      "h - - [10/Oct/2000:13:55:36 +0000] GET 200 1\nh - - [10/Oct/2000:13:55:36 +0000] \"G\" x 1\n"
      "h - - [10/Oct/2000:13:55:36 +0000] \"G\" 200 x\n"
      "h - - [10/Oct/2000:13:55:36 +0000] \"G\" 200 1 x\n"
      "h - - [10/Oct/2000:13:55:36 +0000] \"G\" 99999999999 1\n\xFF\n");
  EXPECT_TRUE(decoded.rows.empty());
  std::vector<std::string> errors;
  for (const auto& bad : decoded.bad) {
    errors.push_back(bad.error);
  }
  EXPECT_THAT(errors, ElementsAre(HasSubstr("'timestamp'"), HasSubstr("'timestamp'"),
                                  HasSubstr("request in quotes"), HasSubstr("'status'"),
                                  HasSubstr("'bytes'"), HasSubstr("'referer'"),
                                  HasSubstr("'status': out of range"), HasSubstr("UTF-8")));
}

TEST(ClfFormat, FillsTheColumnsThatAreDeclared) {
  const data::ConnectorTable table = TableForTest(
      kFormat, {FieldForTest("Status", "VARCHAR"), FieldForTest("timestamp", "VARCHAR")});
  EXPECT_THAT(
      DecodeForTest(kFormat, table, "h - - [10/Oct/2000:13:55:36 -0700] \"GET / HTTP/1.0\" 200 1\n")
          .rows,
      ElementsAre("200 | 10/Oct/2000:13:55:36 -0700"));
  EXPECT_THAT(kFormat.Validate(TableForTest(kFormat, {FieldForTest("x", "VARCHAR")})).ToString(),
              HasSubstr("no field for column 'x'"));
  EXPECT_FALSE(kFormat.MakeEncoder(table).ok());
}

}  // namespace
}  // namespace laminar::formats
