#include <algorithm>
#include <numeric>
#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/thread.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/api/line_format_for_test.h"
#include "connectors/filesystem/filesystem_connector.h"
#include "formats/compression/codec.h"

namespace laminar::connectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::UnorderedElementsAre;
using Given = std::vector<std::pair<std::string, std::string>>;

class FilesystemSink : public ::testing::Test {
 protected:
  void SetUp() override { RegisterLineFormat(); }

  data::ConnectorTable TableOf(Given options) const {
    data::ConnectorTable table;
    table.name = "files";
    table.kind = data::ConnectorTable::Kind::kSink;
    table.format = "lines";
    if (std::ranges::find(options, "path", &std::pair<std::string, std::string>::first) ==
        options.end()) {
      options.emplace_back("path", folder_.path());
    }
    table.options = MakeOptions(connector_.sink_options(), options);
    table.schema.fields = {{"n", data::LogicalType::BIGINT}, {"text", data::LogicalType::VARCHAR}};
    return table;
  }

  // Rows (number, text) at one event time.
  static data::Chunk RowsAt(const std::string& time,
                            const std::vector<int64_t>& numbers,
                            const std::vector<std::string>& texts) {
    data::Chunk chunk = data::Chunk::Allocate(
        {data::LogicalType::BIGINT, data::LogicalType::VARCHAR, data::LogicalType::TIMESTAMP});
    for (size_t i = 0; i < numbers.size(); ++i) {
      chunk.column(0).SetValue(i, data::Value::BIGINT(numbers[i]));
      chunk.column(1).SetValue(
          i, texts[i] == "NULL" ? data::Value(data::LogicalType::VARCHAR) : data::Value(texts[i]));
      chunk.column(2).SetValue(i, data::Value(time).DefaultCastAs(data::LogicalType::TIMESTAMP));
    }
    chunk.set_num_rows(numbers.size());
    return chunk;
  }

  // Visible files: path below the folder without the name, and content.
  std::multiset<std::string> Files() const {
    std::multiset<std::string> files;
    const auto paths = base::ListFilesBelow(folder_.path());
    for (const std::string& path : *paths) {
      std::string below = std::string(base::FolderName(path)).substr(folder_.path().size());
      files.insert(below + ": " + *base::ReadWholeFile(path));
    }
    return files;
  }

  size_t NumHiddenFiles() const {
    const auto names = base::ListFolder(folder_.path());
    return static_cast<size_t>(std::ranges::count_if(
        *names, [](const std::string& name) { return name.starts_with('.'); }));
  }

  static void WaitUntil(const std::function<bool()>& condition) {
    for (int i = 0; i < 5000 && !condition(); ++i) {
      base::SleepNanos(1'000'000);
    }
    EXPECT_TRUE(condition());
  }

  static std::string Message(const absl::Status& status) {
    return std::string(base::FromAbsl(status.message()));
  }

  const TestFolder folder_;
  const FilesystemConnector connector_;
  ManualClock clock_;
};

TEST_F(FilesystemSink, AFileAppearsWhenItIsWhole) {
  const data::ConnectorTable table = TableOf({});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1, 2}, {"a", "b"})).ok());
  WaitUntil([&] { return NumHiddenFiles() == 1; });
  EXPECT_THAT(Files(), IsEmpty());
  ASSERT_TRUE(sink.Finish().ok());
  EXPECT_THAT(Files(), ElementsAre(": 1,a\n2,b\n"));
  EXPECT_EQ(NumHiddenFiles(), 0);
  EXPECT_EQ(sink.counters().rows, 2);
  EXPECT_EQ(sink.counters().bytes, 8);
}

TEST_F(FilesystemSink, WritesNoFileForNoRows) {
  const data::ConnectorTable table = TableOf({});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Finish().ok());
  EXPECT_THAT(Files(), IsEmpty());
}

TEST_F(FilesystemSink, RemovesWhatIsNotWholeWhenTheJobFails) {
  const data::ConnectorTable table = TableOf({});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1}, {"a"})).ok());
  WaitUntil([&] { return NumHiddenFiles() == 1; });
  sink.Close();
  EXPECT_THAT(Files(), IsEmpty());
  EXPECT_EQ(NumHiddenFiles(), 0);
}

TEST_F(FilesystemSink, RollsBySize) {
  const data::ConnectorTable table =
      TableOf({{"rolling_policy.file_size", "8"}, {"filename.strategy", "serial"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  for (int64_t n = 0; n < 5; ++n) {
    ASSERT_TRUE(sink.Write(MakeRows({n}, {"x"})).ok());
  }
  ASSERT_TRUE(sink.Finish().ok());
  EXPECT_EQ(*base::ReadWholeFile(folder_.File("00000-000.lines")), "0,x\n1,x\n");
  EXPECT_EQ(*base::ReadWholeFile(folder_.File("00001-000.lines")), "2,x\n3,x\n");
  EXPECT_EQ(*base::ReadWholeFile(folder_.File("00002-000.lines")), "4,x\n");
}

TEST_F(FilesystemSink, RollsByAge) {
  const data::ConnectorTable table = TableOf({{"rolling_policy.interval", "10 s"}});
  SinkHarness sink(connector_, table, clock_);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1}, {"a"})).ok());
  EXPECT_EQ((*sink.Flush())->nanos, clock_.Now().nanos + 10'000'000'000);
  clock_.Advance(9'000'000'000);
  ASSERT_TRUE(sink.Write(MakeRows({2}, {"b"})).ok());
  EXPECT_TRUE(sink.Flush()->has_value());
  clock_.Advance(1'000'000'000);
  EXPECT_FALSE(sink.Flush()->has_value());
  WaitUntil([&] { return Files().size() == 1; });
  EXPECT_THAT(Files(), ElementsAre(": 1,a\n2,b\n"));
}

TEST_F(FilesystemSink, RollsWhenNoRowsCome) {
  const data::ConnectorTable table = TableOf({{"rolling_policy.inactivity_interval", "2 s"}});
  SinkHarness sink(connector_, table, clock_);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1}, {"a"})).ok());
  clock_.Advance(1'900'000'000);
  ASSERT_TRUE(sink.Write(MakeRows({2}, {"b"})).ok());
  clock_.Advance(1'900'000'000);
  EXPECT_TRUE(sink.Flush()->has_value());
  clock_.Advance(100'000'000);
  EXPECT_FALSE(sink.Flush()->has_value());
  WaitUntil([&] { return Files().size() == 1; });
}

TEST_F(FilesystemSink, PutsRowsIntoFoldersByColumns) {
  data::ConnectorTable table = TableOf({{"partitioning.fields", "text"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(
      sink.Write(RowsAt("2026-01-01", {1, 2, 3, 4, 5, 6}, {"a", "a", "b/c=d", "NULL", "", "a"}))
          .ok());
  ASSERT_TRUE(sink.Finish().ok());
  EXPECT_THAT(Files(),
              UnorderedElementsAre("/text=a: 1,a\n2,a\n6,a\n", "/text=b%2Fc%3Dd: 3,b/c=d\n",
                                   "/text=__HIVE_DEFAULT_PARTITION__: 4,NULL\n5,\n"));
}

TEST_F(FilesystemSink, PutsRowsIntoFoldersByTimeFirst) {
  data::ConnectorTable table = TableOf({{"partitioning.time_pattern", "%Y/%m-%d"}});
  table.partitioned_by = {"n"};
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(RowsAt("2026-01-31 23:59:59", {1, 2}, {"a", "b"})).ok());
  ASSERT_TRUE(sink.Write(RowsAt("1969-12-31 23:59:59.5", {1}, {"c"})).ok());
  ASSERT_TRUE(sink.Finish().ok());
  EXPECT_THAT(Files(), UnorderedElementsAre("/2026/01-31/n=1: 1,a\n", "/2026/01-31/n=2: 2,b\n",
                                            "/1969/12-31/n=1: 1,c\n"));
}

TEST_F(FilesystemSink, CompletesTimeFoldersThatTheWatermarkHasLeft) {
  const data::ConnectorTable table = TableOf(
      {{"partitioning.time_pattern", "%H"}, {"rolling_policy.watermark_expiration", "true"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(RowsAt("1970-01-01 00:30:00", {1}, {"a"})).ok());
  ASSERT_TRUE(sink.Write(RowsAt("1970-01-01 01:30:00", {2}, {"b"})).ok());
  ASSERT_TRUE(sink.writer().AdvanceWatermark({45 * 60 * 1'000'000LL}).ok());
  base::SleepNanos(20'000'000);
  EXPECT_THAT(Files(), IsEmpty());
  ASSERT_TRUE(sink.writer().AdvanceWatermark({61 * 60 * 1'000'000LL}).ok());
  WaitUntil([&] { return Files().size() == 1; });
  EXPECT_THAT(Files(), ElementsAre("/00: 1,a\n"));
}

TEST_F(FilesystemSink, NeedsATimeForTimeFolders) {
  const data::ConnectorTable table = TableOf({{"partitioning.time_pattern", "%Y"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  EXPECT_THAT(Message(sink.Write(MakeRows({1}, {"a"}))),
              HasSubstr("partitioning.time_pattern needs rows with an event time"));
}

TEST_F(FilesystemSink, WritesManyPartitionsWithFewOpenFiles) {
  const data::ConnectorTable table = TableOf({{"partitioning.fields", "n"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  for (int64_t n = 0; n < 300; ++n) {
    ASSERT_TRUE(sink.Write(MakeRows({n}, {"x"})).ok());
  }
  ASSERT_TRUE(sink.Finish().ok());
  EXPECT_EQ(Files().size(), 300);
}

TEST_F(FilesystemSink, WritesAFileForEachOfManyPartitions) {
  const data::ConnectorTable table = TableOf({{"partitioning.fields", "n"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  std::vector<int64_t> numbers(1000);
  std::iota(numbers.begin(), numbers.end(), 0);
  for (const char* text : {"a", "b", "c"}) {
    ASSERT_TRUE(sink.Write(MakeRows(numbers, std::vector<std::string>(1000, text))).ok());
  }
  ASSERT_TRUE(sink.Finish().ok());
  const std::multiset<std::string> files = Files();
  EXPECT_EQ(files.size(), 1000);
  EXPECT_EQ(files.count("/n=0: 0,a\n0,b\n0,c\n"), 1);
  EXPECT_EQ(files.count("/n=999: 999,a\n999,b\n999,c\n"), 1);
  EXPECT_EQ(sink.counters().bytes, 3 * (10 * 4 + 90 * 5 + 900 * 6));
}

TEST_F(FilesystemSink, GoesOnInFilesThatItHadToClose) {
  for (const char* compression : {"none", "gzip", "zstd"}) {
    const std::string folder = folder_.File(compression);
    const data::ConnectorTable table =
        TableOf({{"partitioning.fields", "n"}, {"compression", compression}, {"path", folder}});
    SinkHarness sink(connector_, table);
    ASSERT_TRUE(sink.Open().ok());
    // More files than may be open, and pieces that are written at once.
    std::string expected;
    for (const char letter : {'a', 'b', 'c'}) {
      const std::string text(300'000, letter);
      expected += "0," + text + "\n";
      for (int64_t n = 0; n < 210; ++n) {
        ASSERT_TRUE(sink.Write(MakeRows({n}, {n < 2 || n > 208 ? text : "x"})).ok());
      }
    }
    ASSERT_TRUE(sink.Finish().ok());
    const auto paths = base::ListFilesBelow(folder);
    ASSERT_EQ(paths->size(), 210);
    const auto zero = base::ListFilesBelow(folder + "/n=0");
    ASSERT_EQ(zero->size(), 1);
    std::string bytes = *base::ReadWholeFile(zero->front());
    const formats::Codec codec = formats::CodecFromPath(zero->front());
    if (codec != formats::Codec::kNone) {
      std::string text;
      const auto decompressor = formats::MakeDecompressor(codec);
      std::string_view rest = bytes;
      while (!rest.empty()) {
        const auto used = decompressor->Decompress(rest, 1 << 20, text);
        ASSERT_TRUE(used.ok()) << used.status();
        rest.remove_prefix(*used);
      }
      bytes = text;
    }
    EXPECT_TRUE(bytes == expected) << compression << " " << bytes.size();
  }
}

TEST_F(FilesystemSink, NamesFilesByTheirStrategy) {
  const std::pair<const char*, const char*> expected[] = {
      {"serial", "p-00000-000\\.s\\.x"},
      {"uuid", "p-[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\\.s\\.x"},
      {"uuid_v7", "p-[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}\\.s\\.x"},
      {"ulid", "p-[0-9A-HJKMNP-TV-Z]{26}\\.s\\.x"}};
  for (const auto& [strategy, pattern] : expected) {
    const data::ConnectorTable table = TableOf({{"path", folder_.File(strategy)},
                                                {"filename.strategy", strategy},
                                                {"filename.prefix", "p"},
                                                {"filename.suffix", "s.x"}});
    SinkHarness sink(connector_, table);
    ASSERT_TRUE(sink.Open().ok());
    ASSERT_TRUE(sink.Write(MakeRows({1}, {"a"})).ok());
    ASSERT_TRUE(sink.Finish().ok());
    const auto names = base::ListFolder(folder_.File(strategy));
    ASSERT_EQ(names->size(), 1);
    EXPECT_THAT(names->front(), ::testing::MatchesRegex(pattern));
  }
}

TEST_F(FilesystemSink, SerialNamesGoOnBehindThoseThatAreThere) {
  folder_.Write("00000-000.lines", "old\n");
  folder_.Write("00001-000.lines", "old\n");
  const data::ConnectorTable table = TableOf({{"filename.strategy", "serial"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1}, {"a"})).ok());
  ASSERT_TRUE(sink.Finish().ok());
  EXPECT_EQ(*base::ReadWholeFile(folder_.File("00000-000.lines")), "old\n");
  EXPECT_EQ(*base::ReadWholeFile(folder_.File("00002-000.lines")), "1,a\n");
}

TEST_F(FilesystemSink, CompressesText) {
  const data::ConnectorTable table =
      TableOf({{"compression", "zstd"}, {"filename.strategy", "serial"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1}, {"a"})).ok());
  ASSERT_TRUE(sink.Finish().ok());
  const auto bytes = base::ReadWholeFile(folder_.File("00000-000.lines.zst"));
  ASSERT_TRUE(bytes.ok()) << bytes.status();
  EXPECT_EQ(formats::CodecFromMagic(*bytes), formats::Codec::kZstd);
  std::string text;
  ASSERT_TRUE(formats::MakeDecompressor(formats::Codec::kZstd)->Decompress(*bytes, 100, text).ok());
  EXPECT_EQ(text, "1,a\n");
}

TEST_F(FilesystemSink, TellsThatItCannotWrite) {
  const std::string file = folder_.Write("file", "");
  const data::ConnectorTable table = TableOf({{"path", file + "/below"}});
  SinkHarness sink(connector_, table);
  ASSERT_TRUE(sink.Open().ok());
  absl::Status status = sink.Write(MakeRows({1}, {"a"}));
  if (status.ok()) {
    status = sink.Finish();
  }
  EXPECT_FALSE(status.ok());
  EXPECT_THAT(Message(status), HasSubstr(file + "/below"));
}

TEST_F(FilesystemSink, RefusesOptionsThatMakeNoSense) {
  EXPECT_TRUE(connector_.Validate(TableOf({})).ok());
  EXPECT_THAT(
      Message(connector_.Validate(TableOf({{"partitioning.fields", "missing"}}))),
      HasSubstr("partition column missing is not a column of the table; its columns are n, text"));
  EXPECT_THAT(
      Message(connector_.Validate(TableOf({{"rolling_policy.watermark_expiration", "true"}}))),
      HasSubstr("needs partitioning.time_pattern"));
  EXPECT_THAT(Message(connector_.Validate(TableOf({{"filename.prefix", "../x"}}))),
              HasSubstr("option filename.prefix"));
  EXPECT_THAT(Message(connector_.Validate(TableOf({{"filename.prefix", ".x"}}))),
              HasSubstr("must not begin with a dot"));
  for (const char* pattern :
       {"../%Y", "%Y/..", "/%Y", ".%Y", "%Y/_%m", "%Y/./%m", "%q", "%", "%Y/%E", "%Ey", "%n"}) {
    EXPECT_THAT(Message(connector_.Validate(TableOf({{"partitioning.time_pattern", pattern}}))),
                HasSubstr("option partitioning.time_pattern"))
        << pattern;
  }
  for (const char* pattern : {"%Y/%m/%d", "year=%Y/_hour=%H", "%F %H%%", "%Y/"}) {
    EXPECT_TRUE(connector_.Validate(TableOf({{"partitioning.time_pattern", pattern}})).ok())
        << pattern;
  }
  EXPECT_THAT(Message(connector_.Validate(TableOf({{"path", "s3://b/k"}}))),
              HasSubstr("only local files"));
  data::ConnectorTable table = TableOf({{"compression", "gzip"}});
  table.format = "pages";
  EXPECT_THAT(Message(connector_.Validate(table)),
              HasSubstr("option compression is for text formats"));
  table = TableOf({});
  table.schema.fields[1].type = data::LogicalType::LIST(data::LogicalType::BIGINT);
  table.partitioned_by = {"text"};
  EXPECT_THAT(Message(connector_.Validate(table)), HasSubstr("must not be nested"));
  EXPECT_FALSE(connector_.Validate(TableOf({{"path", ""}})).ok());
}

}  // namespace
}  // namespace laminar::connectors
