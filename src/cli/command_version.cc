#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/version.h"

namespace laminar::cli {
namespace {

class VersionCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    return root.add_subcommand("version",
                               "Print the version, the revision and what it was built with");
  }

  int Run(const CommandContext& context) override {
    if (context.global.output == "json") {
      WriteOutput(fmt::format("{{\"version\":\"{}\",\"revision\":\"{}\",\"duckdb\":\"{}\"}}\n",
                              Version(), Revision(), LAMINAR_DUCKDB_VERSION));
    } else {
      WriteOutput(fmt::format("{}\n", VersionLine()));
    }
    return kDone;
  }
};

}  // namespace

std::unique_ptr<Command> MakeVersionCommand() { return std::make_unique<VersionCommand>(); }

}  // namespace laminar::cli
