#include "formats/bad_record_policy.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::formats {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;

data::ConnectorTable TableWith(data::BadDataPolicy policy, const std::string& path = "") {
  data::ConnectorTable table;
  table.name = "t";
  table.bad_data = policy;
  table.dead_letter_path = path;
  return table;
}

TEST(BadRecordPolicy, FailsWithPlaceReasonAndRemedy) {
  auto policy = BadRecordPolicy::Make(TableWith(data::BadDataPolicy::kFail));
  ASSERT_TRUE(policy.ok());
  (*policy)->set_source("/data/a.json");
  const absl::Status status = (*policy)->Handle({"{\"a\":x}", "field 'a': bad", 42});
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(std::string(status.message()),
            "a record could not be decoded: field 'a': bad\n  in /data/a.json at byte 42: "
            "{\"a\":x}\n  to go on without such records, set bad_data = 'drop' or bad_data = "
            "'dead_letter' in the table's options");
  EXPECT_EQ((*policy)->counters().bad_records, 1);
  const absl::Status binary = (*policy)->Handle({std::string(500, '\xFF'), "bad", 0});
  EXPECT_LT(binary.message().size(), 400);
}

TEST(BadRecordPolicy, DropsAndCounts) {
  auto policy = BadRecordPolicy::Make(TableWith(data::BadDataPolicy::kDrop));
  ASSERT_TRUE(policy.ok());
  EXPECT_TRUE((*policy)->Handle({"x", "bad", 0}).ok());
  EXPECT_TRUE((*policy)->Handle({"y", "bad", 0}).ok());
  EXPECT_EQ((*policy)->counters().bad_records, 2);
  EXPECT_EQ((*policy)->counters().dropped_records, 2);
  EXPECT_EQ((*policy)->counters().dead_letter_records, 0);
}

TEST(BadRecordPolicy, KeepsTheBytesOfDeadLetters) {
  const auto folder = base::MakeTemporaryFolder("dead_letters");
  ASSERT_TRUE(folder.ok());
  const std::string path = base::JoinPath(*folder, "bad.jsonl");
  {
    auto policy = BadRecordPolicy::Make(TableWith(data::BadDataPolicy::kDeadLetter, path));
    ASSERT_TRUE(policy.ok()) << policy.status();
    (*policy)->set_source("in \"x\"");
    EXPECT_TRUE((*policy)->Handle({"{\"a\":x}", "bad\n", 7}).ok());
    EXPECT_TRUE((*policy)->Handle({"\xFF\x01", "utf", 8}).ok());
    EXPECT_TRUE((*policy)->Flush().ok());
    EXPECT_EQ((*policy)->counters().dead_letter_records, 2);
  }
  {
    auto policy = BadRecordPolicy::Make(TableWith(data::BadDataPolicy::kDeadLetter, path));
    ASSERT_TRUE(policy.ok());
    EXPECT_TRUE((*policy)->Handle({"later", "bad", 9}).ok());
  }
  EXPECT_EQ(*base::ReadWholeFile(path),
            R"({"error":"bad\n","position":7,"source":"in \"x\"","record":"{\"a\":x}"})"
            "\n"
            R"({"error":"utf","position":8,"source":"in \"x\"","record_base64":"/wE="})"
            "\n"
            R"({"error":"bad","position":9,"source":"input","record":"later"})"
            "\n");
  EXPECT_TRUE(base::RemoveAll(*folder).ok());
}

TEST(BadRecordPolicy, NeedsAPathForDeadLetters) {
  EXPECT_THAT(
      BadRecordPolicy::Make(TableWith(data::BadDataPolicy::kDeadLetter)).status().ToString(),
      AllOf(HasSubstr("needs the path"), HasSubstr("set dead_letter_path for table t")));
  EXPECT_THAT(BadRecordPolicy::Make(TableWith(data::BadDataPolicy::kDeadLetter, "/nowhere/x/y"))
                  .status()
                  .ToString(),
              HasSubstr("/nowhere/x/y"));
}

TEST(BadRecordPolicy, SaysThatDeadLettersCannotBeWritten) {
  auto policy = BadRecordPolicy::Make(TableWith(data::BadDataPolicy::kDeadLetter, "/dev/full"));
  ASSERT_TRUE(policy.ok()) << policy.status();
  EXPECT_TRUE((*policy)->Handle({"x", "bad", 0}).ok());
  EXPECT_EQ((*policy)->Flush().code(), absl::StatusCode::kResourceExhausted);
}

}  // namespace
}  // namespace laminar::formats
