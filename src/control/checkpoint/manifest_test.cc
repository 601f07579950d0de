#include "control/checkpoint/manifest.h"

#include <limits>
#include <string>
#include <utility>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/random.h"
#include "control/checkpoint/manifest_for_test.h"
#include "control/metadata/sealed_json.h"

namespace laminar::control {
namespace {

using testing::HasSubstr;

TEST(Manifest, ComesBackAsItWas) {
  Manifest manifest = ManifestForTest();
  EXPECT_EQ(DecodeManifest(EncodeManifest(manifest), "m").value(), manifest);
  manifest.header.parent = data::Epoch{6};
  manifest.header.finished = true;
  manifest.header.stopped = true;
  manifest.header.savepoint = "before";
  manifest.header.sql = "not UTF-8: \xff";
  manifest.sources[0].splits[0].split = "a file named \xfe";
  manifest.sources[0].watermark_micros = std::numeric_limits<int64_t>::min();
  manifest.sinks[0].commits.push_back(std::string("\0\x80", 2));
  EXPECT_EQ(DecodeManifest(EncodeManifest(manifest), "m").value(), manifest);
}

TEST(Manifest, OfAJobWithoutStateComesBackToo) {
  Manifest manifest;
  manifest.header = ManifestHeaderForTest();
  EXPECT_EQ(DecodeManifest(EncodeManifest(manifest), "m").value(), manifest);
}

TEST(Manifest, IsNamedByGenerationAndEpoch) {
  EXPECT_EQ(ManifestKey({3}, {17}), "manifests/g3-e17.json");
}

TEST(Manifest, PutsTheFilesOfAllSubtasksTogether) {
  const Manifest manifest = ManifestForTest();
  ASSERT_EQ(manifest.operators.size(), 1u);
  ASSERT_EQ(manifest.operators[0].tables.size(), 1u);
  const std::vector<rpc::StateFile>& files = manifest.operators[0].tables[0].files;
  ASSERT_EQ(files.size(), 2u);
  EXPECT_EQ(files[0].key_group_end, 128u);
  EXPECT_EQ(files[1].key_group_begin, 128u);
}

TEST(Manifest, LeavesOutOperatorsWithoutTables) {
  std::vector<rpc::TaskSnapshot> snapshots = SnapshotsForTest();
  rpc::OperatorState filter;
  filter.op = {0xf1};
  filter.name = "filter_1";
  snapshots[1].operators.push_back(filter);
  EXPECT_EQ(BuildManifest(ManifestHeaderForTest(), snapshots).operators.size(), 1u);
}

TEST(Manifest, PutsTheSplitsOfAllSubtasksTogether) {
  const Manifest manifest = ManifestForTest();
  ASSERT_EQ(manifest.sources.size(), 1u);
  EXPECT_EQ(manifest.sources[0].splits.size(), 2u);
  EXPECT_EQ(manifest.sources[0].splits[0].split, "file 0");
}

// The source's watermark when its two subtasks have said `a` and `b`.
rpc::SourceState MergedSource(rpc::SourceState a, rpc::SourceState b) {
  std::vector<rpc::TaskSnapshot> snapshots = SnapshotsForTest();
  a.op = b.op = kSourceForTest;
  a.splits = {{.split = "a", .position = ""}};
  b.splits = {{.split = "b", .position = ""}};
  snapshots[0].source = a;
  snapshots[2].source = b;
  const Manifest one = BuildManifest(ManifestHeaderForTest(), snapshots);
  std::swap(snapshots[0], snapshots[2]);
  EXPECT_EQ(BuildManifest(ManifestHeaderForTest(), snapshots).sources, one.sources);
  return one.sources[0];
}

rpc::SourceState SourceAt(int64_t watermark_micros, bool ended) {
  rpc::SourceState source;
  source.watermark_micros = watermark_micros;
  source.ended = ended;
  return source;
}

TEST(Manifest, TakesTheLeastWatermarkOfSubtasksThatHaveNotEnded) {
  EXPECT_EQ(MergedSource(SourceAt(5, false), SourceAt(3, false)).watermark_micros, 3);
  const rpc::SourceState half = MergedSource(SourceAt(5, false), SourceAt(3, true));
  EXPECT_EQ(half.watermark_micros, 5);
  EXPECT_FALSE(half.ended);
  const rpc::SourceState all = MergedSource(SourceAt(5, true), SourceAt(3, true));
  EXPECT_EQ(all.watermark_micros, 5);
  EXPECT_TRUE(all.ended);
}

TEST(Manifest, TakesTheLastWordOfATaskThatHasEnded) {
  std::vector<rpc::TaskSnapshot> snapshots = SnapshotsForTest();
  snapshots[1].epoch = {4};
  snapshots[1].ended = true;
  const Manifest manifest = BuildManifest(ManifestHeaderForTest(), snapshots);
  EXPECT_EQ(manifest.operators[0].tables[0].files.size(), 2u);
  EXPECT_EQ(manifest.figures.bytes_written, 1000);
  EXPECT_EQ(manifest.figures.cut_nanos_max, 101);
  EXPECT_EQ(ManifestForTest().figures.bytes_written, 2000);
}

TEST(Manifest, SumsTheEdgesOfAllSubtasks) {
  const Manifest manifest = ManifestForTest();
  ASSERT_EQ(manifest.edges.size(), 2u);
  EXPECT_EQ(manifest.edges[0].num_rows, 100);
  EXPECT_EQ(manifest.edges[0].hash, 0xfffffffffffffe00);
  EXPECT_EQ(CheckAuditLedger(manifest), absl::OkStatus());
}

TEST(Manifest, NamesTheEdgeOnWhichRowsWereLost) {
  for (const bool sent : {false, true}) {
    Manifest manifest = ManifestForTest();
    manifest.edges[sent ? 1 : 0].num_rows -= 1;
    const absl::Status status = CheckAuditLedger(manifest);
    EXPECT_TRUE(absl::IsInternal(status));
    EXPECT_THAT(std::string(status.message()),
                testing::AllOf(HasSubstr("source_0"), HasSubstr("aggregate_1"), HasSubstr("99")));
  }
  Manifest manifest = ManifestForTest();
  manifest.edges[0].hash ^= 1;
  EXPECT_TRUE(absl::IsInternal(CheckAuditLedger(manifest)));
  manifest.edges.pop_back();
  EXPECT_TRUE(absl::IsInternal(CheckAuditLedger(manifest)));
}

TEST(Manifest, NamesASplitThatTwoSubtasksRead) {
  std::vector<rpc::TaskSnapshot> snapshots = SnapshotsForTest();
  snapshots[2].source->splits = snapshots[0].source->splits;
  const absl::Status status = CheckAuditLedger(BuildManifest(ManifestHeaderForTest(), snapshots));
  EXPECT_TRUE(absl::IsInternal(status));
  EXPECT_THAT(std::string(status.message()),
              testing::AllOf(HasSubstr("source_0"), HasSubstr("file 0")));
}

TEST(Manifest, AnEdgeThatNobodyReceivedMayBeEmpty) {
  Manifest manifest = ManifestForTest();
  manifest.edges.pop_back();
  manifest.edges[0].num_rows = 0;
  manifest.edges[0].hash = 0;
  EXPECT_EQ(CheckAuditLedger(manifest), absl::OkStatus());
}

TEST(Manifest, KnowsEachObjectOnce) {
  std::vector<rpc::TaskSnapshot> snapshots = SnapshotsForTest();
  // After rescaling, both subtasks take rows of one file.
  snapshots[3].operators[0].tables[0].files.insert(
      snapshots[3].operators[0].tables[0].files.begin(),
      snapshots[1].operators[0].tables[0].files[0]);
  const Manifest manifest = BuildManifest(ManifestHeaderForTest(), snapshots);
  const std::vector<rpc::StoredObject> objects = ReachableObjects(manifest);
  ASSERT_EQ(objects.size(), 2u);
  EXPECT_EQ(objects[0].key, StateFileKeyForTest(7, 2, 0));
  EXPECT_EQ(StateBytes(manifest), objects[0].bytes + objects[1].bytes);
}

TEST(Manifest, ListsCommitsInOrder) {
  const std::vector<rpc::SinkCommit> commits = PendingCommits(ManifestForTest());
  ASSERT_EQ(commits.size(), 2u);
  EXPECT_EQ(commits[0], (rpc::SinkCommit{kSinkForTest, 0, "{\"file\":\"a\"}"}));
  EXPECT_EQ(commits[1], (rpc::SinkCommit{kSinkForTest, 0, "{\"file\":\"b\"}"}));
}

TEST(Manifest, NoticesAFlipOfAnyByteAndNamesTheObject) {
  const std::string bytes = EncodeManifest(ManifestForTest());
  ASSERT_GT(bytes.size(), 1000u);
  base::Random random(1);
  for (size_t i = 0; i < bytes.size(); ++i) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 + random.Uniform(255)));
    const absl::Status status = DecodeManifest(damaged, "manifests/g2-e7.json").status();
    EXPECT_TRUE(absl::IsDataLoss(status)) << i << " " << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("manifests/g2-e7.json"));
  }
}

TEST(Manifest, NoticesEveryTruncation) {
  const std::string bytes = EncodeManifest(ManifestForTest());
  for (size_t size = 0; size < bytes.size(); ++size) {
    EXPECT_TRUE(absl::IsDataLoss(DecodeManifest(bytes.substr(0, size), "m").status())) << size;
  }
}

TEST(Manifest, OfALaterFormatIsRefusedWithTheRemedy) {
  Manifest manifest = ManifestForTest();
  manifest.format_version = kManifestFormatVersion + 1;
  const absl::Status status = DecodeManifest(EncodeManifest(manifest), "m").status();
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("use the later version"));
}

// What an encoder never writes, sealed properly.
absl::Status DecodeChanged(const std::string& from, const std::string& to) {
  std::string text = EncodeManifest(ManifestForTest());
  text.erase(text.find(",\"crc32c\":\"", text.size() - 30));
  const size_t at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  text.replace(at, from.size(), to);
  return DecodeManifest(SealText(text), "m").status();
}

TEST(Manifest, RefusesWhatIsSealedAndMakesNoSense) {
  EXPECT_EQ(DecodeChanged("\"generation\":2", "\"generation\":2"), absl::OkStatus());
  const std::pair<const char*, const char*> changes[] = {
      {"\"generation\":2", "\"generation\":0"},
      {"\"epoch\":7", "\"epoch\":\"7\""},
      {"\"sinks\":[", "\"sinks\":{}, \"x\":["},
      {"\"key_groups\":[0,128]", "\"key_groups\":[129,128]"},
      {"\"key_groups\":[0,128]", "\"key_groups\":[0,257]"},
      {"\"key_groups\":[0,128]", "\"key_groups\":[0]"},
      {"\"key_groups\":[0,128]", "\"key_groups\":[0,-1]"},
      {"\"num_key_groups\":256", "\"num_key_groups\":4294967296"},
      {"\"figures\":{", "\"figures\":[],\"x\":{"},
      {"\"parallelism\":2", "\"parallelism\":0"},
  };
  for (const auto& [from, to] : changes) {
    const absl::Status status = DecodeChanged(from, to);
    EXPECT_TRUE(absl::IsDataLoss(status)) << to << " " << status;
  }
}

}  // namespace
}  // namespace laminar::control
