#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/checkpoint_catalog.h"
#include "cli/command.h"
#include "cli/command_checkpoints_listing.h"
#include "cli/command_checkpoints_report.h"
#include "cli/compile_program.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/version.h"
#include "control/checkpoint/recovery_program.h"
#include "engine/worker/state_description.h"

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
    explain->add_flag("--diff", diff_,
                      "Which operators would go on with the state of a checkpoint");
    explain->add_option("-S,--state-dir", state_dir_, "Where that is: a folder or a URL")
        ->type_name("DIR|URL");
    explain->add_option("--restore", restore_, "Which one: latest (default), or another")
        ->type_name("latest|ID");
    explain->footer(
        "--diff leaves with 0 when every operator reuses its state, and with 5 when one is "
        "migrated,\n"
        "rebuilt or dropped.\n"
        "Examples:\n"
        "  laminar explain -e \"select counter from impulse(event_rate => 10)\"\n"
        "  laminar explain pipeline.sql --diff -S state");
    return explain;
  }

  int Run(const CommandContext& context) override {
    if (state_dir_.empty() && diff_) {
      state_dir_ = context.configuration.GetString("run.state-dir");
    }
    if (diff_ == state_dir_.empty() || (!diff_ && restore_ != "latest")) {
      ReportError(context.global, "LM0001", "--diff and -S DIR belong together", "");
      return kUsage;
    }
    const CompileOutcome outcome =
        CompileProgram(context, program_, DefaultSink(context), parallelism_);
    if (!outcome.compiled) {
      return outcome.exit_code;
    }
    PrintReports(context, outcome.compiled->reports);
    if (outcome.compiled->graph != nullptr && diff_) {
      return Diff(context, *outcome.compiled->graph);
    }
    if (outcome.compiled->graph != nullptr) {
      const bool json = type_ == "json" || context.global.output == "json";
      WriteOutput(fmt::format(
          "{}\n", json ? outcome.compiled->graph->ToJson() : outcome.compiled->graph->ToText()));
    }
    return kDone;
  }

 private:
  // Compared with what a run has kept, the sink must be that of a run.
  data::ConnectorTable DefaultSink(const CommandContext& context) const {
    data::ConnectorTable sink;
    sink.connector = "blackhole";
    if (diff_ && context.configuration.GetString("pipeline.default-sink") != "blackhole") {
      sink.connector = "stdout";
      sink.format = "json";
    }
    return sink;
  }

  int Diff(const CommandContext& context, const plan::JobGraph& graph) const {
    const absl::StatusOr<control::StateDirectory> directory =
        app::OpenState(state_dir_, control::StateAccess::kInspect, Version());
    if (!directory.ok()) {
      return ReportStateError(context, directory.status());
    }
    const absl::StatusOr<app::Checkpoint> checkpoint = app::FindCheckpoint(*directory, restore_);
    if (!checkpoint.ok()) {
      return ReportCheckpointError(context, checkpoint.status());
    }
    if (const absl::Status fits = control::CheckKeyGroups(checkpoint->manifest, graph);
        !fits.ok()) {
      return ReportCheckpointError(context, fits);
    }
    const absl::StatusOr<std::vector<rpc::OperatorState>> tables = engine::DescribeState(graph);
    if (!tables.ok()) {
      ReportError(context.global, "LM0001", StatusText(tables.status()), "");
      return kFailure;
    }
    const control::ProgramComparison comparison =
        control::CompareProgram(checkpoint->manifest, graph, *tables);
    const absl::StatusOr<std::string> text =
        RenderListing(context.global, ListComparison(context.global, comparison));
    if (!text.ok()) {
      ReportError(context.global, "LM0001", StatusText(text.status()), "");
      return kUsage;
    }
    WriteOutput(*text);
    using Fate = control::OperatorFate;
    const bool differs = comparison.AnyOf(Fate::kMigrate) || comparison.AnyOf(Fate::kRebuild) ||
                         comparison.AnyOf(Fate::kDropped);
    return differs ? kConflict : kDone;
  }

  ProgramOptions program_;
  std::string type_ = "physical";
  int parallelism_ = 0;
  bool diff_ = false;
  std::string state_dir_;
  std::string restore_ = "latest";
};

}  // namespace

std::unique_ptr<Command> MakeExplainCommand() { return std::make_unique<ExplainCommand>(); }

}  // namespace laminar::cli
