// laminar_sql_test [--update] FILE...: runs test scripts; see tests/sql/README.md.
#include <cstdio>
#include <cstring>

#include <fmt/format.h>

#include "app/register_connectors.h"
#include "app/register_formats.h"
#include "base/file.h"
#include "execute.h"

namespace laminar::sqltest {
namespace {

int Main(int argc, char** argv) {
  app::RegisterFormats();
  app::RegisterConnectors();
  static RunData data;
  RegisterTestConnectors(data);
  bool update = false;
  int num_failed = 0;
  int num_passed = 0;
  for (int i = 1; i < argc; ++i) {
    if (std::strcmp(argv[i], "--update") == 0) {
      update = true;
      continue;
    }
    const absl::StatusOr<std::string> text = base::ReadWholeFile(argv[i]);
    absl::StatusOr<Script> script = text.ok() ? ParseScript(argv[i], *text) : text.status();
    if (!script.ok()) {
      fmt::print("{}\n", base::FromAbsl(script.status().message()));
      ++num_failed;
      continue;
    }
    const ScriptOutcome outcome = RunScript(*script, data, update);
    num_passed += outcome.num_passed;
    num_failed += static_cast<int>(outcome.failures.size());
    for (const std::string& failure : outcome.failures) {
      fmt::print("{}\n", failure);
    }
    if (update) {
      const absl::Status written =
          base::WriteWholeFile(argv[i], fmt::format("{}", fmt::join(script->lines, "\n")));
      num_failed += written.ok() ? 0 : 1;
    }
  }
  fmt::print("{} passed, {} failed\n", num_passed, num_failed);
  return num_failed == 0 && num_passed > 0 ? 0 : 1;
}

}  // namespace
}  // namespace laminar::sqltest

int main(int argc, char** argv) { return laminar::sqltest::Main(argc, argv); }
