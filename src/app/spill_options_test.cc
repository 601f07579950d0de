#include "app/spill_options.h"

#include "gtest/gtest.h"

namespace laminar::app {
namespace {

absl::StatusOr<engine::WorkerSpillOptions> OptionsOf(const std::string& folder) {
  ConfigurationSources sources;
  sources.overrides = {{"worker.spill-dir", folder}, {"worker.spill-limit", "2gb"}};
  const Configuration configuration = *Configuration::Load(sources);
  return SpillOptionsOf(configuration);
}

TEST(SpillOptions, AreTakenFromTheConfiguration) {
  const engine::WorkerSpillOptions plain = *SpillOptionsOf(*Configuration::Load({}));
  EXPECT_TRUE(plain.enabled);
  EXPECT_EQ(plain.folder, "");
  EXPECT_EQ(plain.bytes_max, 0);
  const engine::WorkerSpillOptions set = *OptionsOf("/tmp");
  EXPECT_TRUE(set.enabled);
  EXPECT_EQ(set.folder, "/tmp");
  EXPECT_EQ(set.bytes_max, int64_t{2} << 30);
  EXPECT_FALSE(OptionsOf("off")->enabled);
}

TEST(SpillOptions, NameAFolderThatIsNotThere) {
  const absl::Status absent = OptionsOf("/nonexistent/laminar").status();
  EXPECT_EQ(absent.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(absent.message().find("/nonexistent/laminar"), absl::string_view::npos);
  const absl::Status file = OptionsOf("/proc/self/statm").status();
  EXPECT_NE(file.message().find("not a folder"), absl::string_view::npos);
}

}  // namespace
}  // namespace laminar::app
