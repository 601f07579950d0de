#include <algorithm>
#include <cmath>
#include <csignal>

#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "app/local_job.h"
#include "app/nexmark_queries.h"
#include "base/assert.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/signals.h"
#include "cli/command.h"
#include "cli/compile_program.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/human_format.h"
#include "cli/listing.h"
#include "cli/number_argument.h"
#include "cli/output.h"
#include "cli/version.h"

namespace laminar::cli {
namespace {

/// What one run of one query measured. CPU is that of the whole process; what the generator took of
/// it is told apart.
struct Measurement {
  std::string query;
  int parallelism = 1;
  int64_t events = 0;
  double seconds = 0;
  double cpu_seconds = 0;
  double generator_cpu_seconds = 0;
  double latency_ms_p50 = 0;
  double latency_ms_p99 = 0;
  int64_t rss_mib_peak = 0;
  int64_t rows_out = 0;
  int64_t checkpoints = 0;
  double state_mib = 0;  // in the last of them
};

nlohmann::ordered_json ToJson(const Measurement& run, const std::string& mode) {
  return {
      {"query", run.query},
      {"mode", mode},
      {"parallelism", run.parallelism},
      {"events", run.events},
      {"seconds", run.seconds},
      {"events_per_second", run.seconds > 0 ? static_cast<double>(run.events) / run.seconds : 0},
      {"cpu_seconds", run.cpu_seconds},
      {"events_per_cpu_second",
       run.cpu_seconds > 0 ? static_cast<double>(run.events) / run.cpu_seconds : 0},
      {"generator_cpu_seconds", run.generator_cpu_seconds},
      {"latency_ms_p50", run.latency_ms_p50},
      {"latency_ms_p99", run.latency_ms_p99},
      {"rss_mib_peak", run.rss_mib_peak},
      {"rows_out", run.rows_out},
      {"checkpoints", run.checkpoints},
      {"checkpoint_state_mib", run.state_mib},
      {"machine", base::DescribeMachine()},
      {"revision", Revision()}};
}

class BenchCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* bench = root.add_subcommand("bench", "Measure the engine");
    bench->require_subcommand(1);
    CLI::App* nexmark =
        bench->add_subcommand("nexmark", "The Nexmark queries over the built-in generator");
    nexmark->fallthrough();
    nexmark->add_option("--query", queries_, "Queries, q0,q5,... or all")
        ->delimiter(',')
        ->type_name("qN");
    nexmark->add_option("--events", events_, "Events per query; 10M means ten million")
        ->type_name("N");
    nexmark->add_option("-p,--parallelism", parallelism_, "Subtasks per operator")
        ->check(CLI::PositiveNumber);
    nexmark
        ->add_option(
            "--mode", mode_,
            "generate: the generator runs beside the query; replay: prepared chunks from memory")
        ->check(CLI::IsMember({"generate", "replay"}))
        ->type_name("MODE");
    nexmark
        ->add_option("--event-rate", event_rate_,
                     "Events per second instead of as fast as possible, to measure latency")
        ->type_name("N");
    nexmark
        ->add_option("--checkpoint-interval", checkpoint_interval_,
                     "Take checkpoints into a folder for short-lived files: 1s, 500ms")
        ->type_name("D");
    nexmark->footer(
        "events_per_cpu_second counts all CPU of the process; in replay mode making the events is "
        "left out.\n"
        "Examples:\n  laminar bench nexmark --query q5 --events 10M\n  laminar bench nexmark "
        "--query all --mode replay -o json");
    return bench;
  }

  int Run(const CommandContext& context) override {
    const absl::StatusOr<int64_t> events = ParseCount(events_);
    if (!events.ok()) {
      ReportError(context.global, "LM0001", StatusText(events.status()),
                  "for example --events 10M");
      return kUsage;
    }
    std::vector<const app::NexmarkQuery*> queries;
    for (const app::NexmarkQuery& query : app::NexmarkQueries()) {
      const bool wanted = std::find(queries_.begin(), queries_.end(), query.name) != queries_.end();
      if (wanted || queries_ == std::vector<std::string>{"all"}) {
        queries.push_back(&query);
      }
    }
    if (queries.empty() || (queries_[0] != "all" && queries.size() != queries_.size())) {
      std::vector<std::string> names;
      for (const app::NexmarkQuery& query : app::NexmarkQueries()) {
        names.push_back(query.name);
      }
      ReportError(context.global, "LM0004",
                  fmt::format("unknown query in: {}", fmt::join(queries_, ",")),
                  fmt::format("queries: {}", fmt::join(names, ", ")));
      return kNotFound;
    }
    std::vector<Measurement> runs;
    for (const app::NexmarkQuery* query : queries) {
      absl::StatusOr<Measurement> run = Measure(context, *query, *events);
      if (!run.ok()) {
        ReportError(context.global, "LM4001",
                    fmt::format("{}: {}", query->name, StatusText(run.status())), "");
        return !absl::IsCancelled(run.status())    ? kFailure
               : base::LastStopSignal() == SIGTERM ? kTerminated
                                                   : kInterrupted;
      }
      if (context.global.output == "json" || context.global.output == "jsonl") {
        WriteOutput(fmt::format("{}\n", ToJson(*run, mode_).dump()));
        FlushOutput().IgnoreError();  // kept, and told at the end
      }
      runs.push_back(*std::move(run));
    }
    return context.global.output == "json" || context.global.output == "jsonl"
               ? kDone
               : PrintTable(context, runs);
  }

 private:
  std::string ProgramText(const app::NexmarkQuery& query,
                          int64_t events,
                          const std::string& folder) const {
    std::string options = fmt::format("events = {}", events);
    if (mode_ == "replay") {
      options += ", replay = true";
    }
    if (event_rate_ > 0) {
      options += fmt::format(", event_rate = {}", event_rate_);
    }
    std::string text = app::NexmarkTables(options);
    if (query.sink_options.empty()) {
      return text + query.sql;
    }
    std::string sink = query.sink_options;
    const std::string placeholder = "${folder}";
    sink.replace(sink.find(placeholder), placeholder.size(), folder);
    return text +
           fmt::format("CREATE TABLE output WITH ({});\nINSERT INTO output {}", sink, query.sql);
  }

  absl::StatusOr<Measurement> Measure(const CommandContext& context,
                                      const app::NexmarkQuery& query,
                                      int64_t events) const {
    app::CompileOptions options;
    options.default_sink.connector = "blackhole";
    options.parallelism = parallelism_;
    LAMINAR_ASSIGN_OR_RETURN(const std::string folder, base::MakeTemporaryFolder("laminar-bench"));
    const std::string text = ProgramText(query, events, folder);
    const app::CompiledProgram program = app::Compile(text, options);
    if (!program.ok) {
      base::RemoveAll(folder).IgnoreError();
      ReportDiagnostics(context.global, query.name, text, program.diagnostics);
      return base::InvalidArgument("the program does not compile");
    }
    base::ResetPeakResidentBytes();
    app::LocalJobOptions job_options;
    job_options.num_threads = parallelism_;
    if (!checkpoint_interval_.empty()) {
      app::JobStateOptions state;
      state.location = base::JoinPath(folder, "state");
      LAMINAR_ASSIGN_OR_RETURN(state.interval, data::ParseDuration(checkpoint_interval_));
      state.program = text;
      state.engine_version = Version();
      job_options.state = std::move(state);
    }
    const app::LocalJobOutcome outcome = app::RunLocally(program.graph, job_options);
    base::RemoveAll(folder).IgnoreError();
    if (outcome.reason == app::EndReason::kFailed) {
      LAMINAR_ASSERT(outcome.failure.has_value(), 0);
      return outcome.failure->status;
    }
    if (outcome.reason != app::EndReason::kFinished) {
      return base::MakeError(absl::StatusCode::kCancelled, "interrupted before the last event");
    }
    Measurement run;
    run.query = query.name;
    run.parallelism = parallelism_;
    run.events = outcome.progress.rows_in;
    run.generator_cpu_seconds = static_cast<double>(outcome.progress.generator_cpu_nanos) / 1e9;
    run.seconds = static_cast<double>(outcome.elapsed_nanos) / 1e9;
    run.cpu_seconds = static_cast<double>(outcome.cpu_nanos) / 1e9;
    if (mode_ == "replay") {
      // Events were made before the first of them was delivered, by each subtask for itself.
      run.seconds -= run.generator_cpu_seconds / parallelism_;
      run.cpu_seconds -= run.generator_cpu_seconds;
    }
    run.latency_ms_p50 = static_cast<double>(outcome.progress.latency_nanos.Quantile(0.5)) / 1e6;
    run.latency_ms_p99 = static_cast<double>(outcome.progress.latency_nanos.Quantile(0.99)) / 1e6;
    run.rss_mib_peak = base::PeakResidentBytes() >> 20;
    run.rows_out = outcome.progress.rows_out;
    if (outcome.checkpoints.has_value()) {
      run.checkpoints = outcome.checkpoints->num_completed;
      run.state_mib = static_cast<double>(outcome.checkpoints->state_bytes) / (1 << 20);
    }
    return run;
  }

  int PrintTable(const CommandContext& context, const std::vector<Measurement>& runs) const {
    Listing listing;
    listing.columns = {"QUERY", "EVENTS",          "SECONDS",      "EVENTS/S",
                       "CPU S", "GENERATOR CPU S", "EVENTS/CPU S", "P50",
                       "P99",   "RSS PEAK",        "ROWS OUT",     "CHECKPOINTS"};
    double log_sum = 0;
    for (const Measurement& run : runs) {
      const double per_cpu = static_cast<double>(run.events) / run.cpu_seconds;
      log_sum += std::log(per_cpu);
      listing.rows.push_back(
          {run.query, FormatCount(run.events), fmt::format("{:.2f}", run.seconds),
           FormatRate(static_cast<double>(run.events) / run.seconds),
           fmt::format("{:.2f}", run.cpu_seconds), fmt::format("{:.2f}", run.generator_cpu_seconds),
           FormatRate(per_cpu), fmt::format("{:.1f} ms", run.latency_ms_p50),
           fmt::format("{:.1f} ms", run.latency_ms_p99), fmt::format("{} MiB", run.rss_mib_peak),
           FormatCount(run.rows_out), FormatCount(run.checkpoints)});
    }
    const absl::StatusOr<std::string> text = RenderListing(context.global, listing);
    if (!text.ok()) {
      ReportError(context.global, "LM0001", StatusText(text.status()), "");
      return kUsage;
    }
    WriteOutput(*text);
    WriteMessage(fmt::format(
        "{} · revision {} · mode {} · parallelism {} · geometric mean {} per CPU second\n",
        base::DescribeMachine(), Revision(), mode_, parallelism_,
        FormatRate(std::exp(log_sum / static_cast<double>(runs.size())))));
    return kDone;
  }

  std::vector<std::string> queries_ = {"all"};
  std::string events_ = "10M";
  int parallelism_ = 1;
  std::string mode_ = "generate";
  int64_t event_rate_ = 0;
  std::string checkpoint_interval_;
};

}  // namespace

std::unique_ptr<Command> MakeBenchCommand() { return std::make_unique<BenchCommand>(); }

}  // namespace laminar::cli
