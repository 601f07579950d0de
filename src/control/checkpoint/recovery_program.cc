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
  uint64_t kin = 0;  // 0: not known
  const rpc::OperatorState* state = nullptr;
  int64_t bytes = 0;
};

using KeptOperators = std::map<rpc::OperatorId, Kept>;

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

KeptOperators WhatIsKept(const Manifest& manifest) {
  KeptOperators kept;
  for (const rpc::OperatorState& state : manifest.operators) {
    if (state.tables.empty()) {
      continue;
    }
    kept[state.op] = {.name = state.name,
                      .description = state.description,
                      .kin = 0,
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
    if (found == kept.end()) {
      continue;
    }
    found->second.kin = node.kin;
    if (found->second.description.empty()) {
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

// Compares what is kept of an operator with what the program's has.
void CompareState(rpc::OperatorId kept_as,
                  const Kept& kept,
                  const rpc::OperatorState* expected,
                  OperatorComparison& comparison) {
  comparison.state_bytes = kept.bytes;
  comparison.kept_as = kept_as;
  comparison.fate = OperatorFate::kReuse;
  if (kept.state == nullptr || expected == nullptr) {
    return;
  }
  TableMigration migration = CompareTables(kept.state->tables, expected->tables);
  if (!migration.refusal.empty()) {
    comparison.kept_as.reset();
    comparison.fate = OperatorFate::kRebuild;
    comparison.changes = {std::move(migration.refusal)};
  } else if (!migration.changes.empty()) {
    comparison.fate = OperatorFate::kMigrate;
    comparison.changes = std::move(migration.changes);
  }
}

// Looks for state that an operator can take over which the checkpoint does not know: that of its
// kin which can be migrated; else says why that of the first cannot.
void FindKin(uint64_t kin,
             const rpc::OperatorState& expected,
             KeptOperators& kept,
             OperatorComparison& comparison) {
  auto found = kept.end();
  for (auto candidate = kept.begin(); candidate != kept.end(); ++candidate) {
    if (candidate->second.kin != kin || candidate->second.state == nullptr) {
      continue;
    }
    const bool fits =
        CompareTables(candidate->second.state->tables, expected.tables).refusal.empty();
    if (fits || found == kept.end()) {
      found = candidate;
    }
    if (fits) {
      break;
    }
  }
  if (found != kept.end()) {
    CompareState(found->first, found->second, &expected, comparison);
    kept.erase(found);
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
  std::vector<uint64_t> results;
  const std::vector<plan::NodeIdentity> identities = plan::IdentifyNodes(graph);
  for (const plan::Node& node : graph.nodes) {
    if (std::holds_alternative<plan::SinkSpec>(node.spec)) {
      results.push_back(identities[node.id.value].result);
    }
  }
  std::sort(results.begin(), results.end());
  uint64_t whole = results.size();
  for (const uint64_t result : results) {
    whole = base::MixBits(whole + 0x9e3779b97f4a7c15ULL + result);
  }
  return whole;
}

void DescribeProgram(const plan::JobGraph& graph, ManifestHeader& header) {
  header.program_fingerprint = ProgramFingerprint(graph);
  header.num_key_groups = graph.num_key_groups;
  header.key_hash = std::string(data::kKeyHashId);
  header.key_hash_seed = 0;
  header.operators.clear();
  const std::vector<plan::NodeIdentity> identities = plan::IdentifyNodes(graph);
  for (const plan::Node& node : graph.nodes) {
    if (plan::IsPreparation(graph, node.id)) {
      continue;
    }
    header.operators.push_back({.op = {node.fingerprint},
                                .name = node.name,
                                .description = node.description,
                                .parallelism = node.parallelism,
                                .kin = identities[node.id.value].kin});
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
  KeptOperators kept = WhatIsKept(manifest);
  std::vector<std::pair<size_t, uint64_t>> unknown;  // positions, and their kin
  const std::vector<plan::NodeIdentity> identities = plan::IdentifyNodes(graph);
  for (const plan::Node& node : graph.nodes) {
    if (plan::IsPreparation(graph, node.id)) {
      continue;
    }
    const rpc::OperatorId op{node.fingerprint};
    OperatorComparison one{.op = op,
                           .kept_as = {},
                           .name = node.name,
                           .description = node.description,
                           .fate = OperatorFate::kRebuild,
                           .changes = {},
                           .state_bytes = 0};
    const auto found = kept.find(op);
    if (found != kept.end()) {
      CompareState(op, found->second, FindState(expected, op), one);
      kept.erase(found);
    } else if (KeepsSomething(node.spec) && !IsOfTheQuery(manifest, op)) {
      unknown.emplace_back(comparison.operators.size(), identities[node.id.value].kin);
    } else {
      continue;
    }
    comparison.operators.push_back(std::move(one));
  }
  for (const auto& [position, kin] : unknown) {
    OperatorComparison& one = comparison.operators[position];
    if (const rpc::OperatorState* tables = FindState(expected, one.op)) {
      FindKin(kin, *tables, kept, one);
    }
  }
  for (auto& [op, gone] : kept) {
    if (!IsOfTheQuery(manifest, op)) {
      continue;
    }
    comparison.operators.push_back({.op = op,
                                    .kept_as = {},
                                    .name = gone.name,
                                    .description = gone.description,
                                    .fate = OperatorFate::kDropped,
                                    .changes = {},
                                    .state_bytes = gone.bytes});
  }
  return comparison;
}

std::vector<rpc::OperatorState> MigrateState(const Manifest& manifest,
                                             const ProgramComparison& comparison,
                                             const std::vector<rpc::OperatorState>& expected) {
  std::map<rpc::OperatorId, const OperatorComparison*> takers;
  for (const OperatorComparison& one : comparison.operators) {
    if (one.kept_as.has_value()) {
      takers[*one.kept_as] = &one;
    }
  }
  std::vector<rpc::OperatorState> states;
  for (const rpc::OperatorState& kept : manifest.operators) {
    const auto taker = takers.find(kept.op);
    if (taker == takers.end()) {
      continue;
    }
    rpc::OperatorState state = kept;
    state.op = taker->second->op;
    if (const rpc::OperatorState* wanted = FindState(expected, state.op)) {
      state.tables.clear();
      for (const rpc::TableState& table : wanted->tables) {
        if (const rpc::TableState* stored = FindTable(kept.tables, table.name)) {
          state.tables.push_back(MigrateTable(*stored, table));
        }
      }
    }
    states.push_back(std::move(state));
  }
  return states;
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
