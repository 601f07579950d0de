#include "control/metadata/log_entry.h"

#include <string>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/metadata/epoch_record_for_test.h"
#include "control/metadata/sealed_json.h"

namespace laminar::control {
namespace {

LogEntry EntryForTest() {
  LogEntry entry;
  entry.kind = LogEntry::Kind::kEpoch;
  entry.position = 12;
  entry.writer = {3};
  entry.generation_nonce = "nonce";
  entry.history.generation = {3};
  entry.history.newest_epoch = {9};
  entry.history.epochs = {EpochRecordForTest(9, {3}), EpochRecordForTest(7, {2})};
  entry.history.epochs[1].committed = true;
  entry.history.epochs[1].savepoint = "before the upgrade";
  return entry;
}

TEST(LogEntry, ComesBackAsItWas) {
  LogEntry entry = EntryForTest();
  for (const auto kind : {LogEntry::Kind::kGeneration, LogEntry::Kind::kEpoch,
                          LogEntry::Kind::kCommitted, LogEntry::Kind::kRemoved}) {
    entry.kind = kind;
    EXPECT_EQ(DecodeLogEntry(EncodeLogEntry(entry), 12, "log/12").value(), entry);
  }
}

TEST(LogEntry, BelongsToItsPosition) {
  const absl::Status status = DecodeLogEntry(EncodeLogEntry(EntryForTest()), 13, "log/13").status();
  EXPECT_TRUE(absl::IsDataLoss(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("log/13"));
}

TEST(LogEntry, NoticesEveryFlippedByteAndTruncation) {
  const std::string bytes = EncodeLogEntry(EntryForTest());
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    EXPECT_TRUE(absl::IsDataLoss(DecodeLogEntry(damaged, 12, "log/12").status())) << i;
    EXPECT_TRUE(absl::IsDataLoss(DecodeLogEntry(bytes.substr(0, i), 12, "log/12").status())) << i;
  }
}

TEST(LogEntry, OfALaterFormatIsRefusedWithTheRemedy) {
  const absl::Status status =
      DecodeLogEntry(SealJson({{"format_version", kLogFormatVersion + 1}}), 1, "log/1").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), testing::HasSubstr("use the later version"));
}

TEST(LogEntry, RefusesHistoriesThatCannotBe) {
  const auto decode = [](const LogEntry& entry) {
    return DecodeLogEntry(EncodeLogEntry(entry), entry.position, "log/12").status();
  };
  LogEntry entry = EntryForTest();
  std::swap(entry.history.epochs[0], entry.history.epochs[1]);
  EXPECT_TRUE(absl::IsDataLoss(decode(entry)));
  entry = EntryForTest();
  entry.history.newest_epoch = {8};
  EXPECT_TRUE(absl::IsDataLoss(decode(entry)));
  entry = EntryForTest();
  entry.history.generation = {2};
  EXPECT_TRUE(absl::IsDataLoss(decode(entry)));
  EXPECT_TRUE(absl::IsDataLoss(
      DecodeLogEntry(SealJson({{"format_version", 1}, {"kind", "other"}}), 1, "log/1").status()));
}

}  // namespace
}  // namespace laminar::control
