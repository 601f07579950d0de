// The connector with the real formats: what it writes it reads again, and files of another format
// are named.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/filesystem/filesystem_connector.h"
#include "formats/csv/csv_format.h"
#include "formats/format_registry.h"
#include "formats/json/json_format.h"
#include "formats/parquet/parquet_format.h"

namespace laminar::connectors {
namespace {

using ::testing::HasSubstr;
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

class FilesystemFormats : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override { RegisterFormats(); }

  data::ConnectorTable TableOf(Kind kind, const std::string& format, Given options) const {
    data::ConnectorTable table;
    table.name = "files";
    table.kind = kind;
    table.format = format;
    if (options.empty() || options[0].first != "path") {
      options.emplace_back("path", folder_.path());
    }
    table.options = MakeOptions(
        kind == Kind::kSink ? connector_.sink_options() : connector_.source_options(), options);
    table.format_options =
        MakeOptions(formats::FormatRegistry::Global().Find(format)->options(), {});
    table.schema.fields = {{"n", data::LogicalType::BIGINT}, {"text", data::LogicalType::VARCHAR}};
    return table;
  }

  absl::Status WriteRows(const data::ConnectorTable& table, int64_t first, int64_t count) const {
    SinkHarness sink(connector_, table);
    LAMINAR_RETURN_IF_ERROR(sink.Open());
    for (int64_t n = first; n < first + count; n += 100) {
      std::vector<int64_t> numbers;
      std::vector<std::string> texts;
      for (int64_t i = n; i < std::min(n + 100, first + count); ++i) {
        numbers.push_back(i);
        texts.push_back("text " + std::to_string(i));
      }
      LAMINAR_RETURN_IF_ERROR(sink.Write(MakeRows(numbers, texts)));
    }
    return sink.Finish();
  }

  absl::StatusOr<std::vector<std::string>> Read(const data::ConnectorTable& table,
                                                int subtask = 0,
                                                int parallelism = 1) const {
    SourceHarness source(connector_, table, subtask, parallelism);
    LAMINAR_RETURN_IF_ERROR(source.Open());
    return source.ReadAll();
  }

  static std::string Message(const absl::Status& status) {
    return std::string(base::FromAbsl(status.message()));
  }

  const TestFolder folder_;
  const FilesystemConnector connector_;
};

TEST_P(FilesystemFormats, ReadsWhatItWroteAtAnyParallelism) {
  const data::ConnectorTable sink = TableOf(Kind::kSink, GetParam(), {});
  for (int64_t file = 0; file < 3; ++file) {
    const absl::Status written = WriteRows(sink, file * 3000, 3000);
    ASSERT_TRUE(written.ok()) << written;
  }
  std::vector<std::string> expected;
  for (int i = 0; i < 9000; ++i) {
    expected.push_back(std::to_string(i) + ",text " + std::to_string(i));
  }
  std::ranges::sort(expected);
  const data::ConnectorTable table = TableOf(Kind::kSource, GetParam(), {});
  for (const int parallelism : {1, 2, 4}) {
    std::vector<std::string> rows;
    for (int subtask = 0; subtask < parallelism; ++subtask) {
      const auto share = Read(table, subtask, parallelism);
      ASSERT_TRUE(share.ok()) << share.status();
      rows.insert(rows.end(), share->begin(), share->end());
    }
    std::ranges::sort(rows);
    EXPECT_EQ(rows, expected);
  }
}

TEST_P(FilesystemFormats, GuessesTheColumnsThatItWrote) {
  ASSERT_TRUE(WriteRows(TableOf(Kind::kSink, GetParam(), {}), 0, 10).ok());
  const auto schema = connector_.InferSchema(TableOf(Kind::kSource, GetParam(), {}));
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_EQ(schema->ToString(), "n BIGINT, text VARCHAR");
}

TEST_P(FilesystemFormats, EachFileIsWholeByItself) {
  const data::ConnectorTable sink = TableOf(
      Kind::kSink, GetParam(), {{"partitioning.fields", "n"}, {"filename.strategy", "serial"}});
  ASSERT_TRUE(WriteRows(sink, 0, 5).ok());
  const auto paths = base::ListFilesBelow(folder_.path());
  ASSERT_EQ(paths->size(), 5);
  for (const std::string& path : *paths) {
    const auto rows = Read(TableOf(Kind::kSource, GetParam(), {{"path", path}}));
    ASSERT_TRUE(rows.ok()) << rows.status();
    EXPECT_EQ(rows->size(), 1);
  }
}

TEST_P(FilesystemFormats, TellsTheRowsOfFiles) {
  ASSERT_TRUE(WriteRows(TableOf(Kind::kSink, GetParam(),
                                {{"filename.suffix", "x"}, {"filename.strategy", "serial"}}),
                        0, 2500)
                  .ok());
  data::ConnectorTable table = TableOf(Kind::kSource, GetParam(), {});
  table.schema.fields = {{"where", data::LogicalType::VARCHAR},
                         {"n", data::LogicalType::BIGINT},
                         {"at", data::LogicalType::BIGINT}};
  table.metadata = {{"where", "file"}, {"at", "row"}};
  const auto rows = Read(table);
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 2500);
  EXPECT_EQ(rows->back(), folder_.File("00000-000.x") + ",2499,2499");
}

TEST_P(FilesystemFormats, TellsThatAFileIsOfAnotherFormat) {
  const std::string path =
      folder_.Write("data", std::string("\x01\x02 neither this\nnor that\n\xff\xfe\n"));
  const auto rows = Read(TableOf(Kind::kSource, GetParam(), {{"path", path}}));
  EXPECT_FALSE(rows.ok());
  EXPECT_THAT(Message(rows.status()), HasSubstr(path));
}

INSTANTIATE_TEST_SUITE_P(All, FilesystemFormats, ::testing::Values("json", "csv", "parquet"));

using FilesystemParquet = FilesystemFormats;

TEST_P(FilesystemParquet, TellsThatAFileIsTruncated) {
  ASSERT_TRUE(WriteRows(TableOf(Kind::kSink, "parquet", {}), 0, 5000).ok());
  const std::string path = base::ListFilesBelow(folder_.path())->front();
  const std::string bytes = *base::ReadWholeFile(path);
  folder_.Write("cut.parquet", bytes.substr(0, bytes.size() / 2));
  const auto rows =
      Read(TableOf(Kind::kSource, "parquet", {{"path", folder_.File("cut.parquet")}}));
  EXPECT_EQ(rows.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(rows.status()), HasSubstr("cut.parquet"));
}

TEST_P(FilesystemParquet, RollsBySize) {
  const data::ConnectorTable sink =
      TableOf(Kind::kSink, "parquet", {{"rolling_policy.file_size", "20kb"}});
  ASSERT_TRUE(WriteRows(sink, 0, 20'000).ok());
  EXPECT_GT(base::ListFilesBelow(folder_.path())->size(), 2);
  EXPECT_EQ(Read(TableOf(Kind::kSource, "parquet", {}))->size(), 20'000);
}

TEST_P(FilesystemParquet, LeavesNothingBehindWhenTheJobFails) {
  const data::ConnectorTable table = TableOf(Kind::kSink, "parquet", {});
  {
    SinkHarness sink(connector_, table);
    ASSERT_TRUE(sink.Open().ok());
    ASSERT_TRUE(sink.Write(MakeRows({1}, {"a"})).ok());
  }
  EXPECT_TRUE(base::ListFolder(folder_.path())->empty());
}

INSTANTIATE_TEST_SUITE_P(Parquet, FilesystemParquet, ::testing::Values("parquet"));

}  // namespace
}  // namespace laminar::connectors
