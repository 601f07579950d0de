#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "duckdb.hpp"

#include "base/file.h"
#include "formats/formats_for_test.h"
#include "formats/parquet/parquet_file_reader.h"
#include "formats/parquet/parquet_file_writer.h"
#include "formats/parquet/parquet_format.h"

namespace laminar::formats {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::SizeIs;

class ParquetFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *base::MakeTemporaryFolder("parquet");
    path_ = base::JoinPath(folder_, "x.parquet");
  }
  void TearDown() override { EXPECT_TRUE(base::RemoveAll(folder_).ok()); }

  absl::Status Write(const data::Schema& schema,
                     const std::vector<std::vector<std::string>>& rows,
                     const ParquetWriteOptions& options = {},
                     int num_times = 1) {
    LAMINAR_ASSIGN_OR_RETURN(const auto writer,
                             ParquetFileWriter::Create(context(), path_, schema, options));
    const data::Chunk chunk = ChunkForTest(schema, rows);
    for (int i = 0; i < num_times; ++i) {
      LAMINAR_RETURN_IF_ERROR(writer->Write(chunk));
    }
    return writer->Finish();
  }

  // All rows, or the error.
  absl::StatusOr<std::vector<std::string>> Read(const std::vector<data::Field>& wanted) {
    LAMINAR_ASSIGN_OR_RETURN(const auto reader, ParquetFileReader::Open(context(), path_));
    LAMINAR_RETURN_IF_ERROR(reader->Select(wanted));
    std::vector<std::string> rows;
    data::Chunk chunk;
    while (true) {
      std::vector<ParquetFileReader::BadRow> bad_rows;
      LAMINAR_ASSIGN_OR_RETURN(const bool more, reader->Next(chunk, bad_rows));
      if (!more) {
        return rows;
      }
      if (!bad_rows.empty()) {
        return base::InvalidArgument(std::to_string(bad_rows[0].row) + " " + bad_rows[0].record +
                                     ": " + bad_rows[0].error);
      }
      for (std::string& row : RowsForTest(chunk)) {
        rows.push_back(std::move(row));
      }
    }
  }

  duckdb::ClientContext& context() { return *connection_.context; }

  duckdb::DuckDB database_{nullptr};
  duckdb::Connection connection_{database_};
  std::string folder_;
  std::string path_;
};

data::Schema AandB() {
  data::Schema schema;
  schema.fields = {FieldForTest("a", "BIGINT"), FieldForTest("b", "VARCHAR")};
  return schema;
}

TEST_F(ParquetFileTest, ReadsBackWhatItWrites) {
  data::Schema schema;
  schema.fields = {FieldForTest("a", "DOUBLE"),
                   FieldForTest("b", "VARCHAR"),
                   FieldForTest("c", "BLOB"),
                   FieldForTest("d", "TIMESTAMP"),
                   FieldForTest("e", "DECIMAL(20,5)"),
                   FieldForTest("f", "STRUCT(x UUID, y TIME[])"),
                   FieldForTest("g", "MAP(DATE, HUGEINT)"),
                   FieldForTest("h", "BOOLEAN"),
                   FieldForTest("i", "HUGEINT"),
                   FieldForTest("j", "TIMESTAMP_NS"),
                   FieldForTest("k", "UBIGINT"),
                   FieldForTest("l", "TIMESTAMP WITH TIME ZONE"),
                   FieldForTest("m", "JSON"),
                   FieldForTest("n", "INTERVAL"),
                   FieldForTest("o", "INTERVAL[]")};
  const std::vector<std::vector<std::string>> rows = {
      {"0.1", "x", "\\xFF", "2024-05-06 07:08:09.123456", "-99999.12345",
       "{'x': 123e4567-e89b-12d3-a456-426614174000, 'y': ['01:02:03.4', NULL]}",
       "{2024-01-01=12345678901234567890123}", "true", "-99999999999999999999999999999999999999",
       "2024-05-06 07:08:09.123456789", "18446744073709551615", "2024-01-01 00:00:00+00",
       "{\"a\":1}", "-1 day 00:00:01.000001", "['1 month', NULL]"},
      {"NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL", "NULL",
       "NULL", "NULL", "NULL", "NULL"}};
  for (const std::string compression :
       {"uncompressed", "snappy", "gzip", "zstd", "lz4", "lz4_raw"}) {
    ParquetWriteOptions options;
    options.compression = compression;
    ASSERT_TRUE(Write(schema, rows, options).ok());
    const auto read = Read(schema.fields);
    ASSERT_TRUE(read.ok()) << read.status();
    EXPECT_EQ(*read, RowsForTest(ChunkForTest(schema, rows)));
  }
}

TEST_F(ParquetFileTest, LeavesDeliveredChunksAloneWhenItReadsOn) {
  // Few values, many times: dictionary pages, whose buffers the reader uses again.
  data::Schema schema;
  schema.fields = {FieldForTest("a", "BIGINT"), FieldForTest("b", "VARCHAR"),
                   FieldForTest("c", "STRUCT(x BIGINT, y VARCHAR)"), FieldForTest("d", "BIGINT[]")};
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 7; ++i) {
    const std::string text =
        i % 2 == 0 ? "NULL" : "a text that is not inlined " + std::to_string(i);
    rows.push_back({std::to_string(i), text, "{'x': " + std::to_string(i) + ", 'y': " + text + "}",
                    "[" + std::to_string(i) + "]"});
  }
  ParquetWriteOptions options;
  options.row_group_bytes = 1 << 16;
  ASSERT_TRUE(Write(schema, rows, options, 1000).ok());

  const auto reader = *ParquetFileReader::Open(context(), path_);
  ASSERT_TRUE(reader->Select(schema.fields).ok());
  std::vector<data::Chunk> chunks(1);
  std::vector<ParquetFileReader::BadRow> bad_rows;
  while (*reader->Next(chunks.back(), bad_rows)) {
    chunks.emplace_back();
  }
  chunks.pop_back();
  ASSERT_GT(chunks.size(), 2U);
  const std::vector<std::string> expected = RowsForTest(ChunkForTest(schema, rows));
  size_t at = 0;
  for (const data::Chunk& chunk : chunks) {
    for (const std::string& row : RowsForTest(chunk)) {
      ASSERT_EQ(row, expected[at++ % expected.size()]) << at;
    }
  }
  EXPECT_EQ(at, 7000U);
}

TEST_F(ParquetFileTest, SelectsColumnsByNameAndCastsThem) {
  ASSERT_TRUE(Write(AandB(), {{"1", "7"}, {"2", "8"}}).ok());
  const auto read = Read(
      {FieldForTest("B", "INTEGER"), FieldForTest("missing", "DATE"), FieldForTest("a", "DOUBLE")});
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_THAT(*read, ElementsAre("7 | NULL | 1.0", "8 | NULL | 2.0"));
}

TEST_F(ParquetFileTest, CountsRowsWithoutColumns) {
  ASSERT_TRUE(Write(AandB(), {{"1", "7"}, {"2", "8"}}).ok());
  EXPECT_EQ(Read({})->size(), 2);
  const auto reader = ParquetFileReader::Open(context(), path_);
  EXPECT_EQ((*reader)->num_rows(), 2);
  EXPECT_EQ((*reader)->schema().ToString(), "a BIGINT, b VARCHAR");
}

TEST_F(ParquetFileTest, RefusesColumnsThatDoNotFit) {
  ASSERT_TRUE(Write(AandB(), {{"1", "x"}, {"NULL", "y"}}).ok());
  EXPECT_THAT(Read({FieldForTest("c", "BIGINT", false)}).status().ToString(),
              HasSubstr("has no column 'c', which is NOT NULL"));
  EXPECT_THAT(Read({FieldForTest("a", "BIGINT[]")}).status().ToString(),
              HasSubstr("cannot be read as BIGINT[], it is BIGINT"));
  EXPECT_THAT(Read({FieldForTest("b", "BIGINT")}).status().ToString(),
              HasSubstr("0 {'b': x}: field 'b': Could not convert string 'x' to INT64"));
  EXPECT_THAT(Read({FieldForTest("a", "BIGINT", false)}).status().ToString(),
              HasSubstr("1 {'a': NULL}: field 'a': NULL, but NOT NULL"));
}

TEST_F(ParquetFileTest, TellsEveryRowThatCannotBeUsedApart) {
  ASSERT_TRUE(Write(AandB(), {{"1", "1"}, {"300", "2"}, {"NULL", "x"}, {"4", "y"}}).ok());
  const auto reader = *ParquetFileReader::Open(context(), path_);
  ASSERT_TRUE(reader->Select({FieldForTest("a", "TINYINT"), FieldForTest("b", "INTEGER")}).ok());
  data::Chunk chunk;
  std::vector<ParquetFileReader::BadRow> bad_rows;
  ASSERT_TRUE(*reader->Next(chunk, bad_rows));
  EXPECT_THAT(RowsForTest(chunk), ElementsAre("1 | 1", "NULL | 2", "NULL | NULL", "4 | NULL"));
  ASSERT_THAT(bad_rows, SizeIs(3));
  EXPECT_EQ(bad_rows[0].row, 1);
  EXPECT_THAT(bad_rows[0].error, HasSubstr("field 'a': "));
  EXPECT_EQ(bad_rows[1].record, "{'a': NULL, 'b': x}");
  EXPECT_EQ(bad_rows[2].row, 3);
}

TEST_F(ParquetFileTest, LeavesOutHiddenColumns) {
  data::Schema schema = AandB();
  schema.AddEventTime();
  ASSERT_TRUE(Write(schema, {{"1", "x", "2024-01-01"}}).ok());
  EXPECT_EQ((*ParquetFileReader::Open(context(), path_))->schema().num_columns(), 2);
}

TEST_F(ParquetFileTest, CutsRowGroupsAndReadsThemAll) {
  ParquetWriteOptions options;
  options.row_group_bytes = 100'000;
  std::vector<std::vector<std::string>> rows(2000, {"1", "some text that is not that short"});
  ASSERT_TRUE(Write(AandB(), rows, options, 20).ok());
  EXPECT_EQ(Read(AandB().fields)->size(), 40'000);
  auto groups = connection_.Query("SELECT count(DISTINCT row_group_id) FROM parquet_metadata('" +
                                  path_ + "')");
  EXPECT_GT(groups->GetValue(0, 0).GetValue<int64_t>(), 5);
}

TEST_F(ParquetFileTest, WritesAnEmptyFile) {
  ASSERT_TRUE(Write(AandB(), {}).ok());
  EXPECT_EQ(Read(AandB().fields)->size(), 0);
}

TEST_F(ParquetFileTest, NamesTheFileThatIsNotParquet) {
  EXPECT_EQ(ParquetFileReader::Open(context(), path_).status().code(), absl::StatusCode::kNotFound);
  for (const std::string bytes : {"", "a", "{\"a\":1}\n{\"a\":2}\n", "PAR1", "PAR1xxxxPAR1"}) {
    ASSERT_TRUE(base::WriteWholeFile(path_, bytes).ok());
    const absl::Status status = ParquetFileReader::Open(context(), path_).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << status;
    EXPECT_THAT(status.ToString(), HasSubstr(path_));
  }
}

TEST_F(ParquetFileTest, SurvivesTruncationAndDamage) {
  std::vector<std::vector<std::string>> rows;
  for (int i = 0; i < 1000; ++i) {
    rows.push_back({std::to_string(i * 7919), "text " + std::to_string(i * 31)});
  }
  ASSERT_TRUE(Write(AandB(), rows).ok());
  const std::string bytes = *base::ReadWholeFile(path_);
  for (size_t size = 0; size < bytes.size(); size += bytes.size() / 20 + 1) {
    ASSERT_TRUE(base::WriteWholeFile(path_, bytes.substr(0, size)).ok());
    EXPECT_FALSE(Read(AandB().fields).ok());
  }
  for (size_t i = 4; i < bytes.size(); i += bytes.size() / 150 + 1) {
    std::string damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 0xA5);
    ASSERT_TRUE(base::WriteWholeFile(path_, damaged).ok());
    const auto read = Read(AandB().fields);
    if (!read.ok()) {
      EXPECT_THAT(read.status().ToString(), HasSubstr(path_));
    }
  }
}

TEST_F(ParquetFileTest, SaysThatAFileCannotBeWritten) {
  path_ = base::JoinPath(folder_, "no/such/folder.parquet");
  EXPECT_THAT(Write(AandB(), {}).ToString(), HasSubstr(path_));
  path_ = "/dev/full";
  std::vector<std::vector<std::string>> rows(2000, {"1", "text"});
  EXPECT_FALSE(Write(AandB(), rows).ok());
}

TEST(ParquetFormat, RefusesTypesThatParquetLacks) {
  const ParquetFormat format;
  data::ConnectorTable table = TableForTest(format, {FieldForTest("x", "BIT[]")});
  EXPECT_TRUE(format.Validate(table).ok());
  table.kind = data::ConnectorTable::Kind::kSink;
  EXPECT_THAT(format.Validate(table).ToString(), HasSubstr("column 'x' of type BIT[]"));
  BadRecordsForTest handler;
  EXPECT_THAT(format.MakeDecoder(table, {0}, handler).status().ToString(), HasSubstr("filesystem"));
  EXPECT_FALSE(format.MakeEncoder(table).ok());
  EXPECT_TRUE(format.needs_random_access());
}

}  // namespace
}  // namespace laminar::formats
