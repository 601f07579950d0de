#include "control/metadata/sealed_json.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/metadata/json_fields.h"

namespace laminar::control {
namespace {

TEST(SealedJson, ComesBackAndIsReadableJson) {
  const std::string sealed = SealJson({{"a", 1}, {"b", "text"}});
  EXPECT_THAT(sealed, testing::StartsWith("{\"a\":1,\"b\":\"text\",\"crc32c\":\""));
  EXPECT_TRUE(nlohmann::json::accept(sealed));
  const nlohmann::ordered_json object = OpenSealedJson(sealed, "x.json").value();
  EXPECT_EQ(object["a"], 1);
}

TEST(SealedJson, NoticesEveryFlippedBitAndNamesTheObject) {
  const std::string sealed = SealJson({{"a", 1}, {"b", "text"}});
  for (size_t bit = 0; bit < 8 * sealed.size(); ++bit) {
    std::string damaged = sealed;
    damaged[bit / 8] = static_cast<char>(damaged[bit / 8] ^ (1 << bit % 8));
    const absl::Status status = OpenSealedJson(damaged, "x.json").status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << bit << " " << status;
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr("x.json"));
  }
}

TEST(SealedJson, NoticesEveryTruncationAndWhatFollows) {
  const std::string sealed = SealJson({{"a", 1}, {"b", "text"}});
  for (size_t size = 0; size < sealed.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(OpenSealedJson(sealed.substr(0, size), "x").status())) << size;
  }
  EXPECT_TRUE(absl::IsDataLoss(OpenSealedJson(sealed + "\n", "x").status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenSealedJson(sealed + sealed, "x").status()));
}

TEST(SealedJson, RefusesWhatIsSealedAndNoObject) {
  EXPECT_TRUE(absl::IsDataLoss(OpenSealedJson(SealText("[1"), "x").status()));
  EXPECT_TRUE(absl::IsDataLoss(OpenSealedJson(SealText(""), "x").status()));
}

class JsonFieldsTest : public testing::Test {
 protected:
  JsonFields Read(const char* text) {
    object_ = nlohmann::ordered_json::parse(text);
    return {object_, error_};
  }
  std::string Error() const { return std::string(error_.message()); }

  nlohmann::ordered_json object_;
  absl::Status error_;
};

TEST_F(JsonFieldsTest, ReadsMembersByNameAndType) {
  JsonFields fields = Read(R"({"t": "x", "f": true, "i": -5, "h": "00000000000000ff", "a": [1]})");
  EXPECT_EQ(fields.Text("t"), "x");
  EXPECT_TRUE(fields.Flag("f"));
  EXPECT_EQ(fields.Integer("i"), -5);
  EXPECT_EQ(fields.Hash("h"), 255u);
  int num_elements = 0;
  fields.Each("a", [&](const nlohmann::ordered_json&) { ++num_elements; });
  EXPECT_EQ(num_elements, 1);
  EXPECT_TRUE(fields.ok());
}

TEST_F(JsonFieldsTest, NamesTheFirstMemberThatIsWrong) {
  JsonFields fields = Read(R"({"t": 1})");
  EXPECT_EQ(fields.Integer("missing"), 0);
  EXPECT_EQ(fields.Text("t"), "");
  EXPECT_EQ(Error(), "member 'missing' is missing");
}

TEST_F(JsonFieldsTest, RefusesOtherTypesAndValuesOutOfRange) {
  const char* wrong[] = {R"({"x": null})", R"({"x": []})",        R"({"x": {}})",
                         R"({"x": 1.5})",  R"({"x": "123"})",     R"({"x": {"hex": "0"}})",
                         R"({"x": 1e99})", R"({"x": {"hex": 1}})"};
  for (const char* text : wrong) {
    error_ = absl::OkStatus();
    JsonFields fields = Read(text);
    EXPECT_EQ(fields.Integer("x"), 0) << text;
    EXPECT_FALSE(fields.ok()) << text;
    error_ = absl::OkStatus();
    EXPECT_EQ(fields.Hash("x"), 0u) << text;
    EXPECT_FALSE(fields.ok()) << text;
  }
  error_ = absl::OkStatus();
  EXPECT_EQ(Read(R"({"x": 18446744073709551615})").Integer("x"), 0);
  EXPECT_EQ(Error(), "member 'x' is out of range");
  error_ = absl::OkStatus();
  EXPECT_EQ(Read(R"({"x": -1})").Integer("x", 0), 0);
  EXPECT_EQ(Error(), "member 'x' is out of range");
  error_ = absl::OkStatus();
  EXPECT_EQ(Read(R"({"x": ""})").Hash("x"), 0u);
  EXPECT_EQ(Error(), "member 'x' is no hash of 16 digits");
  error_ = absl::OkStatus();
  Read(R"([1])");
  EXPECT_EQ(Error(), "an object is wanted");
}

TEST_F(JsonFieldsTest, KeepsTextsOfAnyBytes) {
  const std::string texts[] = {"",
                               "plain",
                               "Grüße €",
                               "\xf0\x9f\x99\x82",
                               "\xff",
                               "cut off \xe2",
                               "\xed\xa0\x80",
                               "\xc0\x80",
                               "\xf4\x90\x80\x80",
                               std::string("a\0b", 3)};
  for (const std::string& text : texts) {
    object_ = nlohmann::ordered_json::parse(nlohmann::ordered_json{{"t", TextToJson(text)}}.dump());
    JsonFields fields(object_, error_);
    EXPECT_EQ(fields.Text("t"), text);
    EXPECT_TRUE(fields.ok());
  }
}

}  // namespace
}  // namespace laminar::control
