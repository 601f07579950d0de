// The `laminar` command line: global options, commands, exit codes. Data goes to stdout, everything
// else to stderr.
#ifndef LAMINAR_CLI_COMMAND_LINE_H_
#define LAMINAR_CLI_COMMAND_LINE_H_

namespace laminar::cli {

/// Runs the program and returns its exit code. Main thread. REQUIRES: connectors and formats are
/// registered.
int RunCommandLine(int argc, const char* const* argv);

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_COMMAND_LINE_H_
