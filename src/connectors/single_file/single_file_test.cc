#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/random.h"
#include "base/thread.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/api/line_format_for_test.h"
#include "connectors/single_file/single_file_connector.h"
#include "formats/compression/codec.h"

namespace laminar::connectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Kind = data::ConnectorTable::Kind;

class SingleFile : public ::testing::Test {
 protected:
  void SetUp() override { RegisterLineFormat(); }

  data::ConnectorTable TableOf(
      Kind kind,
      const std::vector<std::pair<std::string, std::string>>& options) const {
    data::ConnectorTable table;
    table.name = "file";
    table.kind = kind;
    table.format = "lines";
    table.options = MakeOptions(
        kind == Kind::kSink ? connector_.sink_options() : connector_.source_options(), options);
    table.schema.fields = {{"n", data::LogicalType::BIGINT}};
    return table;
  }

  absl::StatusOr<std::vector<std::string>> Read(const std::string& path) const {
    const data::ConnectorTable table = TableOf(Kind::kSource, {{"path", path}});
    SourceHarness source(connector_, table);
    LAMINAR_RETURN_IF_ERROR(source.Open());
    return source.ReadAll();
  }

  absl::Status WriteRows(const std::string& path, const std::vector<int64_t>& numbers) const {
    const data::ConnectorTable table = TableOf(Kind::kSink, {{"path", path}});
    SinkHarness sink(connector_, table);
    LAMINAR_RETURN_IF_ERROR(sink.Open());
    LAMINAR_RETURN_IF_ERROR(sink.Write(MakeRows(numbers)));
    return sink.Finish();
  }

  const TestFolder folder_;
  const SingleFileConnector connector_;
};

TEST_F(SingleFile, ReadsWhatItWrote) {
  const std::string path = folder_.File("new/rows.txt");
  ASSERT_TRUE(WriteRows(path, {1, 2, 3}).ok());
  EXPECT_EQ(*base::ReadWholeFile(path), "1\n2\n3\n");
  EXPECT_THAT(*Read(path), ElementsAre("1", "2", "3"));
  EXPECT_THAT(*Read("file://" + path), ElementsAre("1", "2", "3"));
}

TEST_F(SingleFile, CompressesByTheNamesEnd) {
  for (const char* name : {"rows.gz", "rows.zst"}) {
    const std::string path = folder_.File(name);
    ASSERT_TRUE(WriteRows(path, {4, 5}).ok());
    EXPECT_NE(formats::CodecFromMagic(*base::ReadWholeFile(path)), formats::Codec::kNone);
    EXPECT_THAT(*Read(path), ElementsAre("4", "5"));
  }
}

TEST_F(SingleFile, EmptiesAFileThatIsThere) {
  const std::string path = folder_.Write("rows.txt", "old rows of any length\n");
  ASSERT_TRUE(WriteRows(path, {7}).ok());
  EXPECT_EQ(*base::ReadWholeFile(path), "7\n");
}

TEST_F(SingleFile, AnEmptyFileIsNoRows) {
  EXPECT_THAT(*Read(folder_.Write("empty", "")), IsEmpty());
}

TEST_F(SingleFile, ErrorsNameTheFile) {
  const auto message = [](const absl::Status& status) {
    return std::string(base::FromAbsl(status.message()));
  };
  const std::string missing = folder_.File("missing");
  EXPECT_EQ(Read(missing).status().code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(message(Read(missing).status()), HasSubstr(missing));
  EXPECT_THAT(message(Read(folder_.path()).status()), HasSubstr("Is a directory"));
  EXPECT_THAT(message(WriteRows(folder_.path(), {1})), HasSubstr("Is a directory"));
  const absl::Status full = WriteRows("/dev/full", {1});
  EXPECT_EQ(full.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_THAT(message(full), HasSubstr("/dev/full: No space left on device"));
  const std::string file = folder_.Write("file", "");
  EXPECT_FALSE(WriteRows(file + "/below", {1}).ok());
}

TEST_F(SingleFile, ReadsAsMuchAsThereWasAtOpening) {
  std::string lines;
  for (int i = 0; i < 2'000'000; ++i) {
    lines += "12345\n";
  }
  const std::string path = folder_.Write("growing", lines);
  const data::ConnectorTable table = TableOf(Kind::kSource, {{"path", path}});
  SourceHarness source(connector_, table);
  ASSERT_TRUE(source.Open().ok());
  std::vector<std::string> rows;
  ASSERT_TRUE(*source.ReadMore(rows));
  absl::StatusOr<base::OutputFile> appender = base::OutputFile::Append(path);
  ASSERT_TRUE(appender->Write("99999\n").ok());
  const auto rest = source.ReadAll();
  ASSERT_TRUE(rest.ok()) << rest.status();
  EXPECT_EQ(rows.size() + rest->size(), 2'000'000);
}

TEST_F(SingleFile, TellsThatAFileBecameShorter) {
  const std::string path = folder_.Write("shrinking", std::string(20 << 20, '\n'));
  const data::ConnectorTable table = TableOf(Kind::kSource, {{"path", path}});
  SourceHarness source(connector_, table);
  ASSERT_TRUE(source.Open().ok());
  std::vector<std::string> rows;
  ASSERT_TRUE(*source.ReadMore(rows));
  {
    const absl::StatusOr<base::OutputFile> emptied = base::OutputFile::Create(path);
  }
  const auto rest = source.ReadAll();
  EXPECT_EQ(rest.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(std::string(base::FromAbsl(rest.status().message())),
              HasSubstr("become shorter while it was read: " + path));
}

TEST_F(SingleFile, ReadsANamedPipeLineByLine) {
  const std::string path = folder_.File("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const data::ConnectorTable table = TableOf(Kind::kSource, {{"path", path}});
  SourceHarness source(connector_, table);
  ASSERT_TRUE(source.Open().ok());
  std::vector<std::string> rows;
  {
    absl::StatusOr<base::OutputFile> writer = base::OutputFile::Create(path);
    ASSERT_TRUE(writer->Write("1\n2").ok());
    ASSERT_TRUE(*source.ReadMore(rows));
    EXPECT_THAT(rows, ElementsAre("1"));
    ASSERT_TRUE(writer->Write("3\n").ok());
    ASSERT_TRUE(*source.ReadMore(rows));
    EXPECT_THAT(rows, ElementsAre("1", "23"));
  }
  EXPECT_FALSE(*source.ReadMore(rows));
}

TEST_F(SingleFile, ClosesWhileAPipeIsSilent) {
  const std::string path = folder_.File("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  {
    const data::ConnectorTable table = TableOf(Kind::kSource, {{"path", path}});
    SourceHarness source(connector_, table);
    ASSERT_TRUE(source.Open().ok());
    base::SleepNanos(5'000'000);
  }
  const data::ConnectorTable table = TableOf(Kind::kSink, {{"path", path}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  base::SleepNanos(5'000'000);
}

TEST_F(SingleFile, ClosesWhileNobodyReadsACompressedPipe) {
  const std::string path = folder_.File("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  const absl::StatusOr<base::InputFile> reader = base::InputFile::Open(path);
  const data::ConnectorTable table =
      TableOf(Kind::kSink, {{"path", path}, {"compression", "gzip"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  base::Random random(1);
  std::vector<int64_t> numbers(2000);
  // More than a pipe holds, and too random to be packed into it.
  for (int chunk = 0; chunk < 20; ++chunk) {
    for (int64_t& number : numbers) {
      number = static_cast<int64_t>(random.Next());
    }
    ASSERT_TRUE(sink.Write(MakeRows(numbers)).ok());
  }
  base::SleepNanos(20'000'000);
  sink.Close();
}

TEST_F(SingleFile, RowsAreInTheFileSoonAfterTheyCame) {
  ManualClock clock;
  const std::string path = folder_.File("rows");
  const data::ConnectorTable table = TableOf(Kind::kSink, {{"path", path}});
  SinkHarness sink(connector_, table, clock);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1})).ok());
  EXPECT_EQ((*sink.Flush())->nanos, clock.Now().nanos + 50'000'000);
  clock.Advance(50'000'000);
  EXPECT_FALSE(sink.Flush()->has_value());
  std::string bytes;
  for (int i = 0; i < 1000 && bytes.empty(); ++i) {
    base::SleepNanos(1'000'000);
    // It may not be there yet.
    bytes = base::ReadWholeFile(path).value_or("");
  }
  EXPECT_EQ(bytes, "1\n");
}

TEST_F(SingleFile, GuessesColumnsByTheFile) {
  const data::ConnectorTable table =
      TableOf(Kind::kSource, {{"path", folder_.Write("rows", "name\nother\n")}});
  const absl::StatusOr<data::Schema> schema = connector_.InferSchema(table);
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_EQ(schema->ToString(), "name VARCHAR");
  const data::ConnectorTable empty = TableOf(Kind::kSource, {{"path", folder_.Write("empty", "")}});
  EXPECT_THAT(std::string(base::FromAbsl(connector_.InferSchema(empty).status().message())),
              HasSubstr("columns must be declared"));
}

TEST_F(SingleFile, RefusesPathsThatAreNotLocal) {
  EXPECT_THAT(
      std::string(base::FromAbsl(
          connector_.Validate(TableOf(Kind::kSource, {{"path", "s3://bucket/key"}})).message())),
      HasSubstr("option path: only local files can be named, not s3://"));
  EXPECT_FALSE(connector_.Validate(TableOf(Kind::kSource, {{"path", ""}})).ok());
  EXPECT_TRUE(
      connector_.Validate(TableOf(Kind::kSource, {{"path", "a/b"}, {"wait_for_control", "false"}}))
          .ok());
}

}  // namespace
}  // namespace laminar::connectors
