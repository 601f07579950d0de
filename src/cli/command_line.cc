#include "cli/command_line.h"

#include <cstdio>
#include <sstream>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/diagnostic.h"
#include "base/environment.h"
#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/subcommand.h"
#include "cli/version.h"

namespace laminar::cli {
namespace {

struct RegisteredCommand {
  std::unique_ptr<Command> command;
  CLI::App* app = nullptr;
};

void AddGlobalOptions(CLI::App& root, GlobalOptions& global) {
  root.add_option("-o,--output", global.output, "table | wide | json | jsonl | yaml | csv | name")
      ->type_name("FORMAT");
  root.add_option("--columns", global.columns, "Columns to show, in this order")
      ->delimiter(',')
      ->type_name("A,B");
  root.add_flag("--no-header", global.no_header, "Leave out the header line");
  root.add_option("-c,--config", global.config_files,
                  "Configuration file, YAML or TOML; repeatable, the last wins")
      ->type_name("FILE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  root.add_option("--config-dir", global.config_directory,
                  "Folder whose *.yaml and *.toml are read in name order")
      ->type_name("DIR");
  root.add_option("-X,--set", global.settings, "Set a configuration key; repeatable")
      ->type_name("KEY=VALUE")
      ->expected(1)
      ->multi_option_policy(CLI::MultiOptionPolicy::TakeAll);
  root.add_flag("-q,--quiet", global.quiet, "No progress, no summary");
  root.add_flag("-v,--verbose", global.verbosity, "More log lines; repeat for more");
  root.add_option("--log-format", global.log_format, "text | json | logfmt")->type_name("FORMAT");
  root.add_option("--color", global.color, "auto | always | never")
      ->type_name("WHEN")
      ->check(CLI::IsMember({"auto", "always", "never"}));
}

app::ConfigurationSources SourcesOf(const GlobalOptions& global) {
  app::ConfigurationSources sources;
  sources.files = global.config_files;
  if (sources.files.empty()) {
    if (const auto file = base::EnvironmentVariable("LAMINAR_CONFIG")) {
      sources.files.push_back(*file);
    }
  }
  sources.directory = global.config_directory;
  sources.environment = base::EnvironmentVariables();
  sources.search_path.push_back("/etc/laminar");
  if (const auto home = base::EnvironmentVariable("XDG_CONFIG_HOME")) {
    sources.search_path.push_back(*home + "/laminar");
  } else if (const auto user = base::EnvironmentVariable("HOME")) {
    sources.search_path.push_back(*user + "/.config/laminar");
  }
  sources.search_path.push_back(".");
  return sources;
}

absl::StatusOr<app::Configuration> LoadConfiguration(const GlobalOptions& global) {
  app::ConfigurationSources sources = SourcesOf(global);
  for (const std::string& setting : global.settings) {
    const size_t equals = setting.find('=');
    if (equals == std::string::npos) {
      return base::InvalidArgument("flag -X: expected KEY=VALUE: " + setting);
    }
    sources.overrides.emplace_back(setting.substr(0, equals), setting.substr(equals + 1));
  }
  if (!global.log_format.empty()) {
    sources.overrides.emplace_back("logging.format", global.log_format);
  }
  if (global.verbosity > 0) {
    sources.overrides.emplace_back("logging.level", global.verbosity == 1 ? "info" : "debug");
  }
  return app::Configuration::Load(sources);
}

// The word that is nearest to what was typed, among the subcommands or the options in reach.
std::string HintFor(const CLI::App& root,
                    int argc,
                    const char* const* argv,
                    const std::string& message) {
  const CLI::App* reached = &root;
  std::vector<std::string> candidates;
  for (int i = 1; i < argc; ++i) {
    if (const CLI::App* next = FindSubcommand(*reached, argv[i])) {
      reached = next;
    }
  }
  for (const CLI::App* app : {reached, &root}) {
    const std::vector<std::string> names = SubcommandNames(*app);
    candidates.insert(candidates.end(), names.begin(), names.end());
    for (const CLI::Option* option : app->get_options()) {
      for (const std::string& name : option->get_lnames()) {
        candidates.push_back("--" + name);
      }
    }
  }
  const size_t last_space = message.find_last_of(' ');
  const std::string word =
      last_space == std::string::npos ? message : message.substr(last_space + 1);
  const std::string nearest = base::FindNearest(word, candidates);
  return nearest.empty() ? "see laminar help" : fmt::format("did you mean {}?", nearest);
}

std::string OneLine(std::string text) {
  for (char& c : text) {
    c = c == '\n' ? ' ' : c;
  }
  return text;
}

int Run(int argc, const char* const* argv, GlobalOptions& global) {
  CLI::App root("Streaming SQL: continuous, exact, fast.", "laminar");
  root.set_version_flag("-V,--version", VersionLine());
  root.set_help_flag("-h,--help", "Print this help");
  root.require_subcommand(0, 1);
  root.fallthrough();
  root.get_formatter()->column_width(34);
  AddGlobalOptions(root, global);

  std::vector<RegisteredCommand> commands;
  for (auto& make : {MakeRunCommand, MakeCheckCommand, MakeExplainCommand, MakeCheckpointsCommand,
                     MakeConnectorsCommand, MakeFunctionsCommand, MakeConfigCommand,
                     MakeBenchCommand, MakeGenerateCommand, MakeVersionCommand, MakeHelpCommand}) {
    RegisteredCommand registered{make(), nullptr};
    registered.app = registered.command->Register(root);
    registered.app->fallthrough();
    commands.push_back(std::move(registered));
  }

  try {
    root.parse(argc, argv);
  } catch (const CLI::Success& success) {  // --help or --version
    std::ostringstream out;
    root.exit(success, out, out);
    WriteOutput(out.str());
    return kDone;
  } catch (const CLI::ParseError& error) {
    ReportError(global, "LM0001", OneLine(error.what()), HintFor(root, argc, argv, error.what()));
    return kUsage;
  }

  absl::StatusOr<app::Configuration> configuration = LoadConfiguration(global);
  if (!configuration.ok()) {
    ReportError(global, "LM0002", StatusText(configuration.status()),
                "laminar config show lists every key");
    return absl::IsNotFound(configuration.status()) ? kNotFound : kInvalid;
  }
  for (RegisteredCommand& registered : commands) {
    if (registered.app->parsed()) {
      return registered.command->Run({global, *configuration, root});
    }
  }
  WriteOutput(root.help());
  return kDone;
}

}  // namespace

int RunCommandLine(int argc, const char* const* argv) {
  GlobalOptions global;
  const int code = Run(argc, argv, global);
  if (const absl::Status flushed = FlushOutput(); !flushed.ok() && code == kDone) {
    ReportError(global, "LM0005", StatusText(flushed), "");
    return kFailure;
  }
  return code;
}

}  // namespace laminar::cli
