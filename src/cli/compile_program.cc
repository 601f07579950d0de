#include "cli/compile_program.h"

#include <fmt/format.h>

#include "base/environment.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/output.h"

namespace laminar::cli {

namespace {

int ConfiguredParallelism(const CommandContext& context) {
  const auto configured =
      static_cast<int>(context.configuration.GetInteger("pipeline.parallelism"));
  return configured > 0 ? configured : base::NumCores();
}

}  // namespace

CompileOutcome CompileProgram(const CommandContext& context,
                              const ProgramOptions& program_options,
                              data::ConnectorTable default_sink,
                              int parallelism) {
  CompileOutcome outcome;
  absl::StatusOr<Program> program = program_options.Read();
  if (!program.ok()) {
    const bool usage = absl::IsInvalidArgument(program.status());
    ReportError(context.global, usage ? "LM0001" : "LM0003", StatusText(program.status()), "");
    outcome.exit_code = absl::IsNotFound(program.status()) ? kNotFound : usage ? kUsage : kFailure;
    return outcome;
  }
  absl::StatusOr<std::map<std::string, std::string>> variables = program_options.Variables();
  if (!variables.ok()) {
    ReportError(context.global, "LM0001", StatusText(variables.status()), "");
    outcome.exit_code = kUsage;
    return outcome;
  }
  app::CompileOptions options;
  options.variables = *std::move(variables);
  options.default_sink = std::move(default_sink);
  if (parallelism > 0) {
    options.parallelism = parallelism;
  }
  options.parallelism_default = ConfiguredParallelism(context);
  options.num_key_groups =
      static_cast<int>(context.configuration.GetInteger("pipeline.key-groups"));
  outcome.program = *std::move(program);
  app::CompiledProgram compiled = app::Compile(outcome.program.text, options);
  ReportDiagnostics(context.global, outcome.program.name, outcome.program.text,
                    compiled.diagnostics);
  if (!compiled.ok) {
    outcome.exit_code = kInvalid;
    return outcome;
  }
  outcome.compiled = std::move(compiled);
  return outcome;
}

void PrintReports(const CommandContext& context, const std::vector<app::Report>& reports) {
  for (const app::Report& report : reports) {
    // A single column of a plan is text to read, not a listing.
    if (report.columns.size() == 1 && context.global.output.empty()) {
      for (const auto& row : report.rows) {
        WriteOutput(fmt::format("{}\n", row[0]));
      }
      continue;
    }
    const absl::StatusOr<std::string> text =
        RenderListing(context.global, {report.columns, report.rows});
    if (text.ok()) {
      WriteOutput(*text);
    } else {
      ReportError(context.global, "LM0001", StatusText(text.status()), "");
    }
  }
  FlushOutput().IgnoreError();  // before the rows of a run, which do not pass through the buffer
}

}  // namespace laminar::cli
