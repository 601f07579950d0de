// Reading of files that is broken off and goes on: each row once, whatever the format, compression
// and parallelism; files that are not what they were are named.
#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/filesystem/filesystem_connector.h"
#include "formats/compression/codec.h"
#include "formats/csv/csv_format.h"
#include "formats/format_registry.h"
#include "formats/json/json_format.h"
#include "formats/parquet/parquet_format.h"

namespace laminar::connectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;
using Given = std::vector<std::pair<std::string, std::string>>;
using Kind = data::ConnectorTable::Kind;
using Positions = std::vector<data::SplitPosition>;

void RegisterFormats() {
  formats::FormatRegistry& registry = formats::FormatRegistry::Global();
  if (registry.Find("json") == nullptr) {
    registry.Register(std::make_unique<formats::JsonFormat>());
    registry.Register(std::make_unique<formats::CsvFormat>());
    registry.Register(std::make_unique<formats::ParquetFormat>());
  }
}

class FilesystemResume : public ::testing::Test {
 protected:
  void SetUp() override { RegisterFormats(); }

  data::ConnectorTable TableOf(Kind kind,
                               const std::string& format,
                               Given options = {},
                               const Given& format_options = {}) const {
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
        MakeOptions(formats::FormatRegistry::Global().Find(format)->options(), format_options);
    table.schema.fields = {{"n", data::LogicalType::BIGINT}, {"text", data::LogicalType::VARCHAR}};
    return table;
  }

  void WriteFiles(const data::ConnectorTable& table, int num_files, int64_t rows_per_file) const {
    for (int file = 0; file < num_files; ++file) {
      SinkHarness sink(connector_, table);
      ASSERT_TRUE(sink.Open().ok());
      for (int64_t n = 0; n < rows_per_file; n += 1000) {
        std::vector<int64_t> numbers;
        std::vector<std::string> texts;
        for (int64_t i = n; i < n + 1000; ++i) {
          numbers.push_back(file * rows_per_file + i);
          texts.push_back("text \"" + std::to_string(i) + "\"\nof two lines");
        }
        ASSERT_TRUE(sink.Write(MakeRows(numbers, texts)).ok());
      }
      ASSERT_TRUE(sink.Finish().ok());
    }
  }

  // Reads on from `positions`, at most `polls` times.
  absl::StatusOr<std::vector<std::string>> ReadOn(const data::ConnectorTable& table,
                                                  std::optional<Positions>& positions,
                                                  int polls = 1'000'000) const {
    SourceHarness source(connector_, table);
    if (positions.has_value()) {
      source.Restore(*positions);
    }
    LAMINAR_RETURN_IF_ERROR(source.Open());
    std::vector<std::string> rows;
    bool more = true;
    for (int poll = 0; poll < polls && more; ++poll) {
      LAMINAR_ASSIGN_OR_RETURN(more, source.ReadMore(rows));
    }
    LAMINAR_ASSIGN_OR_RETURN(positions, source.Positions());
    return rows;
  }

  static std::string Message(const absl::Status& status) {
    return std::string(base::FromAbsl(status.message()));
  }

  const TestFolder folder_;
  const FilesystemConnector connector_;
};

struct Way {
  std::string format;
  Given sink;
  Given format_options;
};

class FilesystemResumeFormats : public FilesystemResume,
                                public ::testing::WithParamInterface<Way> {};

TEST_P(FilesystemResumeFormats, ReadsEachRowOnceAtAnyParallelism) {
  const Way& way = GetParam();
  WriteFiles(TableOf(Kind::kSink, way.format, way.sink, way.format_options), 4, 5000);
  const data::ConnectorTable table = TableOf(Kind::kSource, way.format);
  auto whole = ReadInterrupted(connector_, table, {1}, 0);
  ASSERT_TRUE(whole.ok()) << whole.status();
  ASSERT_THAT(*whole, SizeIs(20'000));
  std::ranges::sort(*whole);
  for (const std::vector<int>& walk :
       {std::vector<int>{1, 1, 1, 1, 1, 1, 1}, {2, 1, 3, 1}, {4, 4, 1}, {3, 7, 2}}) {
    auto rows = ReadInterrupted(connector_, table, walk, 1);
    ASSERT_TRUE(rows.ok()) << rows.status();
    std::ranges::sort(*rows);
    EXPECT_TRUE(*rows == *whole);
  }
}

std::string NameOf(const ::testing::TestParamInfo<Way>& info) {
  std::string name = info.param.format;
  for (const auto& [key, value] : info.param.sink) {
    name += "_" + value;
  }
  return name;
}

INSTANTIATE_TEST_SUITE_P(
    Formats,
    FilesystemResumeFormats,
    ::testing::Values(Way{"json", {}, {}},
                      Way{"csv", {}, {}},
                      Way{"json", {{"compression", "gzip"}}, {}},
                      Way{"csv", {{"compression", "zstd"}}, {}},
                      Way{"parquet", {}, {{"parquet.row_group_size", "100000"}}}),
    NameOf);

TEST_F(FilesystemResume, TellsTheRowWhereverItGoesOn) {
  WriteFiles(TableOf(Kind::kSink, "csv"), 2, 5000);
  data::ConnectorTable table = TableOf(Kind::kSource, "csv");
  table.schema.fields.push_back({"row", data::LogicalType::BIGINT});
  table.metadata = {{"row", "row"}};
  auto whole = ReadInterrupted(connector_, table, {1}, 0, {2, 0});
  ASSERT_TRUE(whole.ok()) << whole.status();
  EXPECT_EQ(whole->back(), "4999,9999");
  EXPECT_EQ(*ReadInterrupted(connector_, table, {1, 1, 1, 1, 1}, 1, {2, 0}), *whole);
}

TEST_F(FilesystemResume, GoesOnInSeveralMembersAndFrames) {
  for (const formats::Codec codec : {formats::Codec::kGzip, formats::Codec::kZstd}) {
    std::string bytes;
    for (int frame = 0; frame < 5; ++frame) {
      const auto compressor = formats::MakeCompressor(codec);
      std::string lines;
      for (int i = 0; i < 1000; ++i) {
        lines += R"({"n":)" + std::to_string(frame * 1000 + i) + "}\n";
      }
      ASSERT_TRUE(compressor->Compress(lines, bytes).ok());
      ASSERT_TRUE(compressor->Finish(bytes).ok());
    }
    // Known by its first bytes alone.
    const std::string path = folder_.Write("frames", bytes);
    data::ConnectorTable table = TableOf(Kind::kSource, "json", {{"path", path}});
    table.schema.fields.pop_back();
    std::optional<Positions> positions;
    std::vector<std::string> rows = *ReadOn(table, positions, 1);
    // Frames that are appended are left out, as if it had been read without a break.
    folder_.Write("frames", bytes + bytes);
    const auto rest = ReadOn(table, positions);
    ASSERT_TRUE(rest.ok()) << rest.status();
    EXPECT_THAT(*rest, SizeIs(5000 - rows.size()));
    EXPECT_EQ(rest->front(), std::to_string(rows.size()));
    EXPECT_EQ(rest->back(), "4999");
  }
}

TEST_F(FilesystemResume, GoesOnInsideAnArray) {
  std::string text = "[";
  for (int i = 0; i < 3000; ++i) {
    text += (i == 0 ? "" : ",\n") + (R"({"n":)" + std::to_string(i) + "}");
  }
  folder_.Write("array.json", text + "]");
  data::ConnectorTable table = TableOf(Kind::kSource, "json");
  table.schema.fields.pop_back();
  EXPECT_THAT(*ReadInterrupted(connector_, table, {1, 1}, 1), SizeIs(3000));
}

TEST_F(FilesystemResume, FilesThatCameLaterAreReadAndThoseThatAreDoneAreNot) {
  data::ConnectorTable table = TableOf(Kind::kSource, "json");
  table.schema.fields.pop_back();
  folder_.Write("b.json", R"({"n":1})");
  folder_.Write("c.json", R"({"n":2})");
  std::optional<Positions> positions;
  EXPECT_THAT(*ReadOn(table, positions), ElementsAre("1", "2"));
  EXPECT_THAT(*ReadOn(table, positions), SizeIs(0));
  folder_.Write("a.json", R"({"n":3})");
  ASSERT_TRUE(base::RemoveFile(folder_.File("b.json")).ok());
  EXPECT_THAT(*ReadOn(table, positions), ElementsAre("3"));
  EXPECT_THAT(*positions, SizeIs(3));
  // Also when none is left.
  ASSERT_TRUE(base::RemoveFile(folder_.File("a.json")).ok());
  ASSERT_TRUE(base::RemoveFile(folder_.File("c.json")).ok());
  const data::ConnectorTable glob =
      TableOf(Kind::kSource, "json", {{"path", folder_.File("*.json")}});
  EXPECT_THAT(*ReadOn(glob, positions), SizeIs(0));
}

TEST_F(FilesystemResume, NamesFilesThatAreNotWhatTheyWere) {
  WriteFiles(TableOf(Kind::kSink, "json", {{"filename.strategy", "serial"}}), 2, 5000);
  const data::ConnectorTable table = TableOf(Kind::kSource, "json");
  std::optional<Positions> positions;
  const size_t num_read = ReadOn(table, positions, 1)->size();
  const std::vector<std::string> files = *base::ListFilesBelow(folder_.path());
  const std::string bytes = *base::ReadWholeFile(files[0]);
  const auto error = [&] {
    std::optional<Positions> from = positions;
    const absl::Status status = ReadOn(table, from).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
    return Message(status);
  };
  ASSERT_TRUE(base::WriteWholeFile(files[0], bytes.substr(0, bytes.size() - 1)).ok());
  EXPECT_THAT(error(), HasSubstr("has not read it to its end: " + files[0] + " has "));
  EXPECT_THAT(error(), HasSubstr("put back what was there"));
  ASSERT_TRUE(base::RemoveFile(files[0]).ok());
  EXPECT_THAT(error(), HasSubstr(files[0] + " is gone"));
  ASSERT_TRUE(base::MakeFolders(files[0]).ok());
  EXPECT_THAT(error(), HasSubstr(files[0] + " is not what the table names any more"));
  ASSERT_TRUE(base::RemoveAll(files[0]).ok());
  // One that grew is read as far as it was.
  ASSERT_TRUE(base::WriteWholeFile(files[0], bytes + R"({"n":1})"
                                                     "\n")
                  .ok());
  std::optional<Positions> from = positions;
  EXPECT_THAT(*ReadOn(table, from), SizeIs(10'000 - num_read));
  // One that had not begun must be there too.
  ASSERT_TRUE(base::RemoveFile(files[1]).ok());
  EXPECT_THAT(error(), HasSubstr(files[1] + " is gone"));
}

TEST_F(FilesystemResume, NamesAParquetFileThatIsNotWhatItWas) {
  WriteFiles(TableOf(Kind::kSink, "parquet"), 1, 5000);
  const data::ConnectorTable table = TableOf(Kind::kSource, "parquet");
  std::optional<Positions> positions;
  ASSERT_TRUE(ReadOn(table, positions, 1).ok());
  const std::string path = base::ListFilesBelow(folder_.path())->front();
  ASSERT_TRUE(base::RemoveFile(path).ok());
  WriteFiles(TableOf(Kind::kSink, "parquet"), 1, 6000);
  const std::string other = base::ListFilesBelow(folder_.path())->front();
  ASSERT_TRUE(base::RenameFile(other, path).ok());
  EXPECT_THAT(Message(ReadOn(table, positions).status()), HasSubstr(path + " has "));
}

TEST_F(FilesystemResume, ABadRecordIsCountedOnceAndNoPositionIsTakenBeforeOneThatFails) {
  std::string text;
  for (int i = 0; i < 5000; ++i) {
    text += i % 100 == 7 ? "bad\n" : R"({"n":)" + std::to_string(i) + "}\n";
  }
  folder_.Write("rows.json", text);
  const TestFolder dead;
  data::ConnectorTable table = TableOf(Kind::kSource, "json");
  table.schema.fields.pop_back();
  table.bad_data = data::BadDataPolicy::kDeadLetter;
  table.dead_letter_path = dead.File("letters");
  EXPECT_THAT(*ReadInterrupted(connector_, table, {1, 1, 1}, 1), SizeIs(4950));
  const std::string letters = *base::ReadWholeFile(dead.File("letters"));
  EXPECT_EQ(std::ranges::count(letters, '\n'), 50);

  table.bad_data = data::BadDataPolicy::kFail;
  SourceHarness source(connector_, table);
  ASSERT_TRUE(source.Open().ok());
  std::vector<std::string> rows;
  ASSERT_TRUE(*source.ReadMore(rows));
  EXPECT_THAT(rows, SizeIs(7));
  EXPECT_THAT(Message(source.Positions().status()), HasSubstr("could not be decoded"));
}

TEST_F(FilesystemResume, TellsPositionsThatAreNotItsOwn) {
  folder_.Write("a.json", R"({"n":1})");
  const data::ConnectorTable table = TableOf(Kind::kSource, "json");
  const auto error = [&](const Positions& positions) {
    SourceHarness source(connector_, table);
    source.Restore(positions);
    return Message(source.Open());
  };
  const std::string path = folder_.File("a.json");
  EXPECT_THAT(error({{path, "x"}}), HasSubstr("position of " + path + " cannot be read"));
  EXPECT_THAT(error({{path, "{}"}}), HasSubstr("lacks number"));
  EXPECT_THAT(error({{path, R"({"number":0,"offset":3})"}}), HasSubstr("lacks rows"));
  EXPECT_THAT(error({{path, R"({"number":0})"}, {path, R"({"number":1})"}}),
              HasSubstr("names a file twice"));
}

TEST_F(FilesystemResume, NamesNeedNotBeUtf8) {
  const std::string name = "caf\xe9 %:%41.json";
  folder_.Write(name, R"({"n":1})");
  data::ConnectorTable table = TableOf(Kind::kSource, "json");
  table.schema.fields.pop_back();
  std::optional<Positions> positions;
  EXPECT_THAT(*ReadOn(table, positions), ElementsAre("1"));
  EXPECT_THAT(positions->front().split, HasSubstr("caf%E9 %25:%2541.json"));
  EXPECT_THAT(*ReadOn(table, positions), SizeIs(0));
}

}  // namespace
}  // namespace laminar::connectors
