// Reads and compiles the program of a command, reporting what is wrong with it.
#ifndef LAMINAR_CLI_COMPILE_PROGRAM_H_
#define LAMINAR_CLI_COMPILE_PROGRAM_H_

#include <optional>

#include "app/compile.h"
#include "cli/command.h"
#include "cli/program_options.h"

namespace laminar::cli {

/// A program that compiled, or the exit code to leave with.
struct CompileOutcome {
  int exit_code = 0;  // of a program that did not compile
  Program program;
  std::optional<app::CompiledProgram> compiled;
};

/// Prints every diagnostic on stderr. `parallelism` is what -p asks for; 0: what the program sets,
/// else what is configured.
CompileOutcome CompileProgram(const CommandContext& context,
                              const ProgramOptions& program_options,
                              data::ConnectorTable default_sink,
                              int parallelism);

/// Prints SHOW, DESCRIBE and EXPLAIN answers on stdout.
void PrintReports(const CommandContext& context, const std::vector<app::Report>& reports);

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_COMPILE_PROGRAM_H_
