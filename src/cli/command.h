// A command of the command line: adds its options to the parser, runs, answers with an exit code.
// One file per command.
#ifndef LAMINAR_CLI_COMMAND_H_
#define LAMINAR_CLI_COMMAND_H_

#include <functional>
#include <memory>
#include <vector>

#include "app/configuration.h"
#include "cli/global_options.h"

namespace CLI {
class App;
}  // namespace CLI

namespace laminar::cli {

/// What a command is given when it runs. References live as long as the call.
struct CommandContext {
  const GlobalOptions& global;
  const app::Configuration& configuration;
  /// The whole parser, for commands that describe the command line itself.
  CLI::App& root;
};

class Command {
 public:
  virtual ~Command() = default;
  /// Adds the subcommand with its options and examples. Called once, before parsing.
  virtual CLI::App* Register(CLI::App& root) = 0;
  /// Returns the exit code.
  virtual int Run(const CommandContext& context) = 0;
};

std::unique_ptr<Command> MakeRunCommand();
std::unique_ptr<Command> MakeCheckCommand();
std::unique_ptr<Command> MakeExplainCommand();
std::unique_ptr<Command> MakeCheckpointsCommand();
std::unique_ptr<Command> MakeConnectorsCommand();
std::unique_ptr<Command> MakeFunctionsCommand();
std::unique_ptr<Command> MakeConfigCommand();
std::unique_ptr<Command> MakeBenchCommand();
std::unique_ptr<Command> MakeVersionCommand();
std::unique_ptr<Command> MakeHelpCommand();
std::unique_ptr<Command> MakeGenerateCommand();

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_COMMAND_H_
