#include <CLI/CLI.hpp>
#include <fmt/format.h>
#include <fmt/ranges.h>

#include "app/checkpoint_catalog.h"
#include "app/checkpoint_query.h"
#include "app/checkpoint_savepoint.h"
#include "cli/command.h"
#include "cli/command_checkpoints_listing.h"
#include "cli/command_checkpoints_query.h"
#include "cli/command_checkpoints_report.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/human_format.h"
#include "cli/output.h"
#include "cli/version.h"
#include "control/checkpoint/recovery.h"

namespace laminar::cli {
namespace {

// As a word that a shell takes as it is.
std::string ShellWord(const std::string& text) {
  if (text.find_first_not_of("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_.:/"
                             "@=+%") == std::string::npos) {
    return text;
  }
  std::string word = "'";
  for (const char c : text) {
    word += c == '\'' ? "'\\''" : std::string(1, c);
  }
  return word + "'";
}

class CheckpointsCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* checkpoints = root.add_subcommand(
        "checkpoints", "Look into state directories of laminar run -S, and keep savepoints");
    checkpoints->alias("checkpoint");
    checkpoints->require_subcommand(1);
    checkpoints->footer(
        "ID is a number, the name of a savepoint, or latest. All but rm work also while a job uses "
        "the\n"
        "directory.");
    list_ = Add(*checkpoints, "ls", "Every checkpoint and savepoint");
    list_->footer("Example:\n  laminar checkpoints ls -S state");
    inspect_ = Add(*checkpoints, "inspect",
                   "Operators, tables, sources, sinks and edges of one; -o json: its manifest");
    AddId(*inspect_, "latest unless given");
    verify_ = Add(*checkpoints, "verify", "Read back every object and compare checksums");
    AddId(*verify_, "all unless given");
    create_ = Add(*checkpoints, "create",
                  "Copy the newest checkpoint to a savepoint, which stays until it is removed");
    create_->add_option("NAME", id_, "Letters, digits, dashes and underscores; no number")
        ->required();
    restore_ = Add(*checkpoints, "restore",
                   "Verify one and print the command that goes on from it; changes nothing");
    AddId(*restore_, "")->required();
    remove_ = Add(*checkpoints, "rm", "Remove one, and the objects that no other needs");
    AddId(*remove_, "")->required();
    remove_->add_flag("--force", force_, "Also one whose output is not published: it is lost");
    query_ = Add(*checkpoints, "query", "Ask SQL of the tables of state of one");
    AddId(*query_, "")->required();
    query_->add_option("SQL", sql_, "Tables are OPERATOR.TABLE, as inspect prints them")
        ->required();
    query_->footer(
        "Examples:\n"
        "  laminar checkpoint query latest \"show all tables\" -S state\n"
        "  laminar checkpoint query 17 -S state \\\n"
        "      \"select make_timestamp(_end), * from window_aggregate_2.groups order by all\"");
    return checkpoints;
  }

  int Run(const CommandContext& context) override {
    if (location_.empty()) {
      location_ = context.configuration.GetString("run.state-dir");
    }
    if (location_.empty()) {
      ReportError(context.global, "LM0001", "no state directory: add -S DIR",
                  "or set run.state-dir in the configuration");
      return kUsage;
    }
    using control::StateAccess;
    const absl::StatusOr<control::StateDirectory> directory = app::OpenState(
        location_, remove_->parsed() ? StateAccess::kChange : StateAccess::kInspect, Version());
    if (!directory.ok()) {
      return ReportStateError(context, directory.status());
    }
    if (list_->parsed()) {
      return List(context, *directory);
    }
    if (verify_->parsed()) {
      return Verify(context, *directory);
    }
    if (create_->parsed()) {
      return Create(context, *directory);
    }
    if (remove_->parsed()) {
      return Remove(context, *directory);
    }
    if (restore_->parsed()) {
      return Restore(context, *directory);
    }
    const absl::StatusOr<app::Checkpoint> checkpoint =
        app::FindCheckpoint(*directory, id_.empty() ? "latest" : id_);
    if (!checkpoint.ok()) {
      return ReportCheckpointError(context, checkpoint.status());
    }
    return query_->parsed() ? RunCheckpointQuery(context, *directory, *checkpoint, sql_)
                            : Inspect(context, *checkpoint, directory->location());
  }

 private:
  CLI::App* Add(CLI::App& checkpoints, const std::string& name, const std::string& description) {
    CLI::App* command = checkpoints.add_subcommand(name, description);
    command->fallthrough();
    command->add_option("-S,--state-dir", location_, "A folder or the URL of an object store")
        ->type_name("DIR|URL");
    return command;
  }

  CLI::Option* AddId(CLI::App& command, const std::string& otherwise) {
    return command.add_option(
        "ID", id_,
        "Number, name of a savepoint, or latest" + (otherwise.empty() ? "" : "; " + otherwise));
  }

  static int Print(const CommandContext& context, const absl::StatusOr<std::string>& text) {
    if (!text.ok()) {
      ReportError(context.global, "LM0001", StatusText(text.status()), "");
      return kUsage;
    }
    WriteOutput(*text);
    return kDone;
  }

  static int List(const CommandContext& context, const control::StateDirectory& directory) {
    const absl::StatusOr<std::vector<app::CheckpointSummary>> checkpoints =
        app::ListCheckpoints(directory);
    if (!checkpoints.ok()) {
      return ReportStateError(context, checkpoints.status());
    }
    return Print(context,
                 RenderListing(context.global, ListCheckpointRows(context.global, *checkpoints,
                                                                  base::SystemClock().Wall())));
  }

  static int Inspect(const CommandContext& context,
                     const app::Checkpoint& checkpoint,
                     const std::string& location) {
    if (context.global.output == "json") {
      WriteOutput(control::EncodeManifest(checkpoint.manifest) + "\n");
      return kDone;
    }
    if (IsForPrograms(context.global)) {
      ReportError(context.global, "LM0001",
                  "a checkpoint is printed as table or json: " + context.global.output, "");
      return kUsage;
    }
    return Print(context, DescribeCheckpoint(context.global, checkpoint, location));
  }

  int Verify(const CommandContext& context, const control::StateDirectory& directory) const {
    const absl::StatusOr<std::vector<app::CheckpointVerification>> verifications =
        app::VerifyCheckpoints(directory, id_);
    if (!verifications.ok()) {
      return ReportCheckpointError(context, verifications.status());
    }
    Listing listing{.columns = {"ID", "OBJECTS", "BYTES", "PROBLEMS"}, .rows = {}};
    bool damaged = false;
    for (const app::CheckpointVerification& one : *verifications) {
      listing.rows.push_back({one.id, std::to_string(one.report.num_objects),
                              std::to_string(one.report.bytes),
                              std::to_string(one.report.problems.size())});
      damaged |= ReportProblems(context, one.id, one.report);
    }
    const int printed = Print(context, RenderListing(context.global, listing));
    return damaged ? kFailure : printed;
  }

  // Whether there are any.
  static bool ReportProblems(const CommandContext& context,
                             const std::string& id,
                             const control::VerifyReport& report) {
    for (const control::VerifyProblem& problem : report.problems) {
      ReportError(context.global, "LM4003", fmt::format("{}: {}", id, StatusText(problem.status)),
                  "");
    }
    return !report.ok();
  }

  int Create(const CommandContext& context, const control::StateDirectory& directory) const {
    const absl::StatusOr<app::MadeSavepoint> made = app::MakeSavepoint(directory, id_);
    if (!made.ok()) {
      return ReportCheckpointError(context, made.status());
    }
    WriteOutput(fmt::format("savepoint {} made from checkpoint {}: {} of state\n", id_,
                            made->epoch.value, FormatBytes(made->bytes)));
    return kDone;
  }

  int Remove(const CommandContext& context, const control::StateDirectory& directory) const {
    const absl::StatusOr<app::Removed> removed = app::RemoveCheckpoint(directory, id_, force_);
    if (!removed.ok()) {
      return ReportCheckpointError(context, removed.status());
    }
    WriteOutput(fmt::format("{} removed; {} objects, {} freed\n", removed->what,
                            removed->num_objects, FormatBytes(removed->bytes)));
    return kDone;
  }

  // Which checkpoint a job goes on from is decided where its program is at hand to be compared.
  int Restore(const CommandContext& context, const control::StateDirectory& directory) const {
    const absl::StatusOr<control::RestoreChoice> choice = control::ParseRestoreChoice(id_);
    if (!choice.ok()) {
      return ReportCheckpointError(context, choice.status());
    }
    const absl::StatusOr<std::optional<control::RestorePoint>> point =
        control::FindRestorePoint(directory, *choice);
    if (!point.ok()) {
      return ReportCheckpointError(context, point.status());
    }
    if (!point->has_value()) {
      return ReportCheckpointError(
          context, base::NotFound(
                       fmt::format("there is nothing to go on from in {}", directory.location())));
    }
    const control::VerifyReport report =
        control::VerifyObjects(directory.store(), control::ReachableObjects((*point)->manifest));
    if (ReportProblems(context, id_, report)) {
      return kFailure;
    }
    WriteOutput(DescribeRestore(**point, report));
    return kDone;
  }

  std::string DescribeRestore(const control::RestorePoint& point,
                              const control::VerifyReport& report) const {
    std::string text = fmt::format("{} can be restored: {} objects, {}, all as they were written\n",
                                   point.Name(), report.num_objects, FormatBytes(report.bytes));
    if (!point.left_behind.empty()) {
      std::vector<std::string> newer;
      for (const control::EpochRecord& record : point.left_behind) {
        newer.push_back(std::to_string(record.epoch.value));
      }
      text += fmt::format(
          "newer checkpoints are left behind ({}): output that was published since is written once "
          "more, hence --force\n",
          fmt::join(newer, ", "));
    }
    const std::string id =
        point.record ? std::to_string(point.record->epoch.value) : point.manifest.header.savepoint;
    text += fmt::format("go on from it with:\n  laminar run FILE -S {} --restore {}{}\n",
                        ShellWord(location_), id, point.left_behind.empty() ? "" : " --force");
    return text;
  }

  CLI::App* list_ = nullptr;
  CLI::App* inspect_ = nullptr;
  CLI::App* verify_ = nullptr;
  CLI::App* create_ = nullptr;
  CLI::App* restore_ = nullptr;
  CLI::App* remove_ = nullptr;
  CLI::App* query_ = nullptr;
  std::string location_;
  std::string id_;
  std::string sql_;
  bool force_ = false;
};

}  // namespace

std::unique_ptr<Command> MakeCheckpointsCommand() { return std::make_unique<CheckpointsCommand>(); }

}  // namespace laminar::cli
