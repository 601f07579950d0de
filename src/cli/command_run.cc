#include <limits>
#include <string>
#include <string_view>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "app/local_job.h"
#include "app/spill_options.h"
#include "base/assert.h"
#include "base/environment.h"
#include "cli/command.h"
#include "cli/command_checkpoints_report.h"
#include "cli/compile_program.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/number_argument.h"
#include "cli/output.h"
#include "cli/run_progress.h"
#include "cli/version.h"

namespace laminar::cli {
namespace {

absl::StatusOr<data::Duration> ParsePositive(std::string_view option, const std::string& text) {
  LAMINAR_ASSIGN_OR_RETURN(const data::Duration duration, data::ParseDuration(text));
  if (duration.micros <= 0) {
    return base::InvalidArgument(fmt::format("{} must be more than nothing: {}", option, text));
  }
  return duration;
}

// What can be done about the disk that a connector writes to; empty where it is not that.
std::string RemedyOf(const app::LocalJobOutcome& result) {
  const std::string message = StatusText(result.failure->status);
  const auto says = [&message](std::string_view text) {
    return message.find(text) != std::string::npos;
  };
  std::string remedy;
  if (says("No space left on device") || says("Disk quota exceeded")) {
    remedy = "free some space there";
  } else if (says("Read-only file system") || says("Permission denied")) {
    remedy = "make it writable for this user";
  } else {
    return "";
  }
  if (result.checkpoints.has_value()) {
    remedy += result.checkpoints->complete.value > 0
                  ? fmt::format(", then run the same command again: it goes on from checkpoint {}",
                                result.checkpoints->complete.value)
                  : ", then run the same command again";
  }
  return remedy;
}

class RunCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* run =
        root.add_subcommand("run", "Run a program in this process until its sources end");
    program_.Register(*run);
    run->add_option("-p,--parallelism", parallelism_,
                    "Subtasks per operator, or auto: one per core")
        ->type_name("N|auto");
    run->add_option("--limit", limit_, "End after this many rows on stdout")
        ->check(CLI::Range(int64_t{1}, std::numeric_limits<int64_t>::max(), "from 1"))
        ->type_name("N");
    run->add_option("--for", run_for_, "End after this long: 30s, 5m")->type_name("D");
    run->add_option("--until-idle", until_idle_, "End when no row has come for this long")
        ->type_name("D");
    run->add_option("--sink", sink_, "Where a bare SELECT goes: stdout | none")
        ->check(CLI::IsMember({"stdout", "none"}))
        ->type_name("SINK");
    run->add_option("-S,--state-dir", state_dir_,
                    "Keep checkpoints there, and go on from the newest: a folder or a URL")
        ->type_name("DIR|URL");
    run->add_option("--checkpoint-interval", checkpoint_interval_,
                    "From one checkpoint to the next: 10s, 500ms, or off")
        ->type_name("D|off");
    run->add_option("--restore", restore_, "What to go on from: latest, none, or a checkpoint")
        ->type_name("latest|none|ID");
    run->add_flag("--force", force_,
                  "Also go on from the state of another program, or write output again");
    run->add_flag("--dry-run,--validate", dry_run_,
                  "Check the program and print its plan; run nothing");
    run->footer(
        "Rows go to stdout as a table on a terminal and as JSON lines otherwise; -o table, json, "
        "jsonl or csv decides.\n"
        "SIGINT once finishes what is in flight, twice ends at once. With a state directory, the "
        "first\n"
        "takes a last checkpoint, and the same command goes on from there.\n"
        "Examples:\n"
        "  laminar run pipeline.sql -p 4\n"
        "  laminar run -e \"select counter from impulse(event_rate => 1000)\" --limit 3\n"
        "  tail -F app.log | laminar run -e \"select level, count(*) from stdin(format => 'json')\n"
        "      group by level, tumble(interval '10 seconds')\"");
    return run;
  }

  int Run(const CommandContext& context) override {
    app::LocalJobOptions options;
    absl::StatusOr<data::ConnectorTable> sink = DefaultSink(context);
    const absl::Status parsed = sink.ok() ? ParseOptions(context, options) : sink.status();
    if (!parsed.ok()) {
      ReportError(context.global, "LM0001", StatusText(parsed), "see laminar help run");
      return kUsage;
    }
    CompileOutcome outcome =
        CompileProgram(context, program_, *std::move(sink), requested_parallelism_);
    if (!outcome.compiled) {
      return outcome.exit_code;
    }
    PrintReports(context, outcome.compiled->reports);
    if (outcome.compiled->graph == nullptr) {
      return kDone;
    }
    if (dry_run_) {
      WriteOutput(fmt::format("{}\n", outcome.compiled->graph->ToText()));
      return kDone;
    }
    if (options.state.has_value()) {
      options.state->program = outcome.program.text;
    }
    return RunGraph(context, outcome, std::move(options));
  }

 private:
  absl::Status ParseOptions(const CommandContext& context, app::LocalJobOptions& options) {
    if (!parallelism_.empty()) {
      LAMINAR_ASSIGN_OR_RETURN(requested_parallelism_, ParseParallelism(parallelism_));
    }
    if (!run_for_.empty()) {
      LAMINAR_ASSIGN_OR_RETURN(options.run_for, ParsePositive("--for", run_for_));
    }
    if (!until_idle_.empty()) {
      LAMINAR_ASSIGN_OR_RETURN(options.until_idle, ParsePositive("--until-idle", until_idle_));
    }
    LAMINAR_RETURN_IF_ERROR(ParseState(context, options));
    options.num_threads = static_cast<int>(context.configuration.GetInteger("worker.threads"));
    options.memory_limit_bytes = context.configuration.GetInteger("worker.memory-limit");
    LAMINAR_ASSIGN_OR_RETURN(options.spill, app::SpillOptionsOf(context.configuration));
    return absl::OkStatus();
  }

  absl::Status ParseState(const CommandContext& context, app::LocalJobOptions& options) const {
    const app::Configuration& configuration = context.configuration;
    app::JobStateOptions state;
    state.location = !state_dir_.empty() ? state_dir_ : configuration.GetString("run.state-dir");
    if (state.location.empty()) {
      if (!checkpoint_interval_.empty() || !restore_.empty() || force_) {
        return base::InvalidArgument(
            "--checkpoint-interval, --restore and --force need a state directory: add -S DIR");
      }
      return absl::OkStatus();
    }
    state.interval = configuration.GetDuration("checkpoint.interval");
    if (checkpoint_interval_ == "off") {
      state.interval = {0};
    } else if (!checkpoint_interval_.empty()) {
      LAMINAR_ASSIGN_OR_RETURN(state.interval,
                               ParsePositive("--checkpoint-interval", checkpoint_interval_));
    }
    LAMINAR_ASSIGN_OR_RETURN(state.restore,
                             control::ParseRestoreChoice(restore_.empty() ? "latest" : restore_));
    state.timeout = configuration.GetDuration("checkpoint.timeout");
    state.pause_min = configuration.GetDuration("checkpoint.pause-min");
    state.in_flight_max = static_cast<int>(configuration.GetInteger("checkpoint.in-flight-max"));
    state.retain = static_cast<int>(configuration.GetInteger("checkpoint.retain"));
    state.force = force_;
    state.engine_version = Version();
    options.state = std::move(state);
    return absl::OkStatus();
  }

  absl::StatusOr<data::ConnectorTable> DefaultSink(const CommandContext& context) const {
    data::ConnectorTable sink;
    const bool drop =
        sink_ == "none" ||
        (sink_.empty() && context.configuration.GetString("pipeline.default-sink") == "blackhole");
    if (drop) {
      sink.connector = "blackhole";
      return sink;
    }
    sink.connector = "stdout";
    const std::string& output = context.global.output;
    const std::string shape = !output.empty() ? output : base::IsTerminal(1) ? "table" : "jsonl";
    if (shape != "table" && shape != "json" && shape != "jsonl" && shape != "csv") {
      return base::InvalidArgument("rows can be printed as table, json, jsonl or csv: " + shape);
    }
    sink.format = shape == "csv" ? "csv" : "json";
    sink.options.Set("layout", shape == "table" ? "table" : shape == "json" ? "array" : "lines");
    if (limit_ > 0) {
      sink.options.Set("limit", limit_);
    }
    return sink;
  }

  int RunGraph(const CommandContext& context,
               const CompileOutcome& outcome,
               app::LocalJobOptions options) {
    LAMINAR_ASSERT(outcome.compiled.has_value(), outcome.exit_code);
    if (options.state.has_value() && !context.global.quiet) {
      for (const std::string& warning : app::StateWarnings(*outcome.compiled->graph)) {
        WriteMessage(fmt::format("warning: {}\n", warning));
      }
    }
    RunProgress progress(context.global);
    options.on_progress = [&progress](const engine::JobProgress& now,
                                      const control::CoordinatorProgress* checkpoints) {
      progress.Update(now, checkpoints);
    };
    options.on_restored = [&progress](const control::RestorePoint& point) {
      progress.Restored(point);
    };
    options.on_last_waits = [&progress](const control::CoordinatorProgress& checkpoints,
                                        const absl::Status& trouble) {
      progress.LastCheckpointWaits(checkpoints, trouble);
    };
    options.on_stuck = [](app::EndReason reason) {
      base::EndProcess(reason == app::EndReason::kTerminated ? kTerminated : kInterrupted);
    };
    const app::LocalJobOutcome result = app::RunLocally(outcome.compiled->graph, options);
    progress.Finish(result);
    if (result.state_refused) {
      return ReportStateError(context, result.failure->status);
    }
    switch (result.reason) {
      case app::EndReason::kFailed:
        ReportFailure(context, outcome.program, result);
        return kPipelineFailed;
      case app::EndReason::kInterrupted:
        return kInterrupted;
      case app::EndReason::kTerminated:
        return kTerminated;
      default:
        return kDone;
    }
  }

  // A failure at run time points at the part of the text that the operator came from.
  static void ReportFailure(const CommandContext& context,
                            const Program& program,
                            const app::LocalJobOutcome& result) {
    LAMINAR_ASSERT(result.failure.has_value(), 0);
    base::Diagnostic diagnostic;
    diagnostic.code = "LM4001";
    diagnostic.message = StatusText(result.failure->status);
    diagnostic.hint = RemedyOf(result);
    diagnostic.span.offset = result.failure->sql_offset;
    if (diagnostic.span.offset < 0) {
      ReportError(context.global, diagnostic.code, diagnostic.message, diagnostic.hint);
      return;
    }
    ReportDiagnostics(context.global, program.name, program.text, {diagnostic});
  }

  ProgramOptions program_;
  std::string parallelism_;
  int requested_parallelism_ = 0;
  int64_t limit_ = 0;
  std::string run_for_;
  std::string until_idle_;
  std::string sink_;
  std::string state_dir_;
  std::string checkpoint_interval_;
  std::string restore_;
  bool force_ = false;
  bool dry_run_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeRunCommand() { return std::make_unique<RunCommand>(); }

}  // namespace laminar::cli
