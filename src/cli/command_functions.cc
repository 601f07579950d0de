#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "sql/catalog/function_list.h"

namespace laminar::cli {
namespace {

class FunctionsCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* functions = root.add_subcommand("functions", "List functions");
    functions->require_subcommand(1);
    CLI::App* list = functions->add_subcommand("ls", "Every scalar function, aggregate and macro");
    list->fallthrough();
    list->add_option("PATTERN", pattern_, "Only names that contain this");
    list->footer("Examples:\n  laminar functions ls regexp\n  laminar functions ls -o json");
    return functions;
  }

  int Run(const CommandContext& context) override {
    const absl::StatusOr<std::vector<sql::FunctionInfo>> functions = sql::ListFunctions();
    if (!functions.ok()) {
      ReportError(context.global, "LM0005", StatusText(functions.status()), "");
      return kFailure;
    }
    Listing listing;
    listing.columns = {"NAME", "KIND", "ARGUMENTS", "RETURNS", "DESCRIPTION"};
    for (const sql::FunctionInfo& function : *functions) {
      if (function.name.find(pattern_) != std::string::npos) {
        listing.rows.push_back({function.name, function.kind, function.signature, function.returns,
                                function.description});
      }
    }
    if (listing.rows.empty()) {
      ReportError(context.global, "LM0004", "no function's name contains: " + pattern_,
                  "laminar functions ls lists all");
      return kNotFound;
    }
    const absl::StatusOr<std::string> text = RenderListing(context.global, listing);
    if (!text.ok()) {
      ReportError(context.global, "LM0001", StatusText(text.status()), "");
      return kUsage;
    }
    WriteOutput(*text);
    return kDone;
  }

 private:
  std::string pattern_;
};

}  // namespace

std::unique_ptr<Command> MakeFunctionsCommand() { return std::make_unique<FunctionsCommand>(); }

}  // namespace laminar::cli
