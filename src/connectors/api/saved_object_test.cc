#include "connectors/api/saved_object.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/api/staged_names.h"

namespace laminar::connectors {
namespace {

using ::testing::HasSubstr;

std::string MessageOf(const absl::Status& status) {
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  return std::string(base::FromAbsl(status.message()));
}

TEST(SavedObject, GivesBackWhatItWasGiven) {
  SavedObject part;
  part.Set("path", std::string_view("a\xff%\0b", 5));
  SavedObject object;
  object.Set("n", int64_t{-9'223'372'036'854'775'807 - 1})
      .Set("yes", true)
      .Set("parts", std::vector<SavedObject>{part, SavedObject()});
  const auto read = SavedObject::Parse(object.ToString(), "thing");
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read->Integer("n"), -9'223'372'036'854'775'807 - 1);
  EXPECT_TRUE(read->Flag("yes"));
  EXPECT_FALSE(read->Flag("no"));
  EXPECT_TRUE(read->Has("parts"));
  const auto parts = read->List("parts");
  ASSERT_TRUE(parts.ok());
  ASSERT_EQ(parts->size(), 2);
  EXPECT_EQ(*(*parts)[0].Text("path"), std::string("a\xff%\0b", 5));
}

TEST(SavedObject, AnyBytesComeBack) {
  for (const std::string text : {"", "plain", "%", "%:", "%:%41", "\xc3\xa4", "\xe4", "%\xe4%:%"}) {
    EXPECT_EQ(DecodeBytes(EncodeBytes(text)), text);
  }
  EXPECT_EQ(EncodeBytes("a b.json"), "a b.json");
  EXPECT_EQ(DecodeBytes("%:a%"), "a%");
  EXPECT_EQ(DecodeBytes("%:%4"), "%4");
}

TEST(SavedObject, SaysWhatIsWrong) {
  EXPECT_THAT(MessageOf(SavedObject::Parse("[1]", "position").status()),
              HasSubstr("the checkpoint's position cannot be read: [1]"));
  EXPECT_THAT(MessageOf(SavedObject::Parse("\xff", "position").status()), HasSubstr("not UTF-8"));
  const SavedObject object = *SavedObject::Parse(R"({"a":"x","b":[1],"c":1.5})", "position");
  EXPECT_THAT(MessageOf(object.Integer("a").status()), HasSubstr("position lacks a: "));
  EXPECT_THAT(MessageOf(object.Integer("c").status()), HasSubstr("position lacks c: "));
  EXPECT_THAT(MessageOf(object.Text("n").status()), HasSubstr("position lacks n: "));
  EXPECT_THAT(MessageOf(object.List("a").status()), HasSubstr("position lacks a: "));
  EXPECT_THAT(MessageOf(object.List("b").status()), HasSubstr("position lacks b: "));
}

TEST(StagedNames, TellWhoseTheyAre) {
  const SinkIdentity identity{"pipeline-1", "sink", {7}};
  EXPECT_EQ(StagedPrefix("", identity), ".pipeline-1.sink.g7.");
  EXPECT_EQ(StagedPrefix("out.json", identity), ".out.json.pipeline-1.sink.g7.");
  EXPECT_EQ(StagedGeneration(".pipeline-1.sink.g12.0.tmp", "", identity), data::Generation{12});
  for (const char* other : {".pipeline-1.sink.g12", ".pipeline-1.sink.g.0", ".pipeline-1.sink.gx.0",
                            ".pipeline-1.sin.g1.0", ".pipeline-12.sink.g1.0",
                            "pipeline-1.sink.g1.0", ".x.pipeline-1.sink.g1.0"}) {
    EXPECT_EQ(StagedGeneration(other, "", identity), std::nullopt) << other;
  }
}

}  // namespace
}  // namespace laminar::connectors
