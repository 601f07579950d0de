#include "control/checkpoint/recovery_migration.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::control {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

rpc::TableState Table() {
  rpc::TableState table;
  table.name = "groups";
  table.version = 2;
  table.keys = {{.name = "k", .type = "VARCHAR", .nullable = true}};
  table.values = {{.name = "n", .type = "INTEGER", .nullable = false},
                  {.name = "s", .type = "DECIMAL(10,2)", .nullable = true}};
  return table;
}

TEST(TableMigration, IsNotNeededForTheSameTable) {
  rpc::TableState stored = Table();
  stored.files.resize(3);
  const TableMigration migration = CompareTables({stored}, {Table()});
  EXPECT_THAT(migration.changes, IsEmpty());
  EXPECT_EQ(migration.refusal, "");
}

TEST(TableMigration, AddsWidensAndDropsColumns) {
  rpc::TableState wanted = Table();
  wanted.version = 3;
  wanted.values = {{.name = "added", .type = "DOUBLE", .nullable = true},
                   {.name = "n", .type = "BIGINT", .nullable = true}};
  const TableMigration migration = CompareTables({Table()}, {wanted});
  EXPECT_EQ(migration.refusal, "");
  EXPECT_THAT(migration.changes,
              ElementsAre("groups: column n is widened from INTEGER to BIGINT",
                          "groups: column s is dropped",
                          "groups: column added is added, NULL in rows that are there"));
}

TEST(TableMigration, KnowsColumnsByTheirOrigins) {
  rpc::TableState stored = Table();
  stored.keys[0].origin = 1;
  stored.values[0].origin = 2;
  stored.values[1].origin = 3;
  rpc::TableState wanted = stored;
  wanted.keys[0].name = "other";
  std::swap(wanted.values[0], wanted.values[1]);
  std::swap(wanted.values[0].name, wanted.values[1].name);
  const TableMigration swapped = CompareTables({stored}, {wanted});
  EXPECT_THAT(swapped.changes, IsEmpty());
  EXPECT_EQ(swapped.refusal, "");

  wanted.values.erase(wanted.values.begin());
  wanted.values.push_back({.name = "n", .type = "DOUBLE", .nullable = true, .origin = 4});
  EXPECT_THAT(CompareTables({stored}, {wanted}).changes,
              ElementsAre("groups: column s is dropped",
                          "groups: column n is added, NULL in rows that are there"));
  wanted.keys[0].origin = 5;
  EXPECT_THAT(CompareTables({stored}, {wanted}).refusal, HasSubstr("its keys are others"));
}

TEST(TableMigration, KnowsColumnsByTheirOrderWhereThereAreAsMany) {
  rpc::TableState wanted = Table();
  wanted.keys[0].name = "other";
  wanted.values[0].name = "s";
  wanted.values[1].name = "n";
  EXPECT_THAT(CompareTables({Table()}, {wanted}).changes, IsEmpty());
  EXPECT_EQ(CompareTables({Table()}, {wanted}).refusal, "");
}

TEST(TableMigration, LetsSumsBeginWithTheRowsThatCome) {
  rpc::TableState wanted = Table();
  wanted.values.push_back(
      {.name = "sum", .type = "HUGEINT", .nullable = false, .origin = 0, .may_begin = true});
  EXPECT_THAT(CompareTables({Table()}, {wanted}).changes,
              ElementsAre("groups: column sum is new, and begins with the rows that come from here "
                          "on"));
  wanted.values.back().type = "BIT";
  EXPECT_THAT(CompareTables({Table()}, {wanted}).refusal, HasSubstr("sum is new"));
}

// The name of each column in the files.
std::vector<std::string> NamesOf(const std::vector<rpc::StateColumn>& columns) {
  std::vector<std::string> names;
  for (const rpc::StateColumn& column : columns) {
    names.push_back(column.name);
  }
  return names;
}

TEST(TableMigration, NamesColumnsAsTheFilesDo) {
  rpc::TableState stored;
  stored.keys = {{.name = "_key_group", .type = "INTEGER"}};
  stored.values = {{.name = "a", .type = "INTEGER", .nullable = true, .origin = 1},
                   {.name = "A", .type = "INTEGER", .nullable = true, .origin = 2},
                   {.name = "_added_b", .type = "INTEGER", .nullable = true, .origin = 3}};
  stored.files.resize(2);
  rpc::TableState wanted = stored;
  wanted.keys[0].name = "k";
  wanted.values = {{.name = "b", .type = "BIGINT", .nullable = true, .origin = 4},
                   {.name = "x", .type = "BIGINT", .nullable = true, .origin = 2}};
  wanted.files.clear();
  const rpc::TableState migrated = MigrateTable(stored, wanted);
  EXPECT_THAT(NamesOf(migrated.keys), ElementsAre("_key_group_2"));
  EXPECT_THAT(NamesOf(migrated.values), ElementsAre("_added_b_", "A_2"));
  EXPECT_EQ(migrated.files.size(), 2);
}

TEST(TableMigration, AddsAndDropsTables) {
  rpc::TableState other = Table();
  other.name = "other";
  EXPECT_THAT(CompareTables({Table()}, {Table(), other}).changes,
              ElementsAre("other: the table is new, and empty"));
  EXPECT_THAT(CompareTables({Table(), other}, {Table()}).changes,
              ElementsAre("other: the table is dropped"));
}

std::string Refusal(const rpc::TableState& wanted) {
  return CompareTables({Table()}, {wanted}).refusal;
}

TEST(TableMigration, RefusesEverythingElseWithTheReason) {
  rpc::TableState wanted = Table();
  wanted.values[0].type = "SMALLINT";
  EXPECT_THAT(Refusal(wanted), HasSubstr("column n is SMALLINT and was INTEGER"));
  wanted = Table();
  wanted.values[1].nullable = false;
  EXPECT_THAT(Refusal(wanted), HasSubstr("column s may be NULL no longer"));
  wanted = Table();
  wanted.values.push_back({.name = "added", .type = "DOUBLE", .nullable = false});
  EXPECT_THAT(Refusal(wanted), HasSubstr("column added is new"));
  wanted = Table();
  wanted.keys[0].type = "BIGINT";
  EXPECT_THAT(Refusal(wanted), HasSubstr("keys are others"));
  wanted = Table();
  wanted.sliced = true;
  EXPECT_THAT(Refusal(wanted), HasSubstr("keys are others"));
  wanted = Table();
  wanted.keys.push_back({.name = "j", .type = "DATE", .nullable = true});
  EXPECT_THAT(Refusal(wanted), HasSubstr("k VARCHAR, j DATE, and were k VARCHAR"));
  wanted = Table();
  wanted.version = 1;
  EXPECT_THAT(Refusal(wanted), HasSubstr("version 2"));
}

TEST(TableMigration, KnowsWhichTypesHoldAllValuesOfOthers) {
  const std::pair<const char*, const char*> widenings[] = {
      {"TINYINT", "HUGEINT"},           {"INTEGER", "BIGINT"}, {"UTINYINT", "SMALLINT"},
      {"UBIGINT", "HUGEINT"},           {"FLOAT", "DOUBLE"},   {"DECIMAL(10,2)", "DECIMAL(12,4)"},
      {"DECIMAL(4,2)", "DECIMAL(5,2)"}, {"VARCHAR", "VARCHAR"}};
  for (const auto& [from, to] : widenings) {
    EXPECT_TRUE(IsWidening(from, to)) << from << " " << to;
    EXPECT_TRUE(std::string(from) == to || !IsWidening(to, from)) << to << " " << from;
  }
  const std::pair<const char*, const char*> others[] = {{"INTEGER", "VARCHAR"},
                                                        {"INTEGER", "UBIGINT"},
                                                        {"UBIGINT", "BIGINT"},
                                                        {"DECIMAL(10,2)", "DECIMAL(10,3)"},
                                                        {"DECIMAL(x,2)", "DECIMAL(10,3)"},
                                                        {"DECIMAL(10)", "DECIMAL(10,0)"},
                                                        {"TIMESTAMP", "DATE"},
                                                        {"", "INTEGER"}};
  for (const auto& [from, to] : others) {
    EXPECT_FALSE(IsWidening(from, to)) << from << " " << to;
  }
}

}  // namespace
}  // namespace laminar::control
