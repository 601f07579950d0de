// Opens, verifies and restores what earlier versions have written; with --update FOLDER, writes
// what this version writes. See README.md.
#include <cstdio>
#include <cstring>
#include <memory>
#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "control/checkpoint/recovery.h"
#include "control/checkpoint/savepoint.h"
#include "control/checkpoint/state_directory.h"
#include "control/checkpoint/verify.h"
#include "format_1.h"
#include "storage/local_store.h"

namespace laminar::compatibility {
namespace {

using control::CheckpointHistory;
using control::EpochRecord;
using control::StateAccess;
using control::StateDirectory;

// A copy of a folder of this test's own, so that what opening writes does not end in the sources.
class CopiedFolder {
 public:
  explicit CopiedFolder(const std::string& name)
      : path_(base::MakeTemporaryFolder("compatibility").value()) {
    const std::string from = base::JoinPath(LAMINAR_COMPATIBILITY_FOLDER, name);
    const auto files = base::ListFilesBelow(from);
    EXPECT_TRUE(files.ok()) << files.status();
    for (const std::string& file : files.value()) {
      const std::string to = path_ + file.substr(from.size());
      EXPECT_EQ(base::MakeFolders(std::string(base::FolderName(to))), absl::OkStatus());
      EXPECT_EQ(base::WriteWholeFile(to, base::ReadWholeFile(file).value()), absl::OkStatus());
    }
  }
  ~CopiedFolder() { base::RemoveAll(path_).IgnoreError(); }
  CopiedFolder(const CopiedFolder&) = delete;
  CopiedFolder& operator=(const CopiedFolder&) = delete;

  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

class Format1Test : public testing::TestWithParam<const char*> {
 protected:
  Format1Test() : folder_(std::string("format_1/") + GetParam()) {}

  StateDirectory Open(StateAccess access) {
    const control::StateDirectoryOptions options = OptionsOfFormat1(folder_.path(), access);
    if (std::strcmp(GetParam(), "folder") == 0) {
      return StateDirectory::Open(options).value();
    }
    return StateDirectory::OpenOver(std::make_unique<storage::LocalStore>(folder_.path()), options)
        .value();
  }

  CopiedFolder folder_;
};

INSTANTIATE_TEST_SUITE_P(Kinds,
                         Format1Test,
                         testing::Values("folder", "objects"),
                         [](const auto& info) { return std::string(info.param); });

TEST_P(Format1Test, KeepsItsHistory) {
  const StateDirectory directory = Open(StateAccess::kInspect);
  EXPECT_EQ(directory.pipeline(), kPipelineOfFormat1);
  const CheckpointHistory history = directory.log().Read().value();
  EXPECT_EQ(history.generation.value, 2);
  EXPECT_EQ(history.newest_epoch.value, 3);
  ASSERT_EQ(history.epochs.size(), 3u);
  for (const EpochRecord& record : history.epochs) {
    EXPECT_EQ(record.committed, record.epoch.value != 3);
    EXPECT_EQ(record.nonce, "nonce " + std::to_string(record.epoch.value));
    EXPECT_EQ(record.completed.micros, 1'700'000'000'000'100 + record.epoch.value);
  }
}

TEST_P(Format1Test, VerifiesAndReadsEveryManifest) {
  const StateDirectory directory = Open(StateAccess::kInspect);
  const CheckpointHistory history = directory.log().Read().value();
  for (const EpochRecord& record : history.epochs) {
    const control::VerifyReport report =
        control::VerifyCheckpoint(directory.store(), directory.pipeline(), record);
    EXPECT_TRUE(report.ok()) << report.problems.front().status;
    EXPECT_EQ(control::ReadManifest(directory.store(), directory.pipeline(), record).value(),
              ManifestOfFormat1(record.epoch.value));
  }
}

TEST_P(Format1Test, VerifiesAndReadsTheSavepoint) {
  const StateDirectory directory = Open(StateAccess::kInspect);
  EXPECT_THAT(control::ListSavepoints(directory.store()).value(),
              testing::ElementsAre(kSavepointOfFormat1));
  const control::VerifyReport report =
      control::VerifySavepoint(directory.store(), kSavepointOfFormat1);
  EXPECT_TRUE(report.ok()) << report.problems.front().status;
  EXPECT_EQ(report.num_objects, 5);
  const control::Manifest manifest =
      control::ReadSavepoint(directory.store(), kSavepointOfFormat1).value();
  EXPECT_EQ(manifest.sinks, ManifestOfFormat1(2).sinks);
}

TEST_P(Format1Test, IsGoneOnFrom) {
  StateDirectory directory = Open(StateAccess::kRun);
  EXPECT_FALSE(directory.is_new());
  EXPECT_EQ(directory.log().ClaimGeneration("now").value().value, 3);
  const auto point = control::FindRestorePoint(directory, {}).value();
  ASSERT_TRUE(point.has_value());
  EXPECT_EQ(point->manifest, ManifestOfFormat1(3));
  EXPECT_TRUE(directory.log().MarkCommitted({3}, {3}).applied());
}

}  // namespace
}  // namespace laminar::compatibility

int main(int argc, char** argv) {
  if (argc == 3 && std::strcmp(argv[1], "--update") == 0) {
    const absl::Status status = laminar::compatibility::WriteFormat1(argv[2]);
    std::fprintf(stderr, "%s\n", status.ToString().c_str());
    return status.ok() ? 0 : 1;
  }
  testing::InitGoogleMock(&argc, argv);
  return RUN_ALL_TESTS();
}
