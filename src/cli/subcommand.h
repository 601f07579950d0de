// Looks into the parser for what the user typed.
#ifndef LAMINAR_CLI_SUBCOMMAND_H_
#define LAMINAR_CLI_SUBCOMMAND_H_

#include <string>
#include <vector>

namespace CLI {
class App;
}  // namespace CLI

namespace laminar::cli {

/// The subcommand of that name, also of another one that it has; or null.
CLI::App* FindSubcommand(const CLI::App& app, const std::string& name);
/// Names of all subcommands.
std::vector<std::string> SubcommandNames(const CLI::App& app);

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_SUBCOMMAND_H_
