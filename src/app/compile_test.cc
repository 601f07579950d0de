#include "app/compile.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/register_connectors.h"
#include "app/register_formats.h"
#include "connectors/api/connector_factory.h"
#include "formats/format_registry.h"

namespace laminar::app {
namespace {

using ::testing::HasSubstr;
using ::testing::SizeIs;

constexpr char kQuery[] = "SELECT counter FROM impulse(message_count => 3)";

CompiledProgram CompileText(const std::string& text, CompileOptions options = {}) {
  if (formats::FormatRegistry::Global().Names().empty()) {
    RegisterFormats();
  }
  if (connectors::ConnectorRegistry::Global().Names().empty()) {
    RegisterConnectors();
  }
  options.default_sink.connector = "blackhole";
  return Compile(text, options);
}

int ParallelismOf(const CompiledProgram& program) {
  return program.graph == nullptr ? 0 : program.graph->nodes.front().parallelism;
}

TEST(Compile, TakesTheParallelismOfTheProgramUnlessOneIsAskedFor) {
  const std::string set_three = std::string("SET parallelism = 3; ") + kQuery;
  EXPECT_EQ(ParallelismOf(CompileText(kQuery)), 1);
  EXPECT_EQ(ParallelismOf(CompileText(set_three)), 3);
  CompileOptions asked;
  asked.parallelism = 2;
  EXPECT_EQ(ParallelismOf(CompileText(set_three, asked)), 2);
}

TEST(Compile, TellsThatThereAreFewerKeyGroupsThanSubtasks) {
  CompileOptions options;
  options.num_key_groups = 8;
  const CompiledProgram program =
      CompileText(std::string("SET parallelism = 9; ") + kQuery, options);
  EXPECT_FALSE(program.ok);
  ASSERT_THAT(program.diagnostics, SizeIs(1));
  EXPECT_EQ(program.diagnostics[0].code, "LM1112");
  EXPECT_EQ(program.diagnostics[0].message, "parallelism 9 is more than the key groups: 8");
  EXPECT_THAT(program.diagnostics[0].hint, HasSubstr("pipeline.key-groups"));
}

TEST(Compile, GivesNoGraphForReportsAndForErrors) {
  const CompiledProgram report = CompileText("SHOW TABLES");
  EXPECT_TRUE(report.ok);
  EXPECT_EQ(report.graph, nullptr);
  EXPECT_THAT(report.reports, SizeIs(1));
  const CompiledProgram wrong = CompileText("SELECT counte FROM impulse(message_count => 3)");
  EXPECT_FALSE(wrong.ok);
  EXPECT_EQ(wrong.graph, nullptr);
  EXPECT_THAT(wrong.diagnostics, SizeIs(1));
}

}  // namespace
}  // namespace laminar::app
