#include <map>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/diagnostic.h"
#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/output.h"
#include "cli/subcommand.h"

namespace laminar::cli {
namespace {

const std::map<std::string, std::string>& Topics() {
  static const std::map<std::string, std::string> topics = {
      {"exit-codes",
       "0    done\n"
       "1    failure not listed here\n"
       "2    wrong usage\n"
       "3    SQL or configuration invalid\n"
       "4    not found\n"
       "5    conflict (exists, wrong version, wrong state)\n"
       "6    not authenticated or not allowed\n"
       "7    server unreachable\n"
       "8    timed out\n"
       "9    pipeline ended in failure\n"
       "10   tests failed\n"
       "11   unhealthy\n"
       "130  interrupted (SIGINT), after what was in flight was finished\n"
       "143  terminated (SIGTERM), likewise\n"},
      {"windows",
       "A window is named in GROUP BY and closes when the watermark passes its end:\n\n"
       "  tumble(width)            tumble(time, width [, offset])\n"
       "  hop(slide, width)        hop(time, slide, width [, offset])\n"
       "  session(gap)             session(time, gap)\n"
       "  cumulate(step, width)    cumulate(time, step, width [, offset])\n\n"
       "The result is STRUCT(start TIMESTAMP, end TIMESTAMP). As a table function, window_start,\n"
       "window_end and window become columns: FROM tumble(bids, ts, interval '10 seconds').\n"},
      {"sql",
       "A program is a list of statements, each ended by a semicolon: CREATE TABLE ... WITH "
       "(connector = '...'),\n"
       "CREATE VIEW, INSERT INTO sink SELECT ..., SELECT ... (to stdout), SET, EXPLAIN, SHOW, "
       "DESCRIBE.\n"
       "Inside a SELECT everything is DuckDB's SQL. A source declares its event time by\n"
       "WATERMARK FOR column [AS column - INTERVAL '5 seconds']. See docs/sql.md.\n"},
      {"connectors",
       "laminar connectors ls lists them; laminar connectors describe NAME prints every option.\n"
       "A source can be used without CREATE TABLE: select ... from stdin(format => 'json').\n"},
      {"config",
       "Highest first: -X key=value, LAMINAR__SECTION__KEY, --config FILE (the last wins), "
       "--config-dir DIR,\n"
       "./laminar.yaml or ./laminar.toml, $XDG_CONFIG_HOME/laminar/, /etc/laminar/, built-in.\n"
       "laminar config show --origin prints every key with its value and where it comes from.\n"},
      {"environment",
       "LAMINAR_CONFIG          configuration file, as --config\n"
       "LAMINAR__SECTION__KEY   any configuration key: LAMINAR__WORKER__MEMORY_LIMIT=2gb\n"
       "XDG_CONFIG_HOME         folder of laminar/laminar.yaml\n"},
  };
  return topics;
}

class HelpCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* help = root.add_subcommand("help", "Explain a command or a topic");
    help->add_option(
        "TOPIC", topic_,
        "Command, or one of: sql, windows, connectors, config, exit-codes, environment");
    return help;
  }

  int Run(const CommandContext& context) override {
    if (topic_.empty()) {
      WriteOutput(fmt::format("{}\nTopics (laminar help TOPIC):", context.root.help()));
      for (const auto& [name, text] : Topics()) {
        WriteOutput(fmt::format(" {}", name));
      }
      WriteOutput("\n");
      return kDone;
    }
    if (const auto topic = Topics().find(topic_); topic != Topics().end()) {
      WriteOutput(topic->second);
      return kDone;
    }
    if (CLI::App* command = FindSubcommand(context.root, topic_)) {
      WriteOutput(command->help());
      return kDone;
    }
    std::vector<std::string> names;
    for (const auto& [name, text] : Topics()) {
      names.push_back(name);
    }
    const std::vector<std::string> commands = SubcommandNames(context.root);
    names.insert(names.end(), commands.begin(), commands.end());
    const std::string nearest = base::FindNearest(topic_, names);
    ReportError(context.global, "LM0004", "no help on: " + topic_,
                nearest.empty() ? "laminar help lists the topics"
                                : fmt::format("did you mean {}?", nearest));
    return kNotFound;
  }

 private:
  std::string topic_;
};

}  // namespace

std::unique_ptr<Command> MakeHelpCommand() { return std::make_unique<HelpCommand>(); }

}  // namespace laminar::cli
