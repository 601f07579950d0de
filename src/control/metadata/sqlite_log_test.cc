#include "control/metadata/sqlite_log.h"

#include <csignal>
#include <memory>
#include <string>
#include <sys/resource.h>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/file.h"
#include "control/metadata/epoch_record_for_test.h"
#include "control/metadata/soci.h"

namespace laminar::control {
namespace {

class SqliteLogTest : public testing::Test {
 protected:
  SqliteLogTest()
      : folder_(base::MakeTemporaryFolder("sqlite-log").value()),
        path_(base::JoinPath(folder_, "metadata.sqlite")) {}
  ~SqliteLogTest() override { base::RemoveAll(folder_).IgnoreError(); }

  absl::StatusOr<std::unique_ptr<CheckpointLog>> Open() {
    return OpenSqliteLog(path_, base::SystemClock());
  }
  void Create() { ASSERT_EQ(CreateSqliteLog(path_, base::SystemClock()), absl::OkStatus()); }
  void Execute(const std::string& sql) {
    soci::session session(soci::sqlite3, "dbname=\"" + path_ + "\"");
    session << sql;
  }
  absl::StatusOr<CheckpointHistory> ReadAll() {
    LAMINAR_ASSIGN_OR_RETURN(const auto log, Open());
    return log->Read();
  }
  // What opening and reading says; the path is always named.
  absl::Status Problem() {
    absl::Status status = ReadAll().status();
    EXPECT_THAT(std::string(status.message()), testing::HasSubstr(path_));
    return status;
  }

  std::string folder_;
  std::string path_;
};

TEST_F(SqliteLogTest, IsNotMadeByOpening) {
  EXPECT_TRUE(absl::IsNotFound(Open().status()));
  EXPECT_FALSE(base::FileExists(path_));
}

TEST_F(SqliteLogTest, CanBeCreatedAgainWhereCreationWasCutOff) {
  Create();
  ASSERT_EQ((*Open())->ClaimGeneration("a").value().value, 1);
  Create();
  EXPECT_EQ((*Open())->Read().value().generation.value, 1);
}

TEST_F(SqliteLogTest, AnEmptyFileIsDamage) {
  ASSERT_EQ(base::WriteWholeFile(path_, ""), absl::OkStatus());
  EXPECT_TRUE(absl::IsDataLoss(Problem()));
}

TEST_F(SqliteLogTest, AnotherFileIsDamage) {
  ASSERT_EQ(base::WriteWholeFile(path_, std::string(5000, 'x')), absl::OkStatus());
  EXPECT_TRUE(absl::IsDataLoss(Problem())) << Problem();
}

TEST_F(SqliteLogTest, AnotherDatabaseIsDamage) {
  Execute("CREATE TABLE t (i INTEGER)");
  EXPECT_TRUE(absl::IsDataLoss(Problem()));
}

TEST_F(SqliteLogTest, TablesOfALaterVersionAreRefusedWithTheRemedy) {
  Create();
  Execute("INSERT INTO schema_migrations VALUES (99, 'later', 0)");
  const absl::Status status = Problem();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), testing::AllOf(testing::HasSubstr("version 99"),
                                                            testing::HasSubstr("later version")));
}

TEST_F(SqliteLogTest, AMissingTableIsDamage) {
  Create();
  Execute("DROP TABLE checkpoint_log");
  EXPECT_TRUE(absl::IsDataLoss(Problem()));
}

TEST_F(SqliteLogTest, SaysThatAnotherIsAboutToChangeIt) {
  Create();
  soci::session other(soci::sqlite3, "dbname=\"" + path_ + "\"");
  other << "BEGIN EXCLUSIVE";
  const absl::Status status = Problem();
  EXPECT_TRUE(IsSqliteBusy(status)) << status;
  EXPECT_TRUE(absl::IsUnavailable(status)) << status;
  other << "ROLLBACK";
  EXPECT_EQ(ReadAll().status(), absl::OkStatus());
  EXPECT_FALSE(IsSqliteBusy(base::Unavailable("away")));
  EXPECT_FALSE(IsSqliteBusy(absl::OkStatus()));
}

TEST_F(SqliteLogTest, SaysWhatToDoWhenItsFileCannotGrow) {
  Create();
  rlimit before;
  ASSERT_EQ(getrlimit(RLIMIT_FSIZE, &before), 0);
  const auto log = Open().value();
  ASSERT_EQ(log->ClaimGeneration("a").status(), absl::OkStatus());
  // No page more than there are: as large as the file is.
  const auto size = static_cast<rlim_t>(base::GetFileInfo(path_)->bytes);
  std::signal(SIGXFSZ, SIG_IGN);
  const rlimit limit = {.rlim_cur = size, .rlim_max = before.rlim_max};
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  base::Outcome outcome = base::Outcome::Applied();
  for (int64_t epoch = 1; outcome.applied() && epoch < 1000; ++epoch) {
    outcome = log->AppendEpoch(EpochRecordForTest(epoch, {1}));
  }
  ASSERT_EQ(setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_FALSE(outcome.applied());
  EXPECT_THAT(std::string(outcome.status().message()),
              testing::AllOf(testing::HasSubstr(path_), testing::HasSubstr("see to its disk")));
  EXPECT_EQ(ReadAll().status(), absl::OkStatus());
}

TEST_F(SqliteLogTest, WorksUnderAnyPathButOneWithQuotes) {
  path_ = base::JoinPath(folder_, "a b='c' ü.sqlite");
  Create();
  EXPECT_TRUE(base::FileExists(path_));
  EXPECT_EQ((*Open())->ClaimGeneration("a").value().value, 1);
  path_ = base::JoinPath(folder_, "a\"b");
  EXPECT_TRUE(absl::IsInvalidArgument(CreateSqliteLog(path_, base::SystemClock())));
}

TEST_F(SqliteLogTest, DamageOfTheFileIsNoticedOrHarmless) {
  Create();
  CheckpointHistory history;
  {
    const auto log = *Open();
    const data::Generation generation = log->ClaimGeneration("a").value();
    for (int64_t epoch = 1; epoch <= 3; ++epoch) {
      ASSERT_TRUE(log->AppendEpoch(EpochRecordForTest(epoch, generation)).applied());
    }
    history = log->Read().value();
  }
  const std::string bytes = base::ReadWholeFile(path_).value();
  int num_noticed = 0;
  for (size_t i = 0; i < bytes.size(); i += 1 + i % 5) {
    if (bytes[i] == 0 && i % 64 != 0) {
      continue;  // most of the file is unused
    }
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << i % 8));
    ASSERT_EQ(base::WriteWholeFile(path_, damaged), absl::OkStatus());
    const absl::StatusOr<CheckpointHistory> read = ReadAll();
    if (read.ok()) {
      EXPECT_EQ(*read, history) << "byte " << i;
    } else {
      EXPECT_THAT(std::string(read.status().message()), testing::HasSubstr(path_));
      ++num_noticed;
    }
  }
  EXPECT_GT(num_noticed, 100);
  for (size_t size = 0; size < bytes.size(); size += 997) {
    ASSERT_EQ(base::WriteWholeFile(path_, bytes.substr(0, size)), absl::OkStatus());
    EXPECT_FALSE(Problem().ok()) << "cut off at " << size;
  }
}

}  // namespace
}  // namespace laminar::control
