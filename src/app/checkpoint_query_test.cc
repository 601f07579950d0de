#include "app/checkpoint_query.h"

#include <memory>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "base/file.h"
#include "control/checkpoint/manifest_for_test.h"
#include "control/checkpoint/state_directory_for_test.h"
#include "engine/state/snapshot/state_file.h"
#include "engine/state/state_table.h"
#include "storage/memory_store_for_test.h"

namespace laminar::app {
namespace {

using engine::RowChange;

// A row of a cut; of one that is not put, the value does not count.
struct Row {
  RowChange change = RowChange::kPut;
  int key_group = 0;
  int64_t slice = 0;
  int64_t key = 0;
  int64_t value = 0;
};

class CheckpointQuery : public testing::Test {
 protected:
  void SetUp() override {
    folder_ = *base::MakeTemporaryFolder("laminar-checkpoint-query");
    table_.name = "groups";
    table_.keys = {{.name = "k", .type = "BIGINT"}};
    table_.values = {{.name = "v", .type = "HUGEINT"}};
  }
  void TearDown() override { base::RemoveAll(folder_).IgnoreError(); }

  void AddFile(const std::vector<Row>& rows, uint32_t begin = 0, uint32_t end = 256) {
    using data::LogicalType;
    data::Schema schema;
    schema.fields = {{"_change", LogicalType::TINYINT, false},
                     {"_key_group", LogicalType::INTEGER, false}};
    if (table_.sliced) {
      schema.fields.push_back({"_start", LogicalType::BIGINT, false});
      schema.fields.push_back({"_end", LogicalType::BIGINT, false});
    }
    schema.fields.push_back({"k", LogicalType::BIGINT, true});
    schema.fields.push_back({"v", LogicalType::HUGEINT, true});
    data::Chunk chunk = data::Chunk::Allocate(schema.Types());
    for (size_t i = 0; i < rows.size(); ++i) {
      const Row& row = rows[i];
      std::vector<data::Value> values = {data::Value::TINYINT(static_cast<int8_t>(row.change)),
                                         data::Value::INTEGER(row.key_group)};
      if (table_.sliced) {
        values.push_back(data::Value::BIGINT(row.slice));
        values.push_back(data::Value::BIGINT(row.slice));
      }
      const bool has_key = row.change != RowChange::kSliceGone && !table_.keys.empty();
      values.push_back(has_key ? data::Value::BIGINT(row.key) : data::Value(LogicalType::BIGINT));
      values.push_back(row.change == RowChange::kPut ? data::Value::HUGEINT(row.value)
                                                     : data::Value(LogicalType::HUGEINT));
      for (size_t column = 0; column < values.size(); ++column) {
        chunk.columns().SetValue(column, i, values[column]);
      }
    }
    chunk.set_num_rows(rows.size());
    const std::string key = std::to_string(table_.files.size()) + ".parquet";
    auto writer = engine::StateFileWriter::Create(folder_ + "/" + key, schema);
    ASSERT_TRUE(writer.ok() && (*writer)->Add(chunk).ok() && (*writer)->Finish().ok());
    rpc::StateFile file;
    file.object.key = key;
    file.key_group_begin = begin;
    file.key_group_end = end;
    table_.files.push_back(file);
  }

  std::string Ask(const std::string& sql) const {
    const auto path_of = [this](const rpc::StoredObject& object) {
      return folder_ + "/" + object.key;
    };
    const absl::StatusOr<expression::QueryResult> result = expression::QueryRelations(
        {{.schema = "op", .name = "groups", .definition = DefineStateRelation(table_, path_of)}},
        sql, {.folders = {folder_}, .spill_folder = folder_ + "/spill"});
    if (!result.ok()) {
      return std::string(result.status().message());
    }
    std::string text;
    for (const auto& row : result->rows) {
      for (const auto& value : row) {
        text += value.value_or("NULL") + " ";
      }
      text += "| ";
    }
    return text;
  }

  std::string folder_;
  rpc::TableState table_;
};

TEST_F(CheckpointQuery, GivesTheNewestOfEachRow) {
  AddFile({{.key = 1, .value = 10}, {.key = 2, .value = 20}, {.key = 3, .value = 30}});
  AddFile({{.key = 2, .value = 21}, {.key = 2, .value = 22}});
  AddFile({{.change = RowChange::kRemoved, .key = 3}});
  EXPECT_EQ(Ask("select k, v from op.groups order by k"), "1 10 | 2 22 | ");
}

TEST_F(CheckpointQuery, GivesARowThatCameBack) {
  AddFile({{.key = 1, .value = 10}});
  AddFile({{.change = RowChange::kRemoved, .key = 1}, {.key = 1, .value = 11}});
  EXPECT_EQ(Ask("select k, v from op.groups"), "1 11 | ");
}

TEST_F(CheckpointQuery, LeavesOutSlicesThatAreGone) {
  table_.sliced = true;
  AddFile({{.slice = 5, .key = 1, .value = 10},
           {.slice = 6, .key = 1, .value = 20},
           {.key_group = 1, .slice = 5, .key = 7, .value = 70}});
  AddFile({{.change = RowChange::kSliceGone, .slice = 5},
           {.change = RowChange::kSliceGone, .slice = 6},
           {.slice = 6, .key = 2, .value = 30}});
  EXPECT_EQ(Ask("select _key_group, _end, k, v from op.groups order by all"),
            "0 6 2 30 | 1 5 7 70 | ");
}

TEST_F(CheckpointQuery, KeepsEveryRowOfATableWithoutKeys) {
  table_.sliced = true;
  table_.keys.clear();
  AddFile({{.slice = 5, .value = 10}, {.slice = 5, .value = 10}, {.slice = 6, .value = 20}});
  AddFile({{.change = RowChange::kSliceGone, .slice = 6}, {.slice = 5, .value = 11}});
  EXPECT_EQ(Ask("select v from op.groups order by v"), "10 | 10 | 11 | ");
}

TEST_F(CheckpointQuery, TakesOnlyTheKeyGroupsOfEachReference) {
  AddFile({{.key_group = 3, .key = 1, .value = 10}, {.key_group = 200, .key = 2, .value = 20}}, 0,
          128);
  AddFile({{.key_group = 3, .key = 1, .value = 11}, {.key_group = 200, .key = 2, .value = 21}}, 128,
          256);
  EXPECT_EQ(Ask("select k, v from op.groups order by k"), "1 10 | 2 21 | ");
}

TEST_F(CheckpointQuery, HasTheDeclaredTypesAlsoOfATableWithoutFiles) {
  EXPECT_EQ(Ask("select count(*), max(typeof(v)) from (from op.groups)"), "0 NULL | ");
  EXPECT_EQ(Ask("select column_type from (describe op.groups) offset 1"), "BIGINT | HUGEINT | ");
  AddFile({{.key = 1, .value = 10}});
  EXPECT_EQ(Ask("select column_type from (describe op.groups)"), "INTEGER | BIGINT | HUGEINT | ");
}

TEST_F(CheckpointQuery, GivesNullForAColumnThatFilesLack) {
  table_.values.push_back({.name = "added", .type = "VARCHAR"});
  AddFile({{.key = 1, .value = 10}});
  EXPECT_EQ(Ask("select k, added from op.groups"), "1 NULL | ");
}

TEST_F(CheckpointQuery, CopiesTheFilesOfAnObjectStore) {
  storage::MemoryStore store;
  const control::StateDirectory directory =
      control::StateDirectory::OpenOver(std::make_unique<control::BorrowedStoreForTest>(store),
                                        control::StateOptionsForTest())
          .value();
  AddFile({{.key = 1, .value = 10}});
  AddFile({{.key = 1, .value = 11}});
  for (rpc::StateFile& file : table_.files) {
    const std::string bytes = *base::ReadWholeFile(folder_ + "/" + file.object.key);
    file.object = control::StoredObjectForTest(file.object.key, bytes);
    ASSERT_TRUE(store.Put(file.object.key, bytes).applied());
  }
  Checkpoint checkpoint;
  rpc::OperatorState& state = checkpoint.manifest.operators.emplace_back();
  state.name = "op";
  state.tables = {table_};
  const absl::StatusOr<expression::QueryResult> result =
      QueryCheckpoint(directory, checkpoint, "select v from op.groups g");
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->rows.size(), 1u);
  EXPECT_EQ(result->rows[0][0], "11");

  store.Damage("1.parquet", "PAR1");
  const absl::Status damaged =
      QueryCheckpoint(directory, checkpoint, "select v from op.groups").status();
  EXPECT_TRUE(absl::IsDataLoss(damaged));
  EXPECT_NE(damaged.message().find("1.parquet"), std::string::npos);
}

TEST(StateRelations, AreNamedByOperatorAndTable) {
  const auto op = [](uint64_t id, const std::vector<std::string>& tables) {
    rpc::OperatorState state;
    state.op = {id};
    state.name = "join_1";
    for (const std::string& name : tables) {
      state.tables.emplace_back().name = name;
    }
    return state;
  };
  Checkpoint checkpoint;
  checkpoint.manifest.operators = {op(1, {"left", "right"}), op(2, {"left"})};
  std::vector<std::string> names;
  for (const StateRelation& relation : StateRelations(checkpoint)) {
    names.push_back(relation.FullName());
  }
  EXPECT_EQ(names, (std::vector<std::string>{"join_1.left", "join_1.right",
                                             "join_1_0000000000000002.left"}));
}

}  // namespace
}  // namespace laminar::app
