#include "expression/relation_query.h"

#include <gtest/gtest.h>

#include "base/file.h"

namespace laminar::expression {
namespace {

class RelationQuery : public testing::Test {
 protected:
  void SetUp() override { folder_ = *base::MakeTemporaryFolder("laminar-relation-query"); }
  void TearDown() override { base::RemoveAll(folder_).IgnoreError(); }

  absl::StatusOr<QueryResult> Query(const std::string& sql) const {
    return QueryRelations(
        {{.schema = "op_1",
          .name = "groups",
          .definition = "SELECT * FROM (VALUES (1, true), (2, NULL)) AS t(a, b)"}},
        sql, {.folders = {}, .spill_folder = folder_});
  }

  std::string folder_;
};

TEST_F(RelationQuery, GivesRowsWithWhatTheirColumnsAre) {
  const absl::StatusOr<QueryResult> result =
      Query("select a, b, 'x' as c from op_1.groups order by a");
  ASSERT_TRUE(result.ok()) << result.status();
  ASSERT_EQ(result->columns.size(), 3u);
  EXPECT_EQ(result->columns[0].name, "a");
  EXPECT_TRUE(result->columns[0].is_number);
  EXPECT_TRUE(result->columns[1].is_flag);
  EXPECT_FALSE(result->columns[2].is_number);
  ASSERT_EQ(result->rows.size(), 2u);
  EXPECT_EQ(result->rows[0], (std::vector<std::optional<std::string>>{"1", "true", "x"}));
  EXPECT_EQ(result->rows[1], (std::vector<std::optional<std::string>>{"2", std::nullopt, "x"}));
}

TEST_F(RelationQuery, SaysWhatIsWrongWithAQuery) {
  EXPECT_TRUE(absl::IsInvalidArgument(Query("select z from op_1.groups").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Query("selekt").status()));
  EXPECT_TRUE(absl::IsInvalidArgument(Query("select cast('x' as int)").status()));
}

TEST_F(RelationQuery, ReachesNoFilesOutsideOfItsFolders) {
  const std::string file = folder_ + "-outside.csv";
  ASSERT_TRUE(base::WriteWholeFile(file, "a\n1\n").ok());
  EXPECT_FALSE(Query("select * from read_csv('" + file + "')").ok());
  EXPECT_FALSE(Query("copy (select 1) to '" + file + "'").ok());
  EXPECT_FALSE(Query("attach '" + file + "' as other").ok());
  EXPECT_EQ(*base::ReadWholeFile(file), "a\n1\n");
  base::RemoveFile(file).IgnoreError();
}

TEST_F(RelationQuery, TellsWhichRelationsAreNamed) {
  EXPECT_EQ(RelationsNamedIn("select * from Op_1.\"Groups\" g"),
            (std::vector<std::string>{"op_1.groups"}));
  EXPECT_TRUE(RelationsNamedIn("selekt").empty());
}

TEST_F(RelationQuery, QuotesNamesAndTexts) {
  EXPECT_EQ(QuoteName("a\"b"), "\"a\"\"b\"");
  EXPECT_EQ(QuoteText("it's"), "'it''s'");
}

}  // namespace
}  // namespace laminar::expression
