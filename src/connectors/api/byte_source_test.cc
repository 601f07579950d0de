#include "connectors/api/byte_source.h"

#include <deque>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "base/limits.h"
#include "base/thread.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/api/line_format_for_test.h"

namespace laminar::connectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// An input whose pieces the test decides: each read gives one piece.
class ScriptedInput final : public ByteInput {
 public:
  explicit ScriptedInput(std::deque<absl::StatusOr<std::string>> pieces)
      : pieces_(std::move(pieces)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size, const base::StopEvent& stop) override {
    if (pieces_.empty()) {
      return 0;
    }
    if (!pieces_.front().ok()) {
      return pieces_.front().status();
    }
    const size_t count = pieces_.front()->copy(buffer, size);
    pieces_.front()->erase(0, count);
    if (pieces_.front()->empty()) {
      pieces_.pop_front();
    }
    return count;
  }

 private:
  std::deque<absl::StatusOr<std::string>> pieces_;
};

using Pieces = std::deque<absl::StatusOr<std::string>>;

struct Script {
  std::string name;
  Pieces pieces;
  std::optional<formats::Codec> codec = formats::Codec::kNone;
};

class ScriptedSequence final : public InputSequence {
 public:
  explicit ScriptedSequence(std::deque<Script> scripts) : scripts_(std::move(scripts)) {}
  absl::StatusOr<std::optional<OpenInput>> Next() override {
    if (scripts_.empty()) {
      return std::nullopt;
    }
    OpenInput input;
    input.name = scripts_.front().name;
    input.bytes = std::make_unique<ScriptedInput>(std::move(scripts_.front().pieces));
    input.codec = scripts_.front().codec;
    scripts_.pop_front();
    return std::optional<OpenInput>(std::move(input));
  }

 private:
  std::deque<Script> scripts_;
};

class ScriptedConnector final : public ConnectorFactory {
 public:
  explicit ScriptedConnector(std::deque<Script> scripts) : scripts_(std::move(scripts)) {}
  ConnectorTraits traits() const override { return {}; }
  absl::StatusOr<std::unique_ptr<SourceReader>> MakeSource(SourceContext context) const override {
    return std::make_unique<ByteSource>(std::move(context),
                                        std::make_unique<ScriptedSequence>(std::move(scripts_)));
  }

 private:
  mutable std::deque<Script> scripts_;
};

data::ConnectorTable LineTable() {
  RegisterLineFormat();
  data::ConnectorTable table;
  table.name = "lines";
  table.format = "lines";
  table.schema.fields = {{"value", data::LogicalType::VARCHAR}};
  return table;
}

absl::StatusOr<std::vector<std::string>> ReadAll(const data::ConnectorTable& table,
                                                 std::deque<Script> scripts,
                                                 SourceCounters* counters = nullptr) {
  const ScriptedConnector connector(std::move(scripts));
  SourceHarness source(connector, table);
  LAMINAR_RETURN_IF_ERROR(source.Open());
  absl::StatusOr<std::vector<std::string>> rows = source.ReadAll();
  if (counters != nullptr) {
    *counters = source.counters();
  }
  return rows;
}

TEST(ByteSource, JoinsLinesThatComeInPieces) {
  SourceCounters counters;
  const auto rows = ReadAll(LineTable(), {{"a", {"on", "e\ntw", "o", "\n", "three"}}}, &counters);
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("one", "two", "three"));
  EXPECT_EQ(counters.rows, 3);
  EXPECT_EQ(counters.bytes, 13);
}

TEST(ByteSource, ReadsInputsOneAfterTheOther) {
  const auto rows = ReadAll(LineTable(), {{"a", {"1\n2"}}, {"b", {}}, {"c", {"3\n"}}});
  EXPECT_THAT(*rows, ElementsAre("1", "2", "3"));
}

TEST(ByteSource, DeliversTheRowsBeforeABadRecordAndThenFails) {
  const ScriptedConnector connector({{"a", {"one\ntwo\nbad!\nthree\n"}}});
  const data::ConnectorTable table = LineTable();
  SourceHarness source(connector, table);
  ASSERT_TRUE(source.Open().ok());
  std::vector<std::string> rows;
  const absl::StatusOr<bool> first = source.ReadMore(rows);
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_THAT(rows, ElementsAre("one", "two"));
  for (int i = 0; i < 2; ++i) {
    EXPECT_THAT(source.ReadMore(rows).status().ToString(),
                HasSubstr("exclamation\n  in a at byte 8: bad!"));
  }
  EXPECT_THAT(rows, ElementsAre("one", "two"));
  EXPECT_EQ(source.counters().rows, 2);
  EXPECT_EQ(source.counters().bad_records, 1);
}

TEST(ByteSource, NoInputsAreNoRows) { EXPECT_THAT(*ReadAll(LineTable(), {}), IsEmpty()); }

TEST(ByteSource, TellsWhereARowIsFrom) {
  data::ConnectorTable table = LineTable();
  table.schema.fields.push_back({"path", data::LogicalType::VARCHAR});
  table.schema.fields.push_back({"number", data::LogicalType::BIGINT});
  table.metadata = {{"path", "file"}, {"number", "row"}};
  const auto rows = ReadAll(table, {{"a", {"x\ny\n"}}, {"b", {"z\n"}}});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("x,a,0", "y,a,1", "z,b,0"));
}

TEST(ByteSource, CountsRowsOfAFileOverChunks) {
  data::ConnectorTable table = LineTable();
  table.schema.fields.push_back({"number", data::LogicalType::BIGINT});
  table.metadata = {{"number", "row"}};
  std::string lines;
  for (int i = 0; i < 5000; ++i) {
    lines += "x\n";
  }
  const auto rows = ReadAll(table, {{"a", {lines}}});
  ASSERT_EQ(rows->size(), 5000);
  EXPECT_EQ(rows->at(0), "x,0");
  EXPECT_EQ(rows->at(4999), "x,4999");
}

TEST(ByteSource, ReadsManyBlocksWithoutLosingALine) {
  std::string lines;
  size_t expected = 0;
  while (lines.size() < 3'000'000) {
    lines += std::string(expected % 97, 'x') + std::to_string(expected) + "\n";
    ++expected;
  }
  const auto rows = ReadAll(LineTable(), {{"a", {lines}}});
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), expected);
  for (size_t i = 0; i < expected; i += 1013) {
    EXPECT_EQ(rows->at(i), std::string(i % 97, 'x') + std::to_string(i));
  }
}

TEST(ByteSource, ReadsLinesLongerThanAnyBlock) {
  const std::string line(5'000'000, 'y');
  const auto rows = ReadAll(LineTable(), {{"a", {"x\n" + line + "\nz"}}});
  ASSERT_TRUE(rows.ok()) << rows.status();
  ASSERT_EQ(rows->size(), 3);
  EXPECT_EQ(rows->at(1), line);
  EXPECT_EQ(rows->at(2), "z");
}

TEST(ByteSource, RefusesRecordsWithoutEnd) {
  Pieces pieces;
  for (int i = 0; i < 140; ++i) {
    pieces.emplace_back(std::string(1 << 20, 'x'));
  }
  const auto rows = ReadAll(LineTable(), {{"endless", std::move(pieces)}});
  EXPECT_EQ(rows.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::FromAbsl(rows.status().message())),
              HasSubstr("endless: record at byte 0 is longer"));
}

TEST(ByteSource, DeliversWhatCameBeforeAFailure) {
  const ScriptedConnector connector({{"a", {"1\n2\n", base::Unavailable("cable cut"), "3\n"}}});
  const data::ConnectorTable table = LineTable();
  SourceHarness source(connector, table);
  ASSERT_TRUE(source.Open().ok());
  std::vector<std::string> rows;
  absl::StatusOr<bool> more = true;
  while (more.ok() && *more) {
    more = source.ReadMore(rows);
  }
  EXPECT_THAT(rows, ElementsAre("1", "2"));
  EXPECT_EQ(more.status().code(), absl::StatusCode::kUnavailable);
}

std::string Compressed(formats::Codec codec, std::string_view text) {
  const auto compressor = formats::MakeCompressor(codec);
  std::string bytes;
  EXPECT_TRUE(compressor->Compress(text, bytes).ok());
  EXPECT_TRUE(compressor->Finish(bytes).ok());
  return bytes;
}

TEST(ByteSource, DecompressesByNameOrByFirstBytes) {
  const std::string gzip = Compressed(formats::Codec::kGzip, "1\n2\n");
  const std::string zstd = Compressed(formats::Codec::kZstd, "3\n4");
  const auto rows = ReadAll(LineTable(), {{"a", {gzip}, formats::Codec::kGzip},
                                          {"b", {zstd}, formats::Codec::kZstd},
                                          {"c", {gzip}, std::nullopt},
                                          {"d", {zstd.substr(0, 1), zstd.substr(1)}, std::nullopt},
                                          {"e", {"5", "\n", "(6)"}, std::nullopt},
                                          {"f", {"("}, std::nullopt}});
  ASSERT_TRUE(rows.ok()) << rows.status();
  EXPECT_THAT(*rows, ElementsAre("1", "2", "3", "4", "1", "2", "3", "4", "5", "(6)", "("));
}

TEST(ByteSource, TellsThatCompressedInputIsTruncatedOrDamaged) {
  std::string text;
  for (int i = 0; i < 100'000; ++i) {
    text += std::to_string(i * 7919 % 10007) + "\n";
  }
  for (const formats::Codec codec : {formats::Codec::kGzip, formats::Codec::kZstd}) {
    const std::string bytes = Compressed(codec, text);
    const auto truncated =
        ReadAll(LineTable(), {{"short", {bytes.substr(0, bytes.size() / 2)}, codec}});
    EXPECT_EQ(truncated.status().code(), absl::StatusCode::kDataLoss);
    EXPECT_THAT(std::string(base::FromAbsl(truncated.status().message())), HasSubstr("short: "));
    const auto other = ReadAll(LineTable(), {{"other", {"this is plain text"}, codec}});
    EXPECT_EQ(other.status().code(), absl::StatusCode::kDataLoss);
  }
}

TEST(ByteSource, FailsOnBadRecordsWithPlaceAndName) {
  const auto rows = ReadAll(LineTable(), {{"data.txt", {"1\n2\nbad!\n"}}});
  EXPECT_EQ(rows.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(base::FromAbsl(rows.status().message())), HasSubstr("data.txt"));
  EXPECT_THAT(std::string(base::FromAbsl(rows.status().message())), HasSubstr("exclamation"));
}

TEST(ByteSource, DropsBadRecordsAndCountsThem) {
  data::ConnectorTable table = LineTable();
  table.bad_data = data::BadDataPolicy::kDrop;
  SourceCounters counters;
  const auto rows = ReadAll(table, {{"a", {"1\n!\n2\n!!"}}}, &counters);
  EXPECT_THAT(*rows, ElementsAre("1", "2"));
  EXPECT_EQ(counters.bad_records, 2);
  EXPECT_EQ(counters.dropped_records, 2);
}

TEST(ByteSource, WritesBadRecordsToTheDeadLetterFile) {
  const TestFolder folder;
  data::ConnectorTable table = LineTable();
  table.bad_data = data::BadDataPolicy::kDeadLetter;
  table.dead_letter_path = folder.File("dead.jsonl");
  SourceCounters counters;
  const auto rows = ReadAll(table, {{"a", {"1\nbad!\n2\n"}}}, &counters);
  EXPECT_THAT(*rows, ElementsAre("1", "2"));
  EXPECT_EQ(counters.dead_letter_records, 1);
  const absl::StatusOr<std::string> letters = base::ReadWholeFile(table.dead_letter_path);
  ASSERT_TRUE(letters.ok()) << letters.status();
  EXPECT_THAT(*letters, HasSubstr("bad!"));
}

TEST(ByteSource, RefusesUnknownFormats) {
  data::ConnectorTable table = LineTable();
  table.format = "unheard-of";
  EXPECT_EQ(ReadAll(table, {}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(ByteSource, StaysAFewBlocksAheadAndStopsWhenClosed) {
  Pieces pieces;
  for (int i = 0; i < 200; ++i) {
    pieces.emplace_back(std::string(256 << 10, '\n'));
  }
  const ScriptedConnector connector({{"a", std::move(pieces)}});
  const data::ConnectorTable table = LineTable();
  SourceHarness source(connector, table);
  ASSERT_TRUE(source.Open().ok());
  std::vector<std::string> rows;
  ASSERT_TRUE(source.ReadMore(rows).ok());
  base::SleepNanos(50'000'000);
  ASSERT_TRUE(source.ReadMore(rows).ok());
  EXPECT_LE(source.counters().bytes, base::kReadAheadBytesMax + (2 << 20));
  source.Close();
}

}  // namespace
}  // namespace laminar::connectors
