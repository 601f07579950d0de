#include <sys/stat.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/thread.h"
#include "connectors/api/consumer_left.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/api/line_format_for_test.h"
#include "connectors/stdout/display_width.h"
#include "connectors/stdout/stdout_connector.h"
#include "connectors/stdout/stdout_writer.h"
#include "formats/format_registry.h"

namespace laminar::connectors {
namespace {

using ::testing::HasSubstr;
using Layout = StdoutWriter::Layout;

class Stdout : public ::testing::Test {
 protected:
  void SetUp() override {
    RegisterLineFormat();
    table_.name = "out";
    table_.format = "lines";
    table_.schema.fields = {{"n", data::LogicalType::BIGINT}, {"text", data::LogicalType::VARCHAR}};
  }

  std::unique_ptr<SinkHarness> Sink(StdoutWriter::Options options, const std::string& path) {
    auto sink = std::make_unique<SinkHarness>(connector_, table_, clock_);
    absl::StatusOr<base::OutputFile> file = base::OutputFile::Create(path);
    EXPECT_TRUE(file.ok()) << file.status();
    std::unique_ptr<formats::Encoder> encoder;
    if (options.layout != Layout::kTable) {
      encoder = *formats::FormatRegistry::Global().Find("lines")->MakeEncoder(table_);
    }
    sink->Adopt(std::make_unique<StdoutWriter>(sink->Context(), options, std::move(encoder),
                                               *std::move(file)));
    return sink;
  }

  // What Flush says at last; OK when it fails never.
  static absl::Status FlushUntilItFails(SinkHarness& sink) {
    absl::Status status;
    for (int i = 0; i < 2000 && status.ok(); ++i) {
      status = sink.Flush().status();
      base::SleepNanos(1'000'000);
    }
    return status;
  }

  std::string Output() const { return *base::ReadWholeFile(folder_.File("out")); }
  std::string WaitForOutput(size_t bytes) const {
    std::string output;
    for (int i = 0; i < 2000 && output.size() < bytes; ++i) {
      output = Output();
      base::SleepNanos(1'000'000);
    }
    return output;
  }

  const TestFolder folder_;
  const StdoutConnector connector_;
  data::ConnectorTable table_;
  ManualClock clock_;
};

TEST_F(Stdout, PrintsRowsAsTheirFormatSays) {
  const auto sink = Sink({}, folder_.File("out"));
  ASSERT_TRUE(sink->Open().ok());
  ASSERT_TRUE(sink->Write(MakeRows({1, 2}, {"a", "b"})).ok());
  ASSERT_TRUE(sink->Write(MakeRows({3}, {"c"})).ok());
  ASSERT_TRUE(sink->Finish().ok());
  EXPECT_EQ(Output(), "1,a\n2,b\n3,c\n");
  EXPECT_EQ(sink->counters().rows, 3);
  EXPECT_EQ(sink->counters().bytes, 12);
}

TEST_F(Stdout, ShowsRowsAtOnceWhileThePipeIsFree) {
  const auto sink = Sink({}, folder_.File("out"));
  ASSERT_TRUE(sink->Open().ok());
  ASSERT_TRUE(sink->Write(MakeRows({1}, {"a"})).ok());
  EXPECT_FALSE(sink->Flush()->has_value());
  EXPECT_EQ(WaitForOutput(4), "1,a\n");
}

TEST_F(Stdout, WrapsRowsIntoAnArray) {
  const auto sink = Sink({.layout = Layout::kArray}, folder_.File("out"));
  ASSERT_TRUE(sink->Open().ok());
  ASSERT_TRUE(sink->Write(MakeRows({1, 2}, {"a", "b"})).ok());
  ASSERT_TRUE(sink->Write(MakeRows({3}, {"c"})).ok());
  ASSERT_TRUE(sink->Finish().ok());
  EXPECT_EQ(Output(), "[1,a,\n 2,b,\n 3,c]\n");
}

TEST_F(Stdout, AnArrayOfNoRowsIsEmpty) {
  const auto sink = Sink({.layout = Layout::kArray}, folder_.File("out"));
  ASSERT_TRUE(sink->Open().ok());
  ASSERT_TRUE(sink->Finish().ok());
  EXPECT_EQ(Output(), "[]\n");
}

TEST_F(Stdout, DrawsATableWithNumbersToTheRight) {
  const auto sink = Sink({.layout = Layout::kTable}, folder_.File("out"));
  ASSERT_TRUE(sink->Open().ok());
  ASSERT_TRUE(sink->Write(MakeRows({1, 1000}, {"a", "two\nlines"})).ok());
  ASSERT_TRUE(sink->Finish().ok());
  EXPECT_EQ(Output(),
            "╭──────┬────────────╮\n"
            "│    n │ text       │\n"
            "├──────┼────────────┤\n"
            "│    1 │ a          │\n"
            "│ 1000 │ two\\nlines │\n"
            "╰──────┴────────────╯\n");
}

TEST_F(Stdout, ATableWaitsShortlyForRowsToChooseWidthsBy) {
  const auto sink = Sink({.layout = Layout::kTable}, folder_.File("out"));
  ASSERT_TRUE(sink->Open().ok());
  ASSERT_TRUE(sink->Write(MakeRows({1}, {"a"})).ok());
  EXPECT_EQ((*sink->Flush())->nanos, clock_.Now().nanos + 200'000'000);
  clock_.Advance(200'000'000);
  EXPECT_FALSE(sink->Flush()->has_value());
  EXPECT_THAT(WaitForOutput(1), HasSubstr("│ 1 │ a    │\n"));
  // Later rows that do not fit make the columns wider.
  ASSERT_TRUE(sink->Write(MakeRows({1234}, {"longer than before"})).ok());
  ASSERT_TRUE(sink->Finish().ok());
  EXPECT_THAT(Output(), HasSubstr("│ 1234 │ longer than before │\n"));
}

TEST_F(Stdout, DrawsTheKindsOfAChangelog) {
  const auto sink = Sink({.layout = Layout::kTable}, folder_.File("out"));
  ASSERT_TRUE(sink->Open().ok());
  data::Chunk changes = MakeRows({1, 1}, {"a", "b"});
  changes.row_kinds() = {data::RowKind::kUpdateBefore, data::RowKind::kUpdateAfter};
  ASSERT_TRUE(sink->Write(changes).ok());
  ASSERT_TRUE(sink->Finish().ok());
  EXPECT_THAT(Output(), HasSubstr("│ -U │ 1 │ a    │\n│ +U │ 1 │ b    │\n"));
}

TEST_F(Stdout, EndsWellWhenTheLimitIsReached) {
  const auto sink = Sink({.layout = Layout::kLines, .rows_max = 3}, folder_.File("out"));
  ASSERT_TRUE(sink->Open().ok());
  ASSERT_TRUE(sink->Write(MakeRows({1, 2}, {"a", "b"})).ok());
  ASSERT_TRUE(sink->Write(MakeRows({3, 4}, {"c", "d"})).ok());
  EXPECT_TRUE(IsConsumerLeft(FlushUntilItFails(*sink)));
  EXPECT_EQ(Output(), "1,a\n2,b\n3,c\n");
}

TEST_F(Stdout, WaitsForASlowReaderOfTheLastRows) {
  const std::string path = folder_.File("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  absl::StatusOr<base::InputFile> reader = base::InputFile::Open(path);
  const auto sink = Sink({.layout = Layout::kLines, .rows_max = 2000}, path);
  ASSERT_TRUE(sink->Open().ok());
  const std::vector<int64_t> numbers(2000, 7);
  ASSERT_TRUE(
      sink->Write(MakeRows(numbers, std::vector<std::string>(2000, std::string(500, 'x')))).ok());
  EXPECT_FALSE(sink->writer().Ready());
  EXPECT_EQ(*sink->Flush(), std::nullopt);
  constexpr size_t kRowBytes = 503;
  std::string buffer(1 << 16, '\0');
  size_t num_bytes = 0;
  while (num_bytes < 2000 * kRowBytes) {
    num_bytes += *reader->Read(buffer.data(), buffer.size());
  }
  EXPECT_TRUE(IsConsumerLeft(FlushUntilItFails(*sink)));
}

TEST_F(Stdout, EndsWellWhenTheReaderHasGone) {
  const std::string path = folder_.File("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  absl::StatusOr<base::InputFile> reader = base::InputFile::Open(path);
  const auto sink = Sink({}, path);
  ASSERT_TRUE(sink->Open().ok());
  {
    const base::InputFile gone = *std::move(reader);
  }
  ASSERT_TRUE(sink->Write(MakeRows({1}, {"a"})).ok());
  const absl::Status finished = sink->Finish();
  EXPECT_TRUE(IsConsumerLeft(finished)) << finished;
}

TEST_F(Stdout, TellsThatTheDiskIsFull) {
  const auto sink = Sink({}, "/dev/full");
  ASSERT_TRUE(sink->Open().ok());
  ASSERT_TRUE(sink->Write(MakeRows({1}, {"a"})).ok());
  const absl::Status finished = sink->Finish();
  EXPECT_EQ(finished.code(), absl::StatusCode::kResourceExhausted);
  EXPECT_FALSE(IsConsumerLeft(finished));
}

TEST_F(Stdout, HoldsTheJobBackWhileNobodyReads) {
  const std::string path = folder_.File("pipe");
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  absl::StatusOr<base::InputFile> reader = base::InputFile::Open(path);
  const auto sink = Sink({}, path);
  ASSERT_TRUE(sink->Open().ok());
  std::vector<int64_t> numbers(2000, 7);
  const data::Chunk rows = MakeRows(numbers, std::vector<std::string>(2000, std::string(500, 'x')));
  int written = 0;
  while (written < 100 && sink->writer().Ready()) {
    ASSERT_TRUE(sink->writer().Write(rows).ok());
    ++written;
  }
  EXPECT_LT(written, 20);
  // Closing does not wait for a reader that never comes, but for long.
  {
    const base::InputFile gone = *std::move(reader);
  }
}

TEST_F(Stdout, RefusesWhatCannotBePrinted) {
  table_.options = MakeOptions(connector_.sink_options(), {{"layout", "array"}});
  EXPECT_THAT(std::string(base::FromAbsl(connector_.Validate(table_).message())),
              HasSubstr("option layout = 'array'"));
  table_.options = MakeOptions(connector_.sink_options(), {});
  table_.format = "pages";
  EXPECT_THAT(std::string(base::FromAbsl(connector_.Validate(table_).message())),
              HasSubstr("option format: pages"));
  table_.format = "lines";
  EXPECT_TRUE(connector_.Validate(table_).ok());
}

TEST(TableRenderer, FitsIntoTheLineByCuttingText) {
  data::Schema schema;
  schema.fields = {{"n", data::LogicalType::BIGINT}, {"text", data::LogicalType::VARCHAR}};
  TableRenderer table(schema, 24);
  std::string out;
  ASSERT_TRUE(table.Add(MakeRows({1}, {"a text of more than twenty characters"}), out).ok());
  table.Finish(out);
  EXPECT_THAT(out, HasSubstr("│ 1 │ a text of more … │\n"));
}

TEST(TableRenderer, ChoosesWidthsAfterAHundredRows) {
  data::Schema schema;
  schema.fields = {{"n", data::LogicalType::BIGINT}};
  TableRenderer table(schema, 0);
  std::string out;
  ASSERT_TRUE(table.Add(MakeRows(std::vector<int64_t>(99, 5)), out).ok());
  EXPECT_EQ(out, "");
  EXPECT_TRUE(table.waiting());
  ASSERT_TRUE(table.Add(MakeRows({5}), out).ok());
  EXPECT_FALSE(table.waiting());
  EXPECT_EQ(std::ranges::count(out, '\n'), 103);
}

TEST(TableRenderer, WidensColumnsForLaterRowsBelowALine) {
  data::Schema schema;
  schema.fields = {{"n", data::LogicalType::BIGINT}, {"text", data::LogicalType::VARCHAR}};
  TableRenderer table(schema, 24);
  std::string out;
  ASSERT_TRUE(table.Add(MakeRows({952}, {"short"}), out).ok());
  table.Settle(out);
  out.clear();
  ASSERT_TRUE(table.Add(MakeRows({951}, {"fits"}), out).ok());
  ASSERT_TRUE(table.Add(MakeRows({1000}, {"longer than the line allows"}), out).ok());
  table.Finish(out);
  EXPECT_EQ(out,
            "│ 951 │ fits  │\n"
            "├──────┼───────────────┤\n"
            "│ 1000 │ longer than … │\n"
            "╰──────┴───────────────╯\n");
}

TEST(TableRenderer, DrawsTheHeadOfNoRows) {
  data::Schema schema;
  schema.fields = {{"name", data::LogicalType::VARCHAR}};
  schema.AddEventTime();
  TableRenderer table(schema, 0);
  std::string out;
  table.Finish(out);
  EXPECT_EQ(out, "╭──────╮\n│ name │\n├──────┤\n╰──────╯\n");
}

TEST(DisplayWidth, CountsCells) {
  EXPECT_EQ(DisplayWidth("abc"), 3);
  EXPECT_EQ(DisplayWidth("äöü"), 3);
  EXPECT_EQ(DisplayWidth("e\u0301"), 1);
  EXPECT_EQ(DisplayWidth("日本"), 4);
  EXPECT_EQ(DisplayWidth("🚀"), 2);
  EXPECT_EQ(CutToWidth("日本", 3), "日");
  EXPECT_EQ(CutToWidth("abc", 2), "ab");
  EXPECT_EQ(CutToWidth("abc", 5), "abc");
}

TEST(DisplayWidth, KeepsTextInOneLine) {
  EXPECT_EQ(EscapeControls("a\nb\tc\rd\x1b[31m\x7f"), "a\\nb\\tc\\rd\\x1b[31m\\x7f");
  EXPECT_EQ(EscapeControls("ä"), "ä");
}

}  // namespace
}  // namespace laminar::connectors
