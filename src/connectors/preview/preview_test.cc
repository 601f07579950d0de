#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/api/consumer_left.h"
#include "connectors/api/harness_for_test.h"
#include "connectors/preview/preview_buffer.h"
#include "connectors/preview/preview_connector.h"

namespace laminar::connectors {
namespace {

using ::testing::ElementsAre;

data::ConnectorTable TableOf(const std::string& id) {
  data::ConnectorTable table;
  table.name = "out";
  table.options = MakeOptions(PreviewConnector().sink_options(), {{"id", id}});
  table.schema.fields = {{"n", data::LogicalType::BIGINT}};
  return table;
}

TEST(Preview, HandsRowsOverUntilTheEnd) {
  const auto buffer = std::make_shared<PreviewBuffer>(100);
  PreviewRegistry::Global().Set("a", buffer);
  const PreviewConnector connector;
  const data::ConnectorTable table = TableOf("a");
  SinkHarness sink(connector, table);
  EXPECT_FALSE(buffer->Ended());
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1, 2})).ok());
  ASSERT_TRUE(sink.Finish().ok());
  sink.Close();
  EXPECT_FALSE(buffer->Ended());
  EXPECT_THAT(RowsOf(*buffer->Take()), ElementsAre("1", "2"));
  EXPECT_FALSE(buffer->Take().has_value());
  EXPECT_TRUE(buffer->Ended());
  PreviewRegistry::Global().Set("a", nullptr);
}

TEST(Preview, WaitsWhileTheBufferIsFull) {
  const auto buffer = std::make_shared<PreviewBuffer>(3);
  PreviewRegistry::Global().Set("b", buffer);
  const PreviewConnector connector;
  const data::ConnectorTable table = TableOf("b");
  SinkHarness sink(connector, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1, 2, 3, 4})).ok());
  EXPECT_FALSE(sink.writer().Ready());
  EXPECT_TRUE(buffer->Take().has_value());
  EXPECT_TRUE(sink.writer().Ready());
  PreviewRegistry::Global().Set("b", nullptr);
}

TEST(Preview, EndsTheJobWellWhenNobodyLooksAnyMore) {
  const auto buffer = std::make_shared<PreviewBuffer>(3);
  PreviewRegistry::Global().Set("c", buffer);
  const PreviewConnector connector;
  const data::ConnectorTable table = TableOf("c");
  SinkHarness sink(connector, table);
  ASSERT_TRUE(sink.Open().ok());
  ASSERT_TRUE(sink.Write(MakeRows({1, 2, 3, 4})).ok());
  buffer->Leave();
  EXPECT_TRUE(sink.writer().Ready());
  EXPECT_TRUE(IsConsumerLeft(sink.Flush().status()));
  EXPECT_TRUE(IsConsumerLeft(sink.Write(MakeRows({5}))));
  PreviewRegistry::Global().Set("c", nullptr);
}

TEST(Preview, RefusesANameThatNobodyRegistered) {
  const PreviewConnector connector;
  const data::ConnectorTable table = TableOf("nobody");
  SinkHarness sink(connector, table);
  EXPECT_EQ(sink.Open().code(), absl::StatusCode::kNotFound);
}

}  // namespace
}  // namespace laminar::connectors
