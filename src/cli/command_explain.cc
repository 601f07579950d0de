#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/compile_program.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace laminar::cli {
namespace {

class ExplainCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* explain = root.add_subcommand("explain", "Show how a program would run");
    program_.Register(*explain);
    explain->add_option("--type", type_, "physical (default) | json")
        ->check(CLI::IsMember({"physical", "json"}))
        ->type_name("TYPE");
    explain->add_option("-p,--parallelism", parallelism_, "Subtasks per operator")
        ->check(CLI::PositiveNumber);
    explain->footer(
        "Example:\n  laminar explain -e \"select counter from impulse(event_rate => 10)\"");
    return explain;
  }

  int Run(const CommandContext& context) override {
    data::ConnectorTable sink;
    sink.connector = "blackhole";
    const CompileOutcome outcome = CompileProgram(context, program_, std::move(sink), parallelism_);
    if (!outcome.compiled) {
      return outcome.exit_code;
    }
    PrintReports(context, outcome.compiled->reports);
    if (outcome.compiled->graph != nullptr) {
      const bool json = type_ == "json" || context.global.output == "json";
      WriteOutput(fmt::format(
          "{}\n", json ? outcome.compiled->graph->ToJson() : outcome.compiled->graph->ToText()));
    }
    return kDone;
  }

 private:
  ProgramOptions program_;
  std::string type_ = "physical";
  int parallelism_ = 0;
};

}  // namespace

std::unique_ptr<Command> MakeExplainCommand() { return std::make_unique<ExplainCommand>(); }

}  // namespace laminar::cli
