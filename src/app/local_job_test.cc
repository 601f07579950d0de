#include "app/local_job.h"

#include <string>
#include <utility>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/compile.h"
#include "app/register_connectors.h"
#include "app/register_formats.h"
#include "base/file.h"
#include "base/thread.h"
#include "connectors/api/connector_factory.h"
#include "formats/format_registry.h"

namespace laminar::app {
namespace {

using ::testing::HasSubstr;

constexpr int64_t kSecond = 1'000'000'000;

// A job with state that writes a few rows to a file.
class LocalJobTest : public ::testing::Test {
 protected:
  LocalJobTest() {
    if (formats::FormatRegistry::Global().Names().empty()) {
      RegisterFormats();
    }
    if (connectors::ConnectorRegistry::Global().Names().empty()) {
      RegisterConnectors();
    }
    folder_ = *base::MakeTemporaryFolder("local-job");
    EXPECT_TRUE(base::MakeFolders(folder_ + "/out").ok());
    program_ = "CREATE TABLE o (counter BIGINT) WITH (connector = 'single_file', type = 'sink', " +
               std::string("format = 'json', path = '") + folder_ + "/out/rows.json');\n" +
               "INSERT INTO o SELECT counter FROM impulse(message_count => 100, event_rate => 500)";
    options_.state = JobStateOptions{.location = folder_ + "/state",
                                     .restore = {},
                                     .program = program_,
                                     .engine_version = "test"};
  }
  ~LocalJobTest() override { base::RemoveAll(folder_).IgnoreError(); }

  LocalJobOutcome Run() const {
    const CompiledProgram program = Compile(program_, {});
    EXPECT_TRUE(program.ok);
    return RunLocally(program.graph, options_);
  }

  void RemoveUnpublished() const {
    const auto files = base::Glob(folder_ + "/out/.*");
    ASSERT_TRUE(files.ok());
    EXPECT_FALSE(files->empty());
    for (const std::string& file : *files) {
      EXPECT_TRUE(base::RemoveFile(file).ok());
    }
  }

  std::string folder_;
  std::string program_;
  LocalJobOptions options_;
};

TEST_F(LocalJobTest, EndsWellOnceItsOutputIsPublished) {
  const LocalJobOutcome outcome = Run();
  EXPECT_EQ(outcome.reason, EndReason::kFinished);
  EXPECT_FALSE(outcome.failure.has_value());
  EXPECT_TRUE(base::ReadWholeFile(folder_ + "/out/rows.json").ok());
  EXPECT_TRUE(Run().finished_before);
}

TEST_F(LocalJobTest, FailsWhenItsOutputCannotBePublishedWhileNobodyLooks) {
  // All tasks end, and the coordinator fails, before the job is looked at again.
  bool first = true;
  options_.on_progress = [&](const engine::JobProgress&, const control::CoordinatorProgress*) {
    if (std::exchange(first, false)) {
      RemoveUnpublished();
      base::SleepNanos(2 * kSecond);
    }
  };
  const LocalJobOutcome outcome = Run();
  EXPECT_EQ(outcome.reason, EndReason::kFailed);
  ASSERT_TRUE(outcome.failure.has_value());
  EXPECT_THAT(std::string(outcome.failure->status.message()), HasSubstr("/out/"));
}

}  // namespace
}  // namespace laminar::app
