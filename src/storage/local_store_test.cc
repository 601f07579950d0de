#include "storage/local_store.h"

#include <optional>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/environment.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "storage/object_key.h"
#include "storage/object_store_contract_for_test.h"

namespace laminar::storage {
namespace {

using State = base::Outcome::State;
using testing::HasSubstr;

class LocalStoreTest : public testing::Test {
 protected:
  LocalStoreTest()
      : folder_(base::MakeTemporaryFolder("laminar-local-store-test").value()),
        root_(base::JoinPath(folder_, "state/here")) {}
  ~LocalStoreTest() override { (void)base::RemoveAll(folder_); }

  std::string InRoot(const std::string& name) const { return base::JoinPath(root_, name); }
  std::string Unfinished() const { return InRoot(std::string(kUnfinishedFolder)); }

  std::string folder_;
  std::string root_;
};

class LocalStoreContractTest : public LocalStoreTest,
                               public testing::WithParamInterface<ContractCase> {};

TEST_P(LocalStoreContractTest, Holds) {
  const std::string files = base::JoinPath(folder_, "files");
  ASSERT_TRUE(base::MakeFolders(files).ok());
  {
    LocalStore store(root_);
    GetParam().run(store, files);
  }
  EXPECT_FALSE(base::FileExists(Unfinished())) << "nothing unfinished is left";
}

INSTANTIATE_TEST_SUITE_P(LocalStore,
                         LocalStoreContractTest,
                         testing::ValuesIn(ObjectStoreContract()),
                         [](const auto& info) { return info.param.name; });

TEST_F(LocalStoreTest, MakesItsFolderWithTheFirstObject) {
  LocalStore store(root_);
  EXPECT_TRUE(store.List("")->empty());
  EXPECT_FALSE(base::FileExists(root_));
  EXPECT_TRUE(store.Put("a/b", "x").applied());
  EXPECT_EQ(base::ReadWholeFile(InRoot("a/b")).value_or("?"), "x");
  EXPECT_EQ(store.url(), base::RealPath(root_));
}

TEST_F(LocalStoreTest, HidesUnfinishedFilesAndForeignNames) {
  LocalStore store(root_);
  ASSERT_TRUE(store.Put("a", "x").applied());
  EXPECT_TRUE(base::IsFolder(Unfinished()));
  ASSERT_TRUE(base::WriteWholeFile(InRoot("a name with spaces"), "x").ok());
  EXPECT_EQ(store.List("")->size(), 1U);
}

TEST_F(LocalStoreTest, RemovesWhatDeadProcessesLeft) {
  ASSERT_TRUE(base::MakeFolders(Unfinished() + "/0").ok());
  ASSERT_TRUE(base::WriteWholeFile(Unfinished() + "/0.lock", "").ok());
  ASSERT_TRUE(base::WriteWholeFile(Unfinished() + "/0/7", "half of an object").ok());
  ASSERT_TRUE(base::MakeFolders(Unfinished() + "/1").ok());
  ASSERT_TRUE(base::WriteWholeFile(Unfinished() + "/1/3", "of one who lives").ok());
  const auto alive = base::FileLock::TryAcquire(Unfinished() + "/1.lock").value();
  LocalStore store(root_);
  ASSERT_TRUE(store.Put("a", "x").applied());
  EXPECT_FALSE(base::FileExists(Unfinished() + "/0/7"));
  EXPECT_TRUE(base::FileExists(Unfinished() + "/1/3"));
}

TEST_F(LocalStoreTest, RemovesLeftoversWhenAsked) {
  LocalStore store(root_);
  EXPECT_TRUE(store.RemoveUnfinished("").ok());
  ASSERT_TRUE(base::MakeFolders(Unfinished() + "/5").ok());
  ASSERT_TRUE(base::WriteWholeFile(Unfinished() + "/5.lock", "").ok());
  EXPECT_TRUE(store.RemoveUnfinished("").ok());
  EXPECT_FALSE(base::FileExists(Unfinished()));
}

TEST_F(LocalStoreTest, WritesOnWhenItsUnfinishedFolderIsRemoved) {
  LocalStore store(root_);
  ASSERT_TRUE(store.Put("a", "x").applied());
  ASSERT_TRUE(base::RemoveAll(root_).ok());
  EXPECT_TRUE(store.Put("b/c", "y").applied());
  EXPECT_EQ(store.Get("b/c").value_or("?"), "y");
}

TEST_F(LocalStoreTest, TwoStoresShareAFolder) {
  LocalStore one(root_);
  LocalStore two(root_);
  EXPECT_TRUE(one.PutIfAbsent("a/b", "one").applied());
  EXPECT_EQ(two.PutIfAbsent("a/b", "two").status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_TRUE(two.Put("a/c", "two").applied());
  EXPECT_TRUE(one.Delete("a/b").applied());
  EXPECT_TRUE(two.Delete("a/c").applied());
  EXPECT_FALSE(base::FileExists(InRoot("a"))) << "empty folders go with their last object";
  EXPECT_TRUE(one.Put("a/d", "one").applied());
}

TEST_F(LocalStoreTest, SaysWhatIsInTheWay) {
  LocalStore store(root_);
  ASSERT_TRUE(store.Put("a", "x").applied());
  EXPECT_EQ(store.Put("a/b", "x").state(), State::kNotApplied);
  ASSERT_TRUE(store.Put("b/c", "x").applied());
  const base::Outcome outcome = store.Put("b", "x");
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(outcome.status().message()), HasSubstr("folder of its name"));
}

TEST_F(LocalStoreTest, AFileInPlaceOfItsFolderIsNamed) {
  ASSERT_TRUE(base::WriteWholeFile(base::JoinPath(folder_, "file"), "x").ok());
  LocalStore store(base::JoinPath(folder_, "file"));
  const base::Outcome outcome = store.Put("a", "x");
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_THAT(std::string(outcome.status().message()), HasSubstr(folder_));
}

// Runs `body` in a process of its own, as a user without rights over files.
int InChild(const std::function<bool()>& body) {
  const pid_t child = fork();
  if (child == 0) {
    if (geteuid() == 0 && setuid(65534) != 0) {
      _exit(3);
    }
    _exit(body() ? 0 : 1);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

TEST_F(LocalStoreTest, AFolderThatIsReadOnlyIsReadAndNamed) {
  {
    LocalStore store(root_);
    ASSERT_TRUE(store.Put("a", "x").applied());
  }
  for (const std::string& path : {folder_, base::JoinPath(folder_, "state"), root_}) {
    ASSERT_EQ(chmod(path.c_str(), 0555), 0);
  }
  EXPECT_EQ(InChild([&] {
              LocalStore store(root_);
              const base::Outcome outcome = store.Put("b", "x");
              const std::string message(outcome.status().message());
              return store.Get("a").value_or("?") == "x" && outcome.state() == State::kNotApplied &&
                     outcome.status().code() == absl::StatusCode::kPermissionDenied &&
                     message.find("writable") != std::string::npos &&
                     message.find(root_) != std::string::npos;
            }),
            0);
  for (const std::string& path : {folder_, base::JoinPath(folder_, "state"), root_}) {
    ASSERT_EQ(chmod(path.c_str(), 0755), 0);
  }
}

TEST_F(LocalStoreTest, AFullDiskLeavesNothingBehind) {
  LocalStore store(root_);
  ASSERT_TRUE(store.Put("a", "x").applied());
  // A file that may not grow is what a full disk looks like to the writer.
  EXPECT_EQ(InChild([&] {
              signal(SIGXFSZ, SIG_IGN);
              const rlimit limit = {1000, 1000};
              setrlimit(RLIMIT_FSIZE, &limit);
              const base::Outcome outcome = store.Put("big", std::string(5000, 'x'));
              return outcome.state() == State::kNotApplied;
            }),
            0);
  EXPECT_EQ(store.List("")->size(), 1U);
}

TEST_F(LocalStoreTest, ACreatorKilledHalfWayLeavesTheNameFree) {
  EXPECT_EQ(InChild([&] { return true; }), 0);
  const pid_t child = fork();
  if (child == 0) {
    const rlimit limit = {1000, 1000};
    setrlimit(RLIMIT_FSIZE, &limit);  // SIGXFSZ ends the process within its write
    LocalStore store(root_);
    (void)store.PutIfAbsent("log/1", std::string(5000, 'x'));
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  ASSERT_TRUE(WIFSIGNALED(status));
  EXPECT_TRUE(base::FileExists(Unfinished() + "/0/0"));
  LocalStore store(root_);
  EXPECT_TRUE(store.List("")->empty());
  EXPECT_TRUE(store.PutIfAbsent("log/1", "whole").applied());
  EXPECT_EQ(store.Get("log/1").value_or("?"), "whole");
}

}  // namespace
}  // namespace laminar::storage
