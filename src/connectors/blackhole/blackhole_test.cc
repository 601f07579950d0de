#include <gtest/gtest.h>

#include "connectors/api/harness_for_test.h"
#include "connectors/blackhole/blackhole_connector.h"
#include "connectors/blackhole/blackhole_ledger.h"

namespace laminar::connectors {
namespace {

using blackhole::BlackholeLedger;
using blackhole::RowTotals;
using blackhole::SumRows;

TEST(Blackhole, SumsNumbersAndLengthsByColumn) {
  const data::Chunk rows = MakeRows({1, 2}, {"abc", "a text that is longer than twelve bytes"});
  EXPECT_EQ(SumRows(rows, 2), (RowTotals{2, 3 + 3 * (3 + 39)}));
  EXPECT_EQ(SumRows(rows, 1), (RowTotals{2, 3}));
}

TEST(Blackhole, SumsAreTheSameHoweverRowsAreOrderedAndCut) {
  RowTotals cut = SumRows(MakeRows({3}, {"c"}), 2);
  cut.Add(SumRows(MakeRows({2, 1}, {"bb", "aaa"}), 2));
  EXPECT_EQ(cut, SumRows(MakeRows({1, 2, 3}, {"aaa", "bb", "c"}), 2));
  EXPECT_NE(cut, SumRows(MakeRows({1, 2, 4}, {"aaa", "bb", "c"}), 2));
}

TEST(Blackhole, ReadsNestedAndNullAndConstantValues) {
  using data::LogicalType;
  using data::Value;
  const LogicalType list = LogicalType::LIST(LogicalType::INTEGER);
  const LogicalType structure =
      LogicalType::STRUCT({{"a", LogicalType::BIGINT}, {"b", LogicalType::VARCHAR}});
  data::Chunk chunk = data::Chunk::Allocate(
      {list, structure, LogicalType::DOUBLE, LogicalType::BIGINT, LogicalType::HUGEINT});
  chunk.column(0).SetValue(
      0, Value::LIST(LogicalType::INTEGER, {Value::INTEGER(4), Value::INTEGER(5)}));
  chunk.column(0).SetValue(1, Value(list));
  chunk.column(1).SetValue(0, Value::STRUCT({{"a", Value::BIGINT(7)}, {"b", Value("xyz")}}));
  chunk.column(1).SetValue(1, Value(structure));
  chunk.column(2).SetValue(0, Value::DOUBLE(0));
  chunk.column(2).SetValue(1, Value(LogicalType::DOUBLE));
  chunk.column(3).Reference(Value::BIGINT(10));
  chunk.column(4).SetValue(0, Value::HUGEINT(1));
  chunk.column(4).SetValue(1, Value::HUGEINT(2));
  chunk.set_num_rows(2);
  // Two elements and their sum; the fields; a zero; the constant twice; both huge integers.
  EXPECT_EQ(SumRows(chunk, 5).checksum, (2 + 9) + 3 * (7 + 3 * 3) + 0 + 7 * 20 + 9 * 3u);
  const data::Chunk slice = chunk.Select(*duckdb::FlatVector::IncrementalSelectionVector(), 2);
  EXPECT_EQ(SumRows(slice, 5), SumRows(chunk, 5));
}

TEST(Blackhole, SubtractsWhatAChangelogTakesBack) {
  data::Chunk changes = MakeRows({5, 5, 7});
  changes.row_kinds() = {data::RowKind::kInsert, data::RowKind::kUpdateBefore,
                         data::RowKind::kUpdateAfter};
  EXPECT_EQ(SumRows(changes, 1), (RowTotals{1, 7}));
}

TEST(Blackhole, TotalsAreInTheLedgerAfterTheJob) {
  const BlackholeConnector connector;
  data::ConnectorTable table;
  table.name = "hole";
  table.schema.fields = {{"n", data::LogicalType::BIGINT}};
  {
    SinkHarness sink(connector, table);
    ASSERT_TRUE(sink.Open().ok());
    ASSERT_TRUE(sink.Write(MakeRows({1, 2, 3})).ok());
    ASSERT_TRUE(sink.Finish().ok());
    EXPECT_EQ(sink.counters().rows, 3);
  }
  EXPECT_EQ(BlackholeLedger::Global().Take("hole"), (RowTotals{3, 6}));
  EXPECT_EQ(BlackholeLedger::Global().Take("hole"), RowTotals());
}

}  // namespace
}  // namespace laminar::connectors
