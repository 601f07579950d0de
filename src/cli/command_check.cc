#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "cli/command.h"
#include "cli/compile_program.h"
#include "cli/exit_code.h"
#include "cli/output.h"

namespace laminar::cli {
namespace {

class CheckCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* check =
        root.add_subcommand("check", "Check a program without running it; reports every error");
    program_.Register(*check);
    check->add_flag("--warnings-as-errors", warnings_as_errors_, "Exit with 3 on warnings, too");
    check->footer(
        "Prints FILE:LINE:COLUMN: error[CODE]: message for each problem and exits with 3 if there "
        "is any error.\n"
        "Examples:\n  laminar check pipeline.sql\n  laminar check -e \"select 1 from nowhere\"");
    return check;
  }

  int Run(const CommandContext& context) override {
    data::ConnectorTable sink;
    sink.connector = "blackhole";
    const CompileOutcome outcome = CompileProgram(context, program_, std::move(sink), 0);
    if (!outcome.compiled) {
      return outcome.exit_code;
    }
    if (warnings_as_errors_ && !outcome.compiled->diagnostics.empty()) {
      return kInvalid;
    }
    if (!context.global.quiet) {
      WriteMessage(fmt::format("ok: {}\n", outcome.program.name));
    }
    return kDone;
  }

 private:
  ProgramOptions program_;
  bool warnings_as_errors_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeCheckCommand() { return std::make_unique<CheckCommand>(); }

}  // namespace laminar::cli
