// The sink of many files in a job that takes checkpoints: files appear whole, with the commit of
// their epoch, each row once, however often the job is broken off and at whatever parallelism.
#include <algorithm>
#include <charconv>
#include <csignal>
#include <set>
#include <sys/resource.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/api/publishing_for_test.h"
#include "connectors/filesystem/filesystem_connector.h"
#include "connectors/filesystem/staged_files.h"
#include "formats/csv/csv_format.h"
#include "formats/format_registry.h"
#include "formats/json/json_format.h"
#include "formats/parquet/parquet_format.h"

namespace laminar::connectors {
namespace {

using filesystem::FilesCommit;
using filesystem::OpenPart;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::MatchesRegex;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Given = std::vector<std::pair<std::string, std::string>>;
using Kind = data::ConnectorTable::Kind;

void RegisterFormats() {
  formats::FormatRegistry& registry = formats::FormatRegistry::Global();
  if (registry.Find("json") == nullptr) {
    registry.Register(std::make_unique<formats::JsonFormat>());
    registry.Register(std::make_unique<formats::CsvFormat>());
    registry.Register(std::make_unique<formats::ParquetFormat>());
  }
}

// Lets no file of the process grow beyond a size, as a device that is full.
class FileSizeLimit {
 public:
  explicit FileSizeLimit(uint64_t bytes) {
    std::signal(SIGXFSZ, SIG_IGN);
    EXPECT_EQ(getrlimit(RLIMIT_FSIZE, &before_), 0);
    rlimit limit = before_;
    limit.rlim_cur = bytes;
    EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &limit), 0);
  }
  ~FileSizeLimit() { EXPECT_EQ(setrlimit(RLIMIT_FSIZE, &before_), 0); }

 private:
  rlimit before_{};
};

class FilesystemCommit : public ::testing::Test {
 protected:
  void SetUp() override {
    RegisterFormats();
    table_ = TableOf("csv", {});
  }

  data::ConnectorTable TableOf(const std::string& format, Given options) const {
    return TableOf(folder_.File("out"), format, std::move(options));
  }
  data::ConnectorTable TableOf(const std::string& path,
                               const std::string& format,
                               Given options,
                               Kind kind = Kind::kSink) const {
    data::ConnectorTable table;
    table.name = "files";
    table.kind = kind;
    table.format = format;
    options.emplace_back("path", path);
    table.options = MakeOptions(
        kind == Kind::kSink ? connector_.sink_options() : connector_.source_options(), options);
    table.format_options =
        MakeOptions(formats::FormatRegistry::Global().Find(format)->options(), {});
    table.schema.fields = {{"n", data::LogicalType::BIGINT}};
    return table;
  }

  std::string Out() const { return folder_.File("out"); }
  // Visible files' contents.
  std::vector<std::string> Files() const {
    std::vector<std::string> files;
    const std::vector<std::string> paths = *base::ListFilesBelow(Out());
    for (const std::string& path : paths) {
      files.push_back(*base::ReadWholeFile(path));
    }
    return files;
  }
  std::vector<std::string> HiddenNames() const {
    std::vector<std::string> names = *base::ListFolder(Out());
    std::erase_if(names, [](const std::string& name) { return !name.starts_with('.'); });
    return names;
  }

  std::unique_ptr<SinkHarness> Open(int64_t generation,
                                    std::vector<std::string> restored = {},
                                    int subtask = 0,
                                    int parallelism = 1) {
    auto sink = std::make_unique<SinkHarness>(connector_, table_, clock_);
    sink->SetSubtask(subtask, parallelism);
    sink->Identify({"p", "s", {generation}}, std::move(restored));
    const absl::Status opened = sink->Open();
    EXPECT_TRUE(opened.ok()) << opened;
    return sink;
  }

  static SinkSnapshot Finish(SinkHarness& sink, int64_t epoch) {
    const absl::Status finished = sink.Finish();
    EXPECT_TRUE(finished.ok()) << finished;
    absl::StatusOr<SinkSnapshot> snapshot = sink.Snapshot(epoch);
    EXPECT_TRUE(snapshot.ok()) << snapshot.status();
    return *std::move(snapshot);
  }

  base::Outcome Commit(const SinkSnapshot& snapshot) const {
    return CommitAll(connector_, table_, snapshot);
  }

  static std::string Message(const absl::Status& status) {
    return std::string(base::FromAbsl(status.message()));
  }

  const TestFolder folder_;
  const FilesystemConnector connector_;
  data::ConnectorTable table_;
  ManualClock clock_;
};

TEST_F(FilesystemCommit, AFileGoesOnOverEpochsAndAppearsWithTheCommitOfItsLast) {
  const auto sink = Open(1);
  const SinkSnapshot first = CutAfter(*sink, {1, 2}, 1);
  EXPECT_THAT(first.commits, IsEmpty());
  const SinkSnapshot second = CutAfter(*sink, {3}, 2);
  clock_.Advance(60'000'000'000);
  ASSERT_TRUE(sink->Flush().ok());
  const SinkSnapshot third = CutAfter(*sink, {4}, 3);
  EXPECT_THAT(third.commits, SizeIs(1));
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_TRUE(Commit(third).applied());
  EXPECT_THAT(Files(), ElementsAre("n\n1\n2\n3\n"));
  // Again, and by another object.
  EXPECT_TRUE(FilesystemConnector().Commit(table_, third.commits[0]).applied());
  EXPECT_TRUE(Commit(Finish(*sink, 4)).applied());
  EXPECT_THAT(Files(), UnorderedElementsAre("n\n1\n2\n3\n", "n\n4\n"));
  EXPECT_THAT(HiddenNames(), ElementsAre(MatchesRegex("\\.p\\.s\\.g1\\.0\\.[0-9]+\\.published")));
  EXPECT_TRUE(connector_.RemoveLeftovers(table_, {"p", "s", {2}}, {}).ok());
  EXPECT_THAT(HiddenNames(), IsEmpty());
}

TEST_F(FilesystemCommit, GoesOnInACopyOfWhatTheCheckpointKnows) {
  auto zombie = Open(1);
  const SinkSnapshot first = CutAfter(*zombie, {1, 2}, 1);
  CutAfter(*zombie, {3}, 2);  // of an epoch that is never complete
  const auto sink = Open(2, {first.state});
  ASSERT_TRUE(zombie->Write(MakeRows({4})).ok());
  CutAfter(*zombie, {5}, 3);
  EXPECT_TRUE(sink->Write(MakeRows({30})).ok());
  const SinkSnapshot last = Finish(*sink, 2);
  EXPECT_TRUE(Commit(last).applied());
  EXPECT_THAT(Files(), ElementsAre("n\n1\n2\n30\n"));
  EXPECT_EQ(sink->counters().rows, 1);
  EXPECT_EQ(sink->counters().bytes, 3);
  zombie.reset();
  EXPECT_TRUE(connector_.RemoveLeftovers(table_, {"p", "s", {3}}, {}).ok());
  EXPECT_THAT(HiddenNames(), IsEmpty());
}

TEST_F(FilesystemCommit, ParquetFilesAreCompletedByEachEpoch) {
  table_ = TableOf("parquet", {});
  SinkSnapshot first;
  {
    const auto sink = Open(1);
    first = CutAfter(*sink, {1, 2}, 1);
    EXPECT_EQ(first.state, "");
    EXPECT_THAT(FilesCommit::Parse(first.commits[0])->files, SizeIs(1));
    ASSERT_TRUE(sink->Write(MakeRows({3})).ok());
  }
  EXPECT_TRUE(Commit(first).applied());
  const auto sink = Open(2);
  EXPECT_TRUE(Commit(CutAfter(*sink, {3}, 2)).applied());
  EXPECT_THAT(Files(), SizeIs(2));
}

TEST_F(FilesystemCommit, AfterRescalingTheFilesOfAllSubtasksAreFinished) {
  SinkSnapshot one;
  SinkSnapshot two;
  {
    const auto a = Open(1, {}, 0, 2);
    const auto b = Open(1, {}, 1, 2);
    one = CutAfter(*a, {1}, 1);
    two = CutAfter(*b, {2}, 1);
  }
  const auto sink = Open(2, {one.state, two.state});
  ASSERT_TRUE(sink->Write(MakeRows({3})).ok());
  EXPECT_TRUE(Commit(Finish(*sink, 2)).applied());
  EXPECT_THAT(Files(), UnorderedElementsAre("n\n1\n3\n", "n\n2\n"));
}

TEST_F(FilesystemCommit, AFileIsFinishedWhereItIsWhenTheTableHasChanged) {
  SinkSnapshot first;
  {
    const auto sink = Open(1);
    first = CutAfter(*sink, {1}, 1);
  }
  table_ = TableOf("json", {});
  const auto json = Open(2, {first.state});
  ASSERT_TRUE(json->Write(MakeRows({2})).ok());
  EXPECT_TRUE(Commit(Finish(*json, 2)).applied());
  EXPECT_THAT(Files(), UnorderedElementsAre("n\n1\n", "{\"n\":2}\n"));
  table_ = TableOf(folder_.File("other"), "csv", {});
  const auto other = Open(3, {first.state});
  ASSERT_TRUE(other->Write(MakeRows({3})).ok());
  const SinkSnapshot last = Finish(*other, 2);
  EXPECT_THAT(FilesCommit::Parse(last.commits[0])->files, SizeIs(2));
}

TEST_F(FilesystemCommit, SaysWhatIsMissingOrInTheWay) {
  const auto sink = Open(1);
  ASSERT_TRUE(sink->Write(MakeRows({1})).ok());
  const SinkSnapshot last = Finish(*sink, 1);
  const FilesCommit::File file = FilesCommit::Parse(last.commits[0])->files[0];
  const auto error = [&] {
    const base::Outcome outcome = Commit(last);
    EXPECT_EQ(outcome.state(), base::Outcome::State::kNotApplied);
    return Message(outcome.status());
  };
  const std::string bytes = *base::ReadWholeFile(file.path);
  ASSERT_TRUE(base::WriteWholeFile(file.final_path, "of somebody else").ok());
  EXPECT_THAT(error(), HasSubstr("another one has its name: " + file.final_path));
  EXPECT_THAT(error(), HasSubstr("move that one away; the rows are in " + file.path));
  ASSERT_TRUE(base::RemoveFile(file.final_path).ok());
  ASSERT_TRUE(base::WriteWholeFile(file.path, "n\n").ok());
  EXPECT_THAT(error(), HasSubstr("it has 2 bytes and should have 4: " + file.path));
  ASSERT_TRUE(base::RemoveFile(file.path).ok());
  EXPECT_THAT(error(), HasSubstr("neither there as " + file.final_path));
  EXPECT_THAT(error(), HasSubstr("make an empty file of the first name"));
  // As a file system leaves it that renames in two steps.
  ASSERT_TRUE(base::WriteWholeFile(file.path, bytes).ok());
  ASSERT_TRUE(base::WriteWholeFile(file.final_path, bytes).ok());
  EXPECT_TRUE(Commit(last).applied());
  EXPECT_FALSE(base::FileExists(file.path));
  // Whoever has read it may move it away.
  ASSERT_TRUE(base::RemoveFile(file.final_path).ok());
  EXPECT_TRUE(Commit(last).applied());
  EXPECT_THAT(Message(connector_.Commit(table_, "no").status()), HasSubstr("cannot be read: no"));
}

TEST_F(FilesystemCommit, ACommitThatWasCutOffIsFinished) {
  table_ = TableOf("csv", {{"rolling_policy.file_size", "1"}});
  const auto sink = Open(1);
  ASSERT_TRUE(sink->Write(MakeRows({1})).ok());
  ASSERT_TRUE(sink->Write(MakeRows({2})).ok());
  const SinkSnapshot last = Finish(*sink, 1);
  const FilesCommit commit = *FilesCommit::Parse(last.commits[0]);
  ASSERT_THAT(commit.files, SizeIs(2));
  ASSERT_TRUE(base::RenameFile(commit.files[0].path, commit.files[0].final_path).ok());
  EXPECT_TRUE(Commit(last).applied());
  EXPECT_THAT(Files(), UnorderedElementsAre("n\n1\n", "n\n2\n"));
}

TEST_F(FilesystemCommit, AStateWhoseFileIsGoneOrShorterIsDamaged) {
  SinkSnapshot first;
  {
    const auto sink = Open(1);
    first = CutAfter(*sink, {1}, 1);
  }
  const OpenPart part = filesystem::ParseParts(first.state)->at(0);
  const auto error = [&] {
    const auto sink = Open(2, {first.state});
    const absl::Status status = sink->Snapshot(2).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
    return Message(status);
  };
  ASSERT_TRUE(base::WriteWholeFile(part.path, "n\n").ok());
  EXPECT_THAT(error(), HasSubstr("has 2 bytes, and had 4: " + part.path));
  ASSERT_TRUE(base::RemoveFile(part.path).ok());
  EXPECT_THAT(error(), HasSubstr("is gone: " + part.path));
  EXPECT_THAT(error(), HasSubstr("put it back"));
  // A later checkpoint has published it, with more rows.
  ASSERT_TRUE(base::WriteWholeFile(part.final_path, "n\n1\n2\n").ok());
  EXPECT_THAT(error(), HasSubstr("mv '" + part.final_path + "' '" + part.path + "'"));
  ASSERT_TRUE(base::RenameFile(part.final_path, part.path).ok());
  {
    const auto sink = Open(2, {first.state});
    ASSERT_TRUE(sink->Write(MakeRows({20})).ok());
    EXPECT_TRUE(Commit(Finish(*sink, 2)).applied());
    EXPECT_THAT(Files(), ElementsAre("n\n1\n20\n"));
  }
  first.state = "{}";
  SinkHarness sink(connector_, table_);
  sink.Identify({"p", "s", {2}}, {first.state});
  EXPECT_THAT(Message(sink.Open()), HasSubstr("lacks parts"));
}

TEST_F(FilesystemCommit, RemovesWhatEarlierGenerationsLeftAndNothingElse) {
  const auto live = Open(3);
  const SinkSnapshot snapshot = CutAfter(*live, {1}, 1);
  const std::vector<std::string> kept = {"out/.p.s.gx.0.1.tmp",     "out/.p.t.g1.0.1.tmp",
                                         "out/.q.s.g1.0.1.tmp",     "out/p.s.g1.0.1.tmp",
                                         "out/a=1/.p.s.g3.0.1.tmp", "out/.p.s.g2.0.7.tmp"};
  for (const std::string& name : kept) {
    folder_.Write(name, "");
  }
  folder_.Write("out/.p.s.g1.0.1.tmp", "");
  folder_.Write("out/2024/b=1/.p.s.g2.4.17.tmp", "");
  folder_.Write("out/2024/b=2/.p.s.g1.0.published", "");
  folder_.Write("out/2025/rows.csv", "");
  folder_.Write("out/2025/.p.s.g1.0.3.tmp", "");
  ASSERT_TRUE(base::MakeFolders(folder_.File("out/empty")).ok());
  OpenPart part;
  part.root = Out();
  part.path = folder_.File("out/.p.s.g2.0.7.tmp");
  const SinkSnapshot older = {.state = filesystem::PartsToString({part}), .commits = {}};
  ASSERT_TRUE(connector_.RemoveLeftovers(table_, {"p", "s", {3}}, {older}).ok());
  for (const std::string& name : kept) {
    EXPECT_TRUE(base::FileExists(folder_.File(name))) << name;
  }
  EXPECT_TRUE(base::FileExists(filesystem::ParseParts(snapshot.state)->at(0).path));
  EXPECT_FALSE(base::FileExists(folder_.File("out/.p.s.g1.0.1.tmp")));
  EXPECT_FALSE(base::FileExists(folder_.File("out/2024")));
  EXPECT_THAT(*base::ListFolder(folder_.File("out/2025")), ElementsAre("rows.csv"));
  EXPECT_TRUE(base::IsFolder(folder_.File("out/empty")));
  const data::ConnectorTable nowhere = TableOf(folder_.File("nowhere"), "csv", {});
  EXPECT_TRUE(connector_.RemoveLeftovers(nowhere, {"p", "s", {3}}, {}).ok());
}

TEST_F(FilesystemCommit, NamesOfOneAttemptAreNoOther) {
  std::set<std::string> names;
  for (const char* strategy : {"serial", "uuid", "uuid_v7", "ulid"}) {
    table_ = TableOf("csv", {{"filename.strategy", strategy}, {"rolling_policy.file_size", "1"}});
    for (int64_t generation = 1; generation <= 2; ++generation) {
      for (int subtask = 0; subtask < 2; ++subtask) {
        const auto sink = Open(generation, {}, subtask, 2);
        ASSERT_TRUE(sink->Write(MakeRows({1})).ok());
        ASSERT_TRUE(sink->Write(MakeRows({2})).ok());
        const SinkSnapshot last = Finish(*sink, 1);
        const FilesCommit commit = *FilesCommit::Parse(last.commits[0]);
        for (const FilesCommit::File& file : commit.files) {
          EXPECT_TRUE(names.insert(file.final_path).second) << file.final_path;
        }
        // And the same when it is done again.
        const auto again = Open(generation, {}, subtask, 2);
        ASSERT_TRUE(again->Write(MakeRows({1})).ok());
        EXPECT_TRUE(
            names.contains(FilesCommit::Parse(Finish(*again, 1).commits[0])->files[0].final_path));
      }
    }
  }
  EXPECT_THAT(names, SizeIs(32));
}

TEST_F(FilesystemCommit, ASnapshotThatCannotBeWrittenIsAnError) {
  const auto sink = Open(1);
  CutAfter(*sink, {1}, 1);
  ASSERT_TRUE(base::RemoveAll(Out()).ok());
  folder_.Write("out", "a file");
  sink->Finish().IgnoreError();
  EXPECT_FALSE(sink->Snapshot(2).ok());
  EXPECT_FALSE(sink->Snapshot(3).ok());
}

TEST_F(FilesystemCommit, AFullDiskIsToldByTheSnapshotAndWhatWasThereStays) {
  const auto sink = Open(1);
  const SinkSnapshot first = CutAfter(*sink, {1, 2}, 1);
  {
    const FileSizeLimit limit(1000);
    std::vector<int64_t> numbers(2000, 1'000'000);
    ASSERT_TRUE(sink->Write(MakeRows(numbers)).ok());
    EXPECT_EQ(sink->Snapshot(2).status().code(), absl::StatusCode::kResourceExhausted);
  }
  const auto again = Open(2, {first.state});
  ASSERT_TRUE(again->Write(MakeRows({3})).ok());
  EXPECT_TRUE(Commit(Finish(*again, 2)).applied());
  EXPECT_THAT(Files(), ElementsAre("n\n1\n2\n3\n"));
}

struct Way {
  std::string name;
  std::string format;
  Given options;
  bool is_visible_at_commit = false;
};

class FilesystemCommitWays : public FilesystemCommit, public ::testing::WithParamInterface<Way> {};

TEST_P(FilesystemCommitWays, EachRowIsThereOnceHoweverOftenItIsBrokenOff) {
  const Way& way = GetParam();
  int num_crashes = 0;
  for (uint64_t seed = 0; seed < 5; ++seed) {
    const TestFolder folder;
    const std::string out = folder.File("out");
    ASSERT_TRUE(base::MakeFolders(out).ok());
    data::ConnectorTable table = TableOf(out, way.format, way.options);
    data::ConnectorTable source = TableOf(out, way.format, {}, Kind::kSource);
    const auto visible = [&] {
      std::vector<int64_t> numbers;
      SourceHarness reader(connector_, source);
      EXPECT_TRUE(reader.Open().ok());
      const std::vector<std::string> rows = *reader.ReadAll();
      for (const std::string& row : rows) {
        std::from_chars(row.data(), row.data() + row.size(), numbers.emplace_back());
      }
      return numbers;
    };
    PublishingForTest job({.factory = connector_,
                           .table = table,
                           .folder = out,
                           .visible = visible,
                           .parallelism_max = 3,
                           .seed = seed,
                           .is_visible_at_commit = way.is_visible_at_commit});
    job.Run(5'000);
    num_crashes += job.num_crashes();
    const std::vector<std::string> names = *base::ListFolder(out);
    for (const std::string& name : names) {
      EXPECT_FALSE(name.starts_with('.')) << name;
    }
    ASSERT_FALSE(HasFailure()) << seed;
  }
  EXPECT_GT(num_crashes, 4);
}

INSTANTIATE_TEST_SUITE_P(
    Ways,
    FilesystemCommitWays,
    ::testing::Values(
        Way{"csv", "csv", {}},
        Way{"json_small", "json", {{"rolling_policy.file_size", "2000"}}},
        Way{"json_gzip", "json", {{"compression", "gzip"}}},
        Way{"csv_zstd", "csv", {{"compression", "zstd"}, {"rolling_policy.file_size", "3000"}}},
        Way{"parquet", "parquet", {}, true},
        Way{"serial", "json", {{"filename.strategy", "serial"}}}),
    [](const ::testing::TestParamInfo<Way>& info) { return info.param.name; });

TEST_F(FilesystemCommit, PartitionsGoOnEachForItself) {
  table_ = TableOf("json", {{"partitioning.fields", "text"}});
  table_.schema.fields.push_back({"text", data::LogicalType::VARCHAR});
  SinkSnapshot first;
  {
    const auto sink = Open(1);
    ASSERT_TRUE(sink->Write(MakeRows({1, 2, 3}, {"a", "b", "a"})).ok());
    first = *sink->Snapshot(1);
    EXPECT_THAT(*filesystem::ParseParts(first.state), SizeIs(2));
  }
  const auto sink = Open(2, {first.state});
  ASSERT_TRUE(sink->Write(MakeRows({4, 5}, {"c", "b"})).ok());
  EXPECT_TRUE(Commit(Finish(*sink, 2)).applied());
  EXPECT_THAT(Files(), UnorderedElementsAre("{\"n\":1,\"text\":\"a\"}\n{\"n\":3,\"text\":\"a\"}\n",
                                            "{\"n\":2,\"text\":\"b\"}\n{\"n\":5,\"text\":\"b\"}\n",
                                            "{\"n\":4,\"text\":\"c\"}\n"));
}

}  // namespace
}  // namespace laminar::connectors
