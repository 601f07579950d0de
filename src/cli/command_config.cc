#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/output.h"

namespace laminar::cli {
namespace {

class ConfigCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* config =
        root.add_subcommand("config", "Show the configuration and where each value comes from");
    config->require_subcommand(1);
    CLI::App* show = config->add_subcommand("show", "Print every key with its effective value");
    show->fallthrough();
    show->add_flag("--origin", origin_, "Add where the value comes from");
    show->add_flag("--defaults", defaults_, "Print built-in defaults, types and descriptions");
    show->footer(
        "Examples:\n  laminar config show --origin\n  LAMINAR__WORKER__THREADS=2 laminar config "
        "show -o json");
    return config;
  }

  int Run(const CommandContext& context) override {
    Listing listing;
    listing.columns = {"KEY", "VALUE"};
    if (defaults_) {
      listing.columns.insert(listing.columns.end(), {"TYPE", "DESCRIPTION"});
    } else if (origin_) {
      listing.columns.push_back("ORIGIN");
    }
    for (const app::ConfigurationKey& key : app::ConfigurationKeys()) {
      std::vector<std::string> row = {
          key.name, defaults_ ? key.default_value : context.configuration.GetString(key.name)};
      if (defaults_) {
        row.push_back(key.values.empty() ? data::OptionTypeName(key.type)
                                         : fmt::format("{}", fmt::join(key.values, "|")));
        row.push_back(key.description);
      } else if (origin_) {
        row.push_back(context.configuration.Origin(key.name));
      }
      listing.rows.push_back(std::move(row));
    }
    absl::StatusOr<std::string> text = RenderListing(context.global, listing);
    if (!text.ok()) {
      ReportError(context.global, "LM0001", StatusText(text.status()), "");
      return kUsage;
    }
    WriteOutput(*text);
    return kDone;
  }

 private:
  bool origin_ = false;
  bool defaults_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeConfigCommand() { return std::make_unique<ConfigCommand>(); }

}  // namespace laminar::cli
