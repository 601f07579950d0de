#include "app/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"

namespace laminar::app {
namespace {

using ::testing::HasSubstr;

class ConfigurationTest : public ::testing::Test {
 protected:
  ConfigurationTest() : folder_(*base::MakeTemporaryFolder("laminar-configuration")) {}
  ~ConfigurationTest() override { base::RemoveAll(folder_).IgnoreError(); }

  std::string Put(const std::string& name, const std::string& text) const {
    const std::string path = base::JoinPath(folder_, name);
    EXPECT_TRUE(base::WriteWholeFile(path, text).ok());
    return path;
  }

  static std::string ErrorOf(const ConfigurationSources& sources) {
    return std::string(base::FromAbsl(Configuration::Load(sources).status().message()));
  }
  static ConfigurationSources Overriding(const std::string& key, const std::string& value) {
    ConfigurationSources sources;
    sources.overrides = {{key, value}};
    return sources;
  }
  static std::string ErrorOfKey(const std::string& key, const std::string& value) {
    return ErrorOf(Overriding(key, value));
  }

  const std::string folder_;
};

TEST_F(ConfigurationTest, HigherLayersWin) {
  Put("laminar.toml", "[worker]\nthreads = 1\n[pipeline]\nparallelism = 2\n");
  const std::string given = Put("given.yaml", "worker:\n  threads: 3\n");
  ConfigurationSources sources = Overriding("logging.level", "info");
  sources.files = {given};
  sources.environment = {{"LAMINAR__LOGGING__LEVEL", "debug"},
                         {"LAMINAR__WORKER__MEMORY_LIMIT", "2gb"},
                         {"PATH", "/"}};
  sources.search_path = {folder_};
  const absl::StatusOr<Configuration> loaded = Configuration::Load(sources);
  ASSERT_TRUE(loaded.ok()) << loaded.status();
  EXPECT_EQ(loaded->GetInteger("pipeline.parallelism"), 2);
  EXPECT_EQ(loaded->GetInteger("worker.threads"), 3);
  EXPECT_EQ(loaded->Origin("worker.threads"), given + ":2");
  EXPECT_EQ(loaded->GetString("logging.level"), "info");
  EXPECT_EQ(loaded->Origin("worker.memory-limit"), "env LAMINAR__WORKER__MEMORY_LIMIT");
  EXPECT_EQ(loaded->Origin("logging.format"), "default");
}

TEST_F(ConfigurationTest, NumbersMustBeInTheirRange) {
  EXPECT_EQ(ErrorOfKey("pipeline.parallelism", "4294967297"),
            "flag -X: pipeline.parallelism: must be 0 to 1024: 4294967297");
  EXPECT_EQ(ErrorOfKey("pipeline.key-groups", "0"),
            "flag -X: pipeline.key-groups: must be 1 to 32768: 0");
  EXPECT_EQ(ErrorOfKey("worker.threads", "-1"), "flag -X: worker.threads: must be 0 to 1024: -1");
  EXPECT_THAT(ErrorOfKey("worker.threads", "99999999999999999999"),
              HasSubstr("not a whole number"));
  EXPECT_TRUE(Configuration::Load(Overriding("pipeline.key-groups", "32768")).ok());
}

TEST_F(ConfigurationTest, TellsWhereAFileIsWrong) {
  const auto error = [&](const std::string& name, const std::string& text) {
    ConfigurationSources sources;
    sources.files = {Put(name, text)};
    return ErrorOf(sources).substr(folder_.size() + 1);
  };
  EXPECT_THAT(error("a.yaml", "worker:\n  threads: [1]\n"),
              HasSubstr("a.yaml: line 2: expected a single value for worker.threads"));
  EXPECT_THAT(error("b.yaml", "- 1\n"), HasSubstr("b.yaml: line 1: expected a mapping"));
  EXPECT_THAT(error("c.toml", "[worker]\nthreads = 1.5\n"),
              HasSubstr("c.toml: line 2: expected text, a whole number or a boolean"));
  EXPECT_THAT(error("d.toml", "worker = = 1\n"), HasSubstr("d.toml: line 1: "));
  EXPECT_THAT(error("e.ini", ""), HasSubstr("end in .yaml, .yml, .json or .toml"));
  EXPECT_THAT(error("f.toml", "[worker]\nthread = 1\n"),
              HasSubstr("f.toml:2: unknown configuration key worker.thread; did you mean "
                        "worker.threads?"));
}

}  // namespace
}  // namespace laminar::app
