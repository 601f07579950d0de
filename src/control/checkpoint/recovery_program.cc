#include "control/checkpoint/recovery_program.h"

#include <algorithm>
#include <map>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/random.h"
#include "control/checkpoint/recovery_migration.h"
#include "data/key_group.h"
#include "plan/fingerprint.h"

namespace laminar::control {

namespace {

// What a checkpoint keeps of one operator.
struct Kept {
  std::string name;
  std::string description;
  const rpc::OperatorState* state = nullptr;
  int64_t bytes = 0;
};

int64_t BytesOf(const rpc::OperatorState& state) {
  std::map<std::string, int64_t> objects;
  for (const rpc::TableState& table : state.tables) {
    for (const rpc::StateFile& file : table.files) {
      objects[file.object.key] = file.object.bytes;
    }
  }
  int64_t bytes = 0;
  for (const auto& [key, size] : objects) {
    bytes += size;
  }
  return bytes;
}

std::map<rpc::OperatorId, Kept> WhatIsKept(const Manifest& manifest) {
  std::map<rpc::OperatorId, Kept> kept;
  for (const rpc::OperatorState& state : manifest.operators) {
    if (state.tables.empty()) {
      continue;
    }
    kept[state.op] = {.name = state.name,
                      .description = state.description,
                      .state = &state,
                      .bytes = BytesOf(state)};
  }
  for (const rpc::SourceState& source : manifest.sources) {
    kept[source.op].name = source.name;
  }
  for (const rpc::SinkState& sink : manifest.sinks) {
    kept[sink.op].name = sink.name;
  }
  for (const OperatorParallelism& node : manifest.header.operators) {
    const auto found = kept.find(node.op);
    if (found != kept.end() && found->second.description.empty()) {
      found->second.description = node.description;
    }
  }
  return kept;
}

// Headers name no operators that are there for the parallelism alone.
bool IsOfTheQuery(const Manifest& manifest, rpc::OperatorId op) {
  return std::any_of(manifest.header.operators.begin(), manifest.header.operators.end(),
                     [op](const OperatorParallelism& node) { return node.op == op; });
}

// Whether a node has something to keep, as far as the plan tells.
bool KeepsSomething(const plan::NodeSpec& spec) {
  return std::holds_alternative<plan::SourceSpec>(spec) ||
         std::holds_alternative<plan::SinkSpec>(spec) ||
         std::holds_alternative<plan::WindowAggregateSpec>(spec) ||
         std::holds_alternative<plan::WindowJoinSpec>(spec) ||
         std::holds_alternative<plan::WindowFunctionSpec>(spec);
}

const rpc::OperatorState* FindState(const std::vector<rpc::OperatorState>& states,
                                    rpc::OperatorId op) {
  for (const rpc::OperatorState& state : states) {
    if (state.op == op) {
      return &state;
    }
  }
  return nullptr;
}

void CompareState(const Kept& kept,
                  const rpc::OperatorState* expected,
                  OperatorComparison& comparison) {
  comparison.state_bytes = kept.bytes;
  if (kept.state == nullptr || expected == nullptr) {
    return;
  }
  TableMigration migration = CompareTables(kept.state->tables, expected->tables);
  if (!migration.refusal.empty()) {
    comparison.fate = OperatorFate::kRebuild;
    comparison.changes = {std::move(migration.refusal)};
  } else if (!migration.changes.empty()) {
    comparison.fate = OperatorFate::kMigrate;
    comparison.changes = std::move(migration.changes);
  }
}

std::string FormatBytes(int64_t bytes) {
  if (bytes < 10'240) {
    return fmt::format("{} B", bytes);
  }
  if (bytes < 10'485'760) {
    return fmt::format("{} KiB", bytes / 1024);
  }
  return fmt::format("{} MiB", bytes / 1'048'576);
}

}  // namespace

uint64_t ProgramFingerprint(const plan::JobGraph& graph) {
  std::vector<uint64_t> fingerprints;
  for (const plan::Node& node : graph.nodes) {
    if (!plan::IsPreparation(graph, node.id)) {
      fingerprints.push_back(node.fingerprint);
    }
  }
  std::sort(fingerprints.begin(), fingerprints.end());
  uint64_t whole = fingerprints.size();
  for (const uint64_t fingerprint : fingerprints) {
    whole = base::MixBits(whole + 0x9e3779b97f4a7c15ULL + fingerprint);
  }
  return whole;
}

void DescribeProgram(const plan::JobGraph& graph, ManifestHeader& header) {
  header.program_fingerprint = ProgramFingerprint(graph);
  header.num_key_groups = graph.num_key_groups;
  header.key_hash = std::string(data::kKeyHashId);
  header.key_hash_seed = 0;
  header.operators.clear();
  for (const plan::Node& node : graph.nodes) {
    if (plan::IsPreparation(graph, node.id)) {
      continue;
    }
    header.operators.push_back({.op = {node.fingerprint},
                                .name = node.name,
                                .description = node.description,
                                .parallelism = node.parallelism});
  }
}

const char* OperatorFateName(OperatorFate fate) {
  switch (fate) {
    case OperatorFate::kReuse:
      return "reuse";
    case OperatorFate::kMigrate:
      return "migrate";
    case OperatorFate::kRebuild:
      return "rebuild";
    case OperatorFate::kDropped:
      return "dropped";
  }
  return "";
}

bool ProgramComparison::AnyOf(OperatorFate fate) const {
  return std::any_of(operators.begin(), operators.end(),
                     [fate](const OperatorComparison& one) { return one.fate == fate; });
}

ProgramComparison CompareProgram(const Manifest& manifest,
                                 const plan::JobGraph& graph,
                                 const std::vector<rpc::OperatorState>& expected) {
  ProgramComparison comparison;
  comparison.same_program = manifest.header.program_fingerprint == ProgramFingerprint(graph);
  std::map<rpc::OperatorId, Kept> kept = WhatIsKept(manifest);
  for (const plan::Node& node : graph.nodes) {
    if (plan::IsPreparation(graph, node.id)) {
      continue;
    }
    const rpc::OperatorId op{node.fingerprint};
    OperatorComparison one{.op = op,
                           .name = node.name,
                           .description = node.description,
                           .fate = OperatorFate::kReuse,
                           .changes = {},
                           .state_bytes = 0};
    const auto found = kept.find(op);
    if (found != kept.end()) {
      CompareState(found->second, FindState(expected, op), one);
      kept.erase(found);
    } else if (KeepsSomething(node.spec) && !comparison.same_program) {
      one.fate = OperatorFate::kRebuild;
    } else {
      continue;
    }
    comparison.operators.push_back(std::move(one));
  }
  for (auto& [op, gone] : kept) {
    if (!IsOfTheQuery(manifest, op)) {
      continue;
    }
    comparison.operators.push_back({.op = op,
                                    .name = gone.name,
                                    .description = gone.description,
                                    .fate = OperatorFate::kDropped,
                                    .changes = {},
                                    .state_bytes = gone.bytes});
  }
  return comparison;
}

std::string DescribeComparison(const ProgramComparison& comparison) {
  std::string text;
  for (const OperatorComparison& one : comparison.operators) {
    text += fmt::format("  {:<8} {}", OperatorFateName(one.fate), one.name);
    if (!one.description.empty()) {
      text += fmt::format(" ({})", one.description);
    }
    if (one.state_bytes > 0) {
      text += fmt::format(": {} of state", FormatBytes(one.state_bytes));
    }
    text += "\n";
    for (const std::string& change : one.changes) {
      text += fmt::format("             {}\n", change);
    }
  }
  return text;
}

absl::Status CheckSameProgram(const ProgramComparison& comparison, const Manifest& manifest) {
  const bool loses = comparison.AnyOf(OperatorFate::kRebuild);
  if (comparison.same_program && !loses) {
    return absl::OkStatus();
  }
  const auto num_kept =
      std::count_if(comparison.operators.begin(), comparison.operators.end(), [](const auto& one) {
        return one.fate == OperatorFate::kReuse || one.fate == OperatorFate::kMigrate;
      });
  return absl::FailedPreconditionError(fmt::format(
      "checkpoint {} is of {}; {} operators of it can go on:\n{}Run with --force to keep these and "
      "begin the others anew, or name another state directory",
      manifest.header.epoch.value,
      comparison.same_program ? "a version of this program whose state has another form"
                              : "another program",
      num_kept, DescribeComparison(comparison)));
}

absl::Status CheckKeyGroups(const Manifest& manifest, const plan::JobGraph& graph) {
  const ManifestHeader& header = manifest.header;
  if (header.key_hash != data::kKeyHashId || header.key_hash_seed != 0) {
    return absl::FailedPreconditionError(fmt::format(
        "the keys of checkpoint {} are scattered by hash {} with seed {}, those of this laminar by "
        "{}: use the version that has written it ({})",
        header.epoch.value, header.key_hash, header.key_hash_seed, data::kKeyHashId,
        header.engine_version));
  }
  if (header.num_key_groups != graph.num_key_groups) {
    return absl::FailedPreconditionError(fmt::format(
        "checkpoint {} has {} key groups, the program {}: they cannot be changed once there is "
        "state",
        header.epoch.value, header.num_key_groups, graph.num_key_groups));
  }
  for (const plan::Node& node : graph.nodes) {
    if (node.parallelism > graph.num_key_groups) {
      return base::InvalidArgument(fmt::format(
          "{} has {} subtasks, but there are {} key groups: lower the parallelism to at most that",
          node.name, node.parallelism, graph.num_key_groups));
    }
  }
  return absl::OkStatus();
}

}  // namespace laminar::control
