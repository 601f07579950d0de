#include <fcntl.h>
#include <unistd.h>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/thread.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/api/line_format_for_test.h"
#include "connectors/stdin/standard_input.h"
#include "connectors/stdin/stdin_connector.h"

namespace laminar::connectors {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

// Puts a pipe in the place of standard input.
class Stdin : public ::testing::Test {
 protected:
  void SetUp() override {
    RegisterLineFormat();
    saved_ = dup(STDIN_FILENO);
    int ends[2];
    ASSERT_EQ(pipe(ends), 0);
    dup2(ends[0], STDIN_FILENO);
    close(ends[0]);
    write_end_ = ends[1];
    table_.name = "in";
    table_.format = "lines";
    table_.options = MakeOptions(connector_.source_options(), {});
    table_.schema.fields = {{"value", data::LogicalType::VARCHAR}};
  }
  void TearDown() override {
    End();
    dup2(saved_, STDIN_FILENO);
    close(saved_);
  }

  void Type(std::string_view bytes) const {
    ASSERT_EQ(write(write_end_, bytes.data(), bytes.size()), static_cast<ssize_t>(bytes.size()));
  }
  void End() {
    if (write_end_ >= 0) {
      close(write_end_);
      write_end_ = -1;
    }
  }

  const StdinConnector connector_;
  data::ConnectorTable table_;
  int saved_ = -1;
  int write_end_ = -1;
};

TEST_F(Stdin, DecodesALineWhenItComes) {
  SourceHarness source(connector_, table_);
  ASSERT_TRUE(source.Open().ok());
  std::vector<std::string> rows;
  Type("one\ntw");
  ASSERT_TRUE(*source.ReadMore(rows));
  EXPECT_THAT(rows, ElementsAre("one"));
  Type("o\nlast");
  ASSERT_TRUE(*source.ReadMore(rows));
  EXPECT_THAT(rows, ElementsAre("one", "two"));
  End();
  ASSERT_TRUE(*source.ReadMore(rows));
  EXPECT_THAT(rows, ElementsAre("one", "two", "last"));
  EXPECT_FALSE(*source.ReadMore(rows));
}

TEST_F(Stdin, OnlyTheFirstSubtaskReads) {
  Type("one\n");
  End();
  SourceHarness second(connector_, table_, 1, 2);
  ASSERT_TRUE(second.Open().ok());
  EXPECT_THAT(*second.ReadAll(), IsEmpty());
  SourceHarness first(connector_, table_, 0, 2);
  ASSERT_TRUE(first.Open().ok());
  EXPECT_THAT(*first.ReadAll(), ElementsAre("one"));
}

TEST_F(Stdin, KeepsWhatWasReadToGuessColumns) {
  Type("name\nrow\nhal");
  const absl::StatusOr<data::Schema> schema = connector_.InferSchema(table_);
  ASSERT_TRUE(schema.ok()) << schema.status();
  EXPECT_EQ(schema->ToString(), "name VARCHAR");
  // Twice, as when a program is bound twice.
  ASSERT_TRUE(connector_.InferSchema(table_).ok());
  Type("f\n");
  End();
  SourceHarness source(connector_, table_);
  ASSERT_TRUE(source.Open().ok());
  EXPECT_THAT(*source.ReadAll(), ElementsAre("name", "row", "half"));
}

TEST_F(Stdin, GuessesByAllThereIsWhenInputEndsEarly) {
  Type("name");
  End();
  EXPECT_EQ(connector_.InferSchema(table_)->ToString(), "name VARCHAR");
  SourceHarness source(connector_, table_);
  ASSERT_TRUE(source.Open().ok());
  EXPECT_THAT(*source.ReadAll(), ElementsAre("name"));
}

TEST_F(Stdin, GivesUpWhenNoLineComes) {
  EXPECT_EQ(StandardInput::Global().Peek(formats::Codec::kNone, 5).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  Type("beginning of a line");
  EXPECT_EQ(StandardInput::Global().Peek(formats::Codec::kNone, 5).status().code(),
            absl::StatusCode::kDeadlineExceeded);
  End();
  SourceHarness source(connector_, table_);
  ASSERT_TRUE(source.Open().ok());
  EXPECT_THAT(*source.ReadAll(), ElementsAre("beginning of a line"));
}

TEST_F(Stdin, TellsThatThereIsNothingToGuessBy) {
  End();
  EXPECT_THAT(std::string(base::FromAbsl(connector_.InferSchema(table_).status().message())),
              HasSubstr("columns must be declared: standard input is empty"));
  SourceHarness source(connector_, table_);
  ASSERT_TRUE(source.Open().ok());
  EXPECT_THAT(*source.ReadAll(), IsEmpty());
}

TEST_F(Stdin, DecompressesByItsFirstBytes) {
  const auto compressor = formats::MakeCompressor(formats::Codec::kGzip);
  std::string bytes;
  ASSERT_TRUE(compressor->Compress("one\ntwo\n", bytes).ok());
  ASSERT_TRUE(compressor->Finish(bytes).ok());
  Type(bytes);
  End();
  EXPECT_EQ(connector_.InferSchema(table_)->ToString(), "one VARCHAR");
  SourceHarness source(connector_, table_);
  ASSERT_TRUE(source.Open().ok());
  EXPECT_THAT(*source.ReadAll(), ElementsAre("one", "two"));
}

TEST_F(Stdin, IsReadByOneTableAtATime) {
  SourceHarness first(connector_, table_);
  ASSERT_TRUE(first.Open().ok());
  SourceHarness second(connector_, table_);
  EXPECT_THAT(std::string(base::FromAbsl(second.Open().message())),
              HasSubstr("read by one table only"));
  first.Close();
  SourceHarness third(connector_, table_);
  EXPECT_TRUE(third.Open().ok());
}

TEST_F(Stdin, ClosesWhileNobodyTypes) {
  SourceHarness source(connector_, table_);
  ASSERT_TRUE(source.Open().ok());
  base::SleepNanos(2'000'000);
  source.Close();
}

TEST_F(Stdin, RefusesFormatsThatNeedAFile) {
  table_.format = "pages";
  EXPECT_THAT(std::string(base::FromAbsl(connector_.Validate(table_).message())),
              HasSubstr("option format: pages cannot be read from a pipe"));
  table_.format = "lines";
  EXPECT_TRUE(connector_.Validate(table_).ok());
}

}  // namespace
}  // namespace laminar::connectors
