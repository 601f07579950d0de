#include <algorithm>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/api/line_format_for_test.h"
#include "connectors/filesystem/filesystem_connector.h"
#include "formats/compression/codec.h"

namespace laminar::connectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using Given = std::vector<std::pair<std::string, std::string>>;

class FilesystemSource : public ::testing::Test {
 protected:
  void SetUp() override { RegisterLineFormat(); }

  data::ConnectorTable TableOf(const Given& options) const {
    data::ConnectorTable table;
    table.name = "files";
    table.format = "lines";
    table.options = MakeOptions(connector_.source_options(), options);
    table.schema.fields = {{"value", data::LogicalType::VARCHAR}};
    return table;
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

TEST_F(FilesystemSource, ReadsAFileAFolderAndAGlob) {
  folder_.Write("a/1.txt", "a1\n");
  folder_.Write("a/b/2.txt", "ab2\n");
  folder_.Write("c.txt", "c\n");
  folder_.Write("d.log", "d\n");
  EXPECT_THAT(*Read(TableOf({{"path", folder_.File("c.txt")}})), ElementsAre("c"));
  EXPECT_THAT(*Read(TableOf({{"path", folder_.path()}})), ElementsAre("a1", "ab2", "c", "d"));
  EXPECT_THAT(*Read(TableOf({{"path", folder_.File("*.txt")}})), ElementsAre("c"));
  EXPECT_THAT(*Read(TableOf({{"path", folder_.File("**/*.txt")}})), ElementsAre("a1", "ab2", "c"));
  EXPECT_THAT(*Read(TableOf({{"path", "file://" + folder_.path()}})),
              ElementsAre("a1", "ab2", "c", "d"));
}

TEST_F(FilesystemSource, AFileWhoseNameLooksLikeAGlobIsAFile) {
  const std::string path = folder_.Write("what?[1].txt", "x\n");
  EXPECT_THAT(*Read(TableOf({{"path", path}})), ElementsAre("x"));
}

TEST_F(FilesystemSource, LeavesHiddenFilesOutUnlessTheyAreNamed) {
  folder_.Write("a/1.txt", "a1\n");
  const std::string skipped = folder_.Write("a/_skipped.txt", "skipped\n");
  folder_.Write("a/.2.txt", "unfinished\n");
  folder_.Write("_temporary/3.txt", "temporary\n");
  folder_.Write("_day=1/4.txt", "d4\n");
  for (const std::string path : {"", "**/*.txt", "*/*"}) {
    EXPECT_THAT(*Read(TableOf({{"path", folder_.File(path)}})), ElementsAre("d4", "a1")) << path;
  }
  EXPECT_THAT(*Read(TableOf({{"path", folder_.File("a/*")}})), ElementsAre("a1"));
  EXPECT_THAT(*Read(TableOf({{"path", skipped}})), ElementsAre("skipped"));
  EXPECT_THAT(*Read(TableOf({{"path", folder_.File("a/_*")}})), ElementsAre("skipped"));
}

TEST_F(FilesystemSource, TakesThoseThatThePatternNames) {
  folder_.Write("2025-12-31.txt", "old\n");
  folder_.Write("2026-01-01.txt", "new\n");
  EXPECT_THAT(*Read(TableOf({{"path", folder_.path()}, {"source.regex_pattern", "2026-\\d\\d"}})),
              ElementsAre("new"));
  const absl::Status none =
      Read(TableOf({{"path", folder_.path()}, {"source.regex_pattern", "1999"}})).status();
  EXPECT_EQ(none.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Message(none), HasSubstr("matches source.regex_pattern: 1999"));
}

TEST_F(FilesystemSource, SubtasksReadEachRowExactlyOnce) {
  std::vector<std::string> expected;
  for (int file = 0; file < 10; ++file) {
    std::string lines;
    for (int i = 0; i < 700 * file; ++i) {
      expected.push_back(std::to_string(file) + "-" + std::to_string(i));
      lines += expected.back() + "\n";
    }
    folder_.Write("part" + std::to_string(file), lines);
  }
  std::ranges::sort(expected);
  const data::ConnectorTable table = TableOf({{"path", folder_.path()}});
  for (const int parallelism : {1, 2, 3, 16}) {
    std::vector<std::string> rows;
    for (int subtask = 0; subtask < parallelism; ++subtask) {
      const auto share = Read(table, subtask, parallelism);
      ASSERT_TRUE(share.ok()) << share.status();
      rows.insert(rows.end(), share->begin(), share->end());
    }
    std::ranges::sort(rows);
    EXPECT_EQ(rows, expected) << parallelism;
  }
}

TEST_F(FilesystemSource, TellsTheFileAndTheRow) {
  const std::string a = folder_.Write("a", "x\ny\n");
  const std::string b = folder_.Write("b", "z");
  data::ConnectorTable table = TableOf({{"path", folder_.path()}});
  table.schema.fields.push_back({"path", data::LogicalType::VARCHAR});
  table.schema.fields.push_back({"row", data::LogicalType::BIGINT});
  table.metadata = {{"path", "filename"}, {"row", "row"}};
  EXPECT_THAT(*Read(table), ElementsAre("x," + a + ",0", "y," + a + ",1", "z," + b + ",0"));
}

TEST_F(FilesystemSource, EmptyFoldersAndFilesAreNoRows) {
  EXPECT_THAT(*Read(TableOf({{"path", folder_.path()}})), IsEmpty());
  folder_.Write("empty", "");
  folder_.Write("empty.gz", "");
  EXPECT_THAT(*Read(TableOf({{"path", folder_.File("empty")}})), IsEmpty());
}

TEST_F(FilesystemSource, ErrorsNameTheFile) {
  const absl::Status missing = Read(TableOf({{"path", folder_.File("missing")}})).status();
  EXPECT_EQ(missing.code(), absl::StatusCode::kNotFound);
  EXPECT_THAT(Message(missing), HasSubstr(folder_.File("missing") + ": No such file"));
  const absl::Status unmatched = Read(TableOf({{"path", folder_.File("*.none")}})).status();
  EXPECT_EQ(Message(unmatched), "no file matches: " + folder_.File("*.none"));
  const std::string damaged = folder_.Write("damaged.gz", "this is no gzip");
  EXPECT_THAT(Message(Read(TableOf({{"path", damaged}})).status()), HasSubstr(damaged + ": "));
}

TEST_F(FilesystemSource, TellsThatAGzipFileIsTruncated) {
  const auto compressor = formats::MakeCompressor(formats::Codec::kGzip);
  std::string lines;
  for (int i = 0; i < 10'000; ++i) {
    lines += std::to_string(i * 7919 % 10007) + "\n";
  }
  std::string bytes;
  ASSERT_TRUE(compressor->Compress(lines, bytes).ok());
  ASSERT_TRUE(compressor->Finish(bytes).ok());
  const std::string path = folder_.Write("rows.gz", bytes.substr(0, bytes.size() - 10));
  const absl::Status truncated = Read(TableOf({{"path", path}})).status();
  EXPECT_EQ(truncated.code(), absl::StatusCode::kDataLoss);
  EXPECT_THAT(Message(truncated), HasSubstr(path));
  folder_.Write("rows.gz", bytes);
  EXPECT_EQ(Read(TableOf({{"path", path}}))->size(), 10'000);
  // Whatever it is called, when its compression is said, or seen.
  const std::string renamed = folder_.Write("rows.log", bytes);
  EXPECT_EQ(Read(TableOf({{"path", renamed}, {"source.compression", "gzip"}}))->size(), 10'000);
  EXPECT_EQ(Read(TableOf({{"path", renamed}}))->size(), 10'000);
}

TEST_F(FilesystemSource, GuessesColumnsByTheFirstFileWithContent) {
  folder_.Write("a", "");
  folder_.Write("b", "first\nrow\n");
  EXPECT_EQ(connector_.InferSchema(TableOf({{"path", folder_.path()}}))->ToString(),
            "first VARCHAR");
  EXPECT_THAT(Message(connector_.InferSchema(TableOf({{"path", folder_.File("a")}})).status()),
              HasSubstr("columns must be declared: there is no file with content"));
}

TEST_F(FilesystemSource, RefusesPatternsAndPathsThatMakeNoSense) {
  EXPECT_TRUE(connector_.Validate(TableOf({{"path", "/not/there/yet"}})).ok());
  EXPECT_THAT(
      Message(connector_.Validate(TableOf({{"path", "/x"}, {"source.regex_pattern", "("}}))),
      HasSubstr("option source.regex_pattern is no regular expression: ("));
  EXPECT_THAT(Message(connector_.Validate(TableOf({{"path", "gs://bucket"}}))),
              HasSubstr("only local files"));
}

}  // namespace
}  // namespace laminar::connectors
