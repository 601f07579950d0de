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
                          "groups: column s is dropped", "groups: column added is added, NULL"));
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
