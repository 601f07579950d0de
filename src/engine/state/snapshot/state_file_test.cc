#include "engine/state/snapshot/state_file.h"

#include <string>

#include <gtest/gtest.h>

#include "base/file.h"
#include "expression/bind_for_test.h"

namespace laminar::engine {
namespace {

constexpr size_t kNumRequired = 3;  // `_change`, `_key_group` and a key

class StateFileTest : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *base::MakeTemporaryFolder("state-file-test-");
    path_ = base::JoinPath(folder_, "rows.parquet");
  }
  void TearDown() override { EXPECT_TRUE(base::RemoveAll(folder_).ok()); }

  // Writes the rows of a query.
  void Write(const std::string& query) {
    auto writer = StateFileWriter::Create(path_, expression::SchemaForTest(query));
    ASSERT_TRUE(writer.ok()) << writer.status();
    ASSERT_TRUE((*writer)->Add(expression::QueryForTest(query)).ok());
    ASSERT_TRUE((*writer)->Finish().ok());
  }

  // Reads them back as rows of the other query's columns.
  absl::StatusOr<std::string> ReadAs(const std::string& query) {
    LAMINAR_ASSIGN_OR_RETURN(
        std::unique_ptr<StateFileReader> reader,
        StateFileReader::Open(path_, "data/rows", expression::SchemaForTest(query), kNumRequired));
    LAMINAR_ASSIGN_OR_RETURN(std::optional<data::Chunk> rows, reader->Next());
    LAMINAR_ASSIGN_OR_RETURN(std::optional<data::Chunk> end, reader->Next());
    EXPECT_FALSE(end.has_value());
    rows->columns().Flatten();
    return rows->columns().ToString();
  }

  std::string folder_;
  std::string path_;
};

constexpr char kEveryType[] =
    "select 0::tinyint as _change, 7 as _key_group, x::bigint as k, x::hugeint as h, "
    "(-170141183460469231731687303715884105727)::hugeint as least, x::double as d, "
    "interval (-x) month + interval 1 microsecond as i, ['a', null] as l, {'n': x} as s, "
    "'text ' || x as t, null::varchar as nothing, x::utinyint as u from range(3) as r(x)";

TEST_F(StateFileTest, GivesBackEveryType) {
  Write(kEveryType);
  const auto read = ReadAs(kEveryType);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, expression::QueryForTest(kEveryType).columns().ToString());
}

TEST_F(StateFileTest, TakesAddedWidenedAndDroppedColumns) {
  Write(
      "select 0::tinyint as _change, 7 as _key_group, 1::bigint as k, 5::integer as v, 9 as gone");
  const std::string now =
      "select 0::tinyint as _change, 7 as _key_group, 1::bigint as k, 5::bigint as v, "
      "null::varchar as added";
  const auto read = ReadAs(now);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, expression::QueryForTest(now).columns().ToString());
}

TEST_F(StateFileTest, GivesZeroForAnAddedColumnThatCannotBeNull) {
  Write("select 0::tinyint as _change, 7 as _key_group, x as k from range(3) as r(x)");
  const std::string now =
      "select 0::tinyint as _change, 7 as _key_group, x as k, 0::hugeint as sum, 0::double as low, "
      "false as seen from range(3) as r(x)";
  data::Schema schema = expression::SchemaForTest(now);
  for (size_t i = kNumRequired; i < schema.num_columns(); ++i) {
    schema.fields[i].nullable = false;
  }
  auto reader = StateFileReader::Open(path_, "data/rows", schema, kNumRequired);
  ASSERT_TRUE(reader.ok()) << reader.status();
  auto rows = (*reader)->Next();
  ASSERT_TRUE(rows.ok() && rows->has_value()) << rows.status();
  EXPECT_EQ((*rows)->columns().ToString(), expression::QueryForTest(now).columns().ToString());
}

TEST_F(StateFileTest, TellsColumnsApartThatDifferInCase) {
  const std::string query =
      "select 0::tinyint as _change, 7 as _key_group, 1::bigint as k, 2 as a, 3 as \"A\"";
  Write(query);
  const auto read = ReadAs(query);
  ASSERT_TRUE(read.ok()) << read.status();
  EXPECT_EQ(*read, expression::QueryForTest(query).columns().ToString());
}

TEST_F(StateFileTest, RefusesAFileWithoutAKey) {
  Write("select 0::tinyint as _change, 7 as _key_group, 1::bigint as other");
  const auto read =
      ReadAs("select 0::tinyint as _change, 7 as _key_group, 1::bigint as k, 2::bigint as v");
  EXPECT_EQ(read.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(read.status().message().find("column k in data/rows"), absl::string_view::npos)
      << read.status();
}

TEST_F(StateFileTest, NamesTheObjectWhoseFileIsDamaged) {
  ASSERT_TRUE(base::WriteWholeFile(path_, "PAR1 nothing").ok());
  const auto read = ReadAs(kEveryType);
  EXPECT_EQ(read.status().code(), absl::StatusCode::kDataLoss);
  EXPECT_NE(read.status().message().find("data/rows"), absl::string_view::npos) << read.status();
}

}  // namespace
}  // namespace laminar::engine
