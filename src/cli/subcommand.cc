#include "cli/subcommand.h"

#include <CLI/CLI.hpp>

namespace laminar::cli {
namespace {

std::vector<const CLI::App*> AllSubcommands(const CLI::App& app) {
  return app.get_subcommands([](const CLI::App*) { return true; });
}

}  // namespace

CLI::App* FindSubcommand(const CLI::App& app, const std::string& name) {
  for (const CLI::App* command : AllSubcommands(app)) {
    if (command->check_name(name)) {
      return app.get_subcommand(command->get_name());
    }
  }
  return nullptr;
}

std::vector<std::string> SubcommandNames(const CLI::App& app) {
  std::vector<std::string> names;
  for (const CLI::App* command : AllSubcommands(app)) {
    names.push_back(command->get_name());
  }
  return names;
}

}  // namespace laminar::cli
