// The sink of one file in a job that takes checkpoints: readers see whole epochs, each row once,
// however often the job is broken off; what is not the sink's own is never overwritten.
#include <charconv>
#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/api/line_format_for_test.h"
#include "connectors/api/publishing_for_test.h"
#include "connectors/single_file/commit_log.h"
#include "connectors/single_file/single_file_connector.h"
#include "formats/compression/codec.h"

namespace laminar::connectors {
namespace {

using single_file::LogCommit;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class SingleFileCommit : public ::testing::Test {
 protected:
  void SetUp() override {
    RegisterLineFormat();
    table_ = TableOf("rows.txt");
  }

  data::ConnectorTable TableOf(const std::string& name, const std::string& format = "lines") const {
    data::ConnectorTable table;
    table.name = "file";
    table.kind = data::ConnectorTable::Kind::kSink;
    table.format = format;
    table.options = MakeOptions(connector_.sink_options(), {{"path", Path(name)}});
    table.schema.fields = {{"n", data::LogicalType::BIGINT}};
    return table;
  }

  std::string Path(const std::string& name = "rows.txt") const { return folder_.File(name); }
  std::string Text() const { return *base::ReadWholeFile(Path()); }
  std::vector<std::string> Names() const { return *base::ListFolder(folder_.path()); }

  std::unique_ptr<SinkHarness> Open(int64_t generation, std::vector<std::string> restored = {}) {
    auto sink = std::make_unique<SinkHarness>(connector_, table_);
    sink->Identify({"p", "s", {generation}}, std::move(restored));
    const absl::Status opened = sink->Open();
    EXPECT_TRUE(opened.ok()) << opened;
    return sink;
  }

  base::Outcome Commit(const SinkSnapshot& snapshot) const {
    return CommitAll(connector_, table_, snapshot);
  }

  static std::string Message(const absl::Status& status) {
    return std::string(base::FromAbsl(status.message()));
  }

  const TestFolder folder_;
  const SingleFileConnector connector_;
  data::ConnectorTable table_;
};

TEST_F(SingleFileCommit, RowsAreInTheFileWithTheirCommit) {
  folder_.Write("rows.txt", "of an earlier run\n");
  const auto sink = Open(1);
  const SinkSnapshot first = CutAfter(*sink, {1, 2}, 1);
  EXPECT_EQ(Text(), "of an earlier run\n");
  EXPECT_TRUE(Commit(first).applied());
  EXPECT_EQ(Text(), "1\n2\n");
  const SinkSnapshot second = CutAfter(*sink, {3}, 2);
  EXPECT_EQ(Text(), "1\n2\n");
  // By another object, and again.
  EXPECT_TRUE(SingleFileConnector().Commit(table_, second.commits[0]).applied());
  EXPECT_TRUE(Commit(second).applied());
  EXPECT_TRUE(Commit(first).applied());
  EXPECT_EQ(Text(), "1\n2\n3\n");
  ASSERT_TRUE(sink->Finish().ok());
  const SinkSnapshot last = *sink->Snapshot(3);
  EXPECT_THAT(last.commits, IsEmpty());
  EXPECT_EQ(last.state, second.state);
}

TEST_F(SingleFileCommit, AnEpochWithoutRowsPublishesNothingButTheFirst) {
  folder_.Write("rows.txt", "of an earlier run\n");
  const auto sink = Open(1);
  const SinkSnapshot first = *sink->Snapshot(1);
  ASSERT_THAT(first.commits, SizeIs(1));
  EXPECT_TRUE(Commit(first).applied());
  EXPECT_EQ(Text(), "");
  EXPECT_THAT(sink->Snapshot(2)->commits, IsEmpty());
  const SinkSnapshot third = CutAfter(*sink, {7}, 3);
  EXPECT_TRUE(Commit(third).applied());
  EXPECT_EQ(Text(), "7\n");
}

TEST_F(SingleFileCommit, ACommitThatWasCutOffIsFinished) {
  const auto sink = Open(1);
  EXPECT_TRUE(Commit(CutAfter(*sink, {1}, 1)).applied());
  const SinkSnapshot second = CutAfter(*sink, {22, 33}, 2);
  for (const std::string& torn :
       std::vector<std::string>{"2", "22\n3", std::string("\0\0\n", 3), std::string(6, 0)}) {
    ASSERT_TRUE(base::WriteWholeFile(Path(), "1\n" + torn).ok());
    EXPECT_TRUE(Commit(second).applied());
    EXPECT_EQ(Text(), "1\n22\n33\n");
  }
}

TEST_F(SingleFileCommit, WhatIsNotItsOwnIsNeverOverwritten) {
  const auto sink = Open(1);
  EXPECT_TRUE(Commit(CutAfter(*sink, {1}, 1)).applied());
  const SinkSnapshot second = CutAfter(*sink, {22, 33}, 2);
  for (const std::string text : {"1\nx", "1\n22\n34\n", "1\n22\nx3\n and more"}) {
    ASSERT_TRUE(base::WriteWholeFile(Path(), text).ok());
    const base::Outcome outcome = Commit(second);
    EXPECT_EQ(outcome.state(), base::Outcome::State::kNotApplied);
    EXPECT_THAT(Message(outcome.status()), HasSubstr(Path() + ": it holds others behind byte 2"));
    EXPECT_THAT(Message(outcome.status()), HasSubstr("cut it to 2 bytes"));
    EXPECT_EQ(Text(), text);
  }
  // What others put behind it is theirs.
  ASSERT_TRUE(base::WriteWholeFile(Path(), "1\n22\n33\n44\n").ok());
  EXPECT_TRUE(Commit(second).applied());
  EXPECT_EQ(Text(), "1\n22\n33\n44\n");
}

TEST_F(SingleFileCommit, SaysWhatIsMissing) {
  const auto sink = Open(1);
  const SinkSnapshot first = CutAfter(*sink, {1}, 1);
  EXPECT_TRUE(Commit(first).applied());
  const SinkSnapshot second = CutAfter(*sink, {22, 33}, 2);
  const auto error = [&](const SinkSnapshot& snapshot) {
    const base::Outcome outcome = Commit(snapshot);
    EXPECT_EQ(outcome.state(), base::Outcome::State::kNotApplied);
    return Message(outcome.status());
  };
  ASSERT_TRUE(base::WriteWholeFile(Path(), "1").ok());
  EXPECT_THAT(error(second), HasSubstr("it has 1 bytes, and 2 were published before"));
  ASSERT_TRUE(base::RemoveFile(Path()).ok());
  EXPECT_THAT(error(second), HasSubstr("it is gone, and 2 bytes of it were published before"));
  EXPECT_THAT(error(first), HasSubstr("nor is their log there: "));
  const std::string log = folder_.File(LogCommit::Parse(second.commits[0])->log);
  ASSERT_TRUE(base::WriteWholeFile(log, "22\n34\n").ok());
  EXPECT_THAT(error(second), HasSubstr("damaged, its checksum is wrong: " + log));
  ASSERT_TRUE(base::WriteWholeFile(log, "22\n").ok());
  EXPECT_THAT(error(second), HasSubstr("has 3 bytes and should have 6: " + log));
  EXPECT_THAT(Message(connector_.Commit(table_, "{}").status()), HasSubstr("lacks path"));
}

TEST_F(SingleFileCommit, GoesOnBehindWhatIsPublished) {
  SinkSnapshot first;
  {
    const auto sink = Open(1);
    first = CutAfter(*sink, {1}, 1);
    CutAfter(*sink, {2}, 2);  // of an epoch that is never complete
    ASSERT_TRUE(sink->Write(MakeRows({3})).ok());
  }
  EXPECT_TRUE(Commit(first).applied());
  EXPECT_TRUE(connector_.RemoveLeftovers(table_, {"p", "s", {2}}, {first}).ok());
  EXPECT_THAT(Names(), ElementsAre("rows.txt"));
  const auto sink = Open(2, {first.state});
  const SinkSnapshot second = CutAfter(*sink, {20}, 2);
  EXPECT_TRUE(Commit(second).applied());
  EXPECT_EQ(Text(), "1\n20\n");
}

TEST_F(SingleFileCommit, AForkIsRefusedUnlessItIsTheSame) {
  const auto sink = Open(1);
  const SinkSnapshot first = CutAfter(*sink, {1}, 1);
  EXPECT_TRUE(Commit(first).applied());
  EXPECT_TRUE(Commit(CutAfter(*sink, {2}, 2)).applied());
  const auto same = Open(2, {first.state});
  EXPECT_TRUE(Commit(CutAfter(*same, {2, 3}, 3)).applied());
  EXPECT_EQ(Text(), "1\n2\n3\n");
  const auto other = Open(3, {first.state});
  EXPECT_EQ(Commit(CutAfter(*other, {4}, 4)).state(), base::Outcome::State::kNotApplied);
  EXPECT_EQ(Text(), "1\n2\n3\n");
}

TEST_F(SingleFileCommit, CompressesEachEpochForItself) {
  table_ = TableOf("rows.zst");
  const auto sink = Open(1);
  EXPECT_TRUE(Commit(CutAfter(*sink, {1, 2}, 1)).applied());
  EXPECT_TRUE(Commit(CutAfter(*sink, {3}, 2)).applied());
  std::string text;
  const std::string bytes = *base::ReadWholeFile(Path("rows.zst"));
  const auto decompressor = formats::MakeDecompressor(formats::Codec::kZstd);
  for (std::string_view rest = bytes; !rest.empty();) {
    rest.remove_prefix(*decompressor->Decompress(rest, 1000, text));
  }
  EXPECT_EQ(text, "1\n2\n3\n");
}

TEST_F(SingleFileCommit, LeavesWhatIsOfOthersAndOfThisAttempt) {
  const std::vector<std::string> kept = {".other.txt.p.s.g1.0.log", ".rows.txt.p.s.g2.0.log",
                                         ".rows.txt.p.s.gx.0.log",  ".rows.txt.p.t.g1.0.log",
                                         ".rows.txt.q.s.g1.0.log",  "rows.txt.p.s.g1.0.log"};
  for (const std::string& name : kept) {
    folder_.Write(name, "");
  }
  folder_.Write(".rows.txt.p.s.g1.0.log", "");
  folder_.Write(".rows.txt.p.s.g1.12.log", "");
  EXPECT_TRUE(connector_.RemoveLeftovers(table_, {"p", "s", {2}}, {}).ok());
  EXPECT_THAT(Names(), ::testing::ElementsAreArray(kept));
  table_ = TableOf("no/such/folder/rows.txt");
  EXPECT_TRUE(connector_.RemoveLeftovers(table_, {"p", "s", {2}}, {}).ok());
}

TEST_F(SingleFileCommit, TellsEarlyThatItCannotWrite) {
  const auto fails = [&](const data::ConnectorTable& table) {
    SinkHarness sink(connector_, table);
    sink.Identify({"p", "s", {1}});
    absl::Status status = sink.Open();
    if (status.ok()) {
      status = sink.Snapshot(1).status();
    }
    return Message(status);
  };
  EXPECT_THAT(fails(TableOf(".")), HasSubstr("Is a directory"));
  folder_.Write("file", "");
  EXPECT_THAT(fails(TableOf("file/below")), HasSubstr("cannot make folder"));
  EXPECT_THAT(fails(TableOf("rows.pages", "pages")), HasSubstr("connector = 'filesystem'"));
}

TEST_F(SingleFileCommit, ASnapshotThatCannotBeWrittenIsAnErrorAndSoAreThoseBehindIt) {
  const auto sink = Open(1);
  CutAfter(*sink, {1}, 1);
  ASSERT_TRUE(base::RemoveAll(folder_.path()).ok());
  ASSERT_TRUE(sink->Write(MakeRows({2})).ok());
  EXPECT_EQ(sink->Snapshot(2).status().code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(sink->Snapshot(3).status().code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(sink->Finish().ok());
}

TEST_F(SingleFileCommit, APipeIsWrittenAtOnce) {
  const std::string path = Path("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  absl::StatusOr<base::InputFile> reader = base::InputFile::Open(path);
  table_ = TableOf("pipe");
  const auto sink = Open(1);
  const SinkSnapshot snapshot = CutAfter(*sink, {1, 2}, 1);
  EXPECT_THAT(snapshot.commits, IsEmpty());
  EXPECT_EQ(snapshot.state, "");
  char bytes[10];
  EXPECT_EQ(*reader->Read(bytes, sizeof(bytes)), 4);
  ASSERT_TRUE(sink->Finish().ok());
  EXPECT_TRUE(sink->Snapshot(2).ok());
}

TEST_F(SingleFileCommit, EachRowIsThereOnceHoweverOftenItIsBrokenOff) {
  int num_crashes = 0;
  for (uint64_t seed = 0; seed < 12; ++seed) {
    const TestFolder folder;
    data::ConnectorTable table = table_;
    const std::string path = base::JoinPath(folder.File("out"), "rows.txt");
    ASSERT_TRUE(base::MakeFolders(folder.File("out")).ok());
    table.options = MakeOptions(connector_.sink_options(), {{"path", path}});
    const auto visible = [&] {
      std::vector<int64_t> numbers;
      const std::string text = base::ReadWholeFile(path).value_or("");
      for (size_t at = 0; at < text.size(); at = text.find('\n', at) + 1) {
        std::from_chars(text.data() + at, text.data() + text.size(), numbers.emplace_back());
      }
      return numbers;
    };
    PublishingForTest job({.factory = connector_,
                           .table = table,
                           .folder = folder.File("out"),
                           .visible = visible,
                           .seed = seed});
    job.Run(6'000);
    num_crashes += job.num_crashes();
    EXPECT_THAT(*base::ListFolder(folder.File("out")), ElementsAre("rows.txt"));
    ASSERT_FALSE(HasFailure()) << seed;
  }
  EXPECT_GT(num_crashes, 15);
}

}  // namespace
}  // namespace laminar::connectors
