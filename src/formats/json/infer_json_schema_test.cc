#include "formats/json/infer_json_schema.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::formats {
namespace {

using ::testing::HasSubstr;

std::string Infer(std::string_view sample, bool at_end = true, const JsonOptions& options = {}) {
  const auto schema = InferJsonSchema(sample, at_end, options);
  return schema.ok() ? schema->ToString() : std::string(schema.status().message());
}

TEST(InferJsonSchema, NamesColumnsInTheOrderInWhichTheyAppear) {
  EXPECT_EQ(Infer("{\"b\":1,\"a\":\"x\"}\n{\"c\":true,\"b\":2}\n"),
            "b BIGINT, a VARCHAR, c BOOLEAN");
}

TEST(InferJsonSchema, MergesTypes) {
  const auto merged = [](const std::string& a, const std::string& b) {
    return Infer("{\"x\":" + a + "}\n{\"x\":" + b + "}\n");
  };
  EXPECT_EQ(merged("1", "2.5"), "x DOUBLE");
  EXPECT_EQ(merged("1", "null"), "x BIGINT");
  EXPECT_EQ(merged("null", "null"), "x VARCHAR");
  EXPECT_EQ(merged("1", "18446744073709551615"), "x HUGEINT");
  EXPECT_EQ(merged("1", "\"a\""), "x VARCHAR");
  EXPECT_EQ(merged("true", "1"), "x VARCHAR");
  EXPECT_EQ(merged("{\"y\":1}", "{\"z\":\"a\"}"), "x STRUCT(y BIGINT, z VARCHAR)");
  EXPECT_EQ(merged("{\"y\":1}", "1"), "x JSON");
  EXPECT_EQ(merged("[1]", "{}"), "x JSON");
  EXPECT_EQ(merged("[1]", "[2.5,null]"), "x DOUBLE[]");
  EXPECT_EQ(merged("[]", "[]"), "x VARCHAR[]");
  EXPECT_EQ(merged("[{\"a\":1}]", "[{\"b\":[true]}]"), "x STRUCT(a BIGINT, b BOOLEAN[])[]");
  EXPECT_EQ(merged("{}", "{}"), "x JSON");
}

TEST(InferJsonSchema, KnowsTimes) {
  EXPECT_EQ(Infer("{\"t\":\"2024-01-01T00:00:00Z\"}\n{\"t\":\"2024-01-01 00:00:00.5\"}\n"),
            "t TIMESTAMP");
  EXPECT_EQ(Infer("{\"t\":\"2024-01-01\"}\n"), "t DATE");
  EXPECT_EQ(Infer("{\"t\":\"2024-01-01\"}\n{\"t\":\"2024-01-01T00:00:00Z\"}\n"), "t TIMESTAMP");
  EXPECT_EQ(Infer("{\"t\":\"2024-01-01T00:00:00Z\"}\n{\"t\":\"soon\"}\n"), "t VARCHAR");
}

TEST(InferJsonSchema, TakesNamesThatDifferByCaseForOneColumn) {
  EXPECT_EQ(Infer("{\"Id\":1}\n{\"id\":2.5}\n"), "Id DOUBLE");
}

TEST(InferJsonSchema, LeavesOutBadAndUnfinishedRecords) {
  EXPECT_EQ(Infer("{\"a\":1}\nbad\n{\"b\":2}\n{\"c\":", /*at_end=*/false), "a BIGINT, b BIGINT");
  EXPECT_EQ(Infer("{\n  \"a\": 1\n}\n"), "a BIGINT");
  EXPECT_EQ(Infer("[{\"a\":1},{\"b\":2}]"), "a BIGINT, b BIGINT");
}

TEST(InferJsonSchema, SaysWhyThereAreNoColumns) {
  EXPECT_THAT(Infer(""), HasSubstr("no JSON object"));
  EXPECT_THAT(Infer("hello\n"), HasSubstr("the first one: not JSON: expected an object"));
  EXPECT_THAT(Infer("{}\n"), HasSubstr("no fields"));
  EXPECT_THAT(Infer("{\"a\":", /*at_end=*/false),
              HasSubstr("first record is longer than the 5 bytes"));
}

TEST(InferJsonSchema, FollowsTheOptions) {
  JsonOptions unstructured;
  unstructured.unstructured = true;
  EXPECT_EQ(Infer("1\n", true, unstructured), "value JSON");
  JsonOptions envelope;
  envelope.include_schema = true;
  EXPECT_EQ(Infer("{\"schema\":{},\"payload\":{\"a\":1}}\n", true, envelope), "a BIGINT");
}

}  // namespace
}  // namespace laminar::formats
