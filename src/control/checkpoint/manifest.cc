#include "control/checkpoint/manifest.h"

#include <algorithm>
#include <map>
#include <tuple>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"

namespace laminar::control {

namespace {

using EdgeKey = std::tuple<rpc::OperatorId, rpc::OperatorId, int, bool>;

EdgeKey KeyOf(const rpc::EdgeCount& edge) { return {edge.from, edge.to, edge.input, edge.sent}; }

// Takes the files of one subtask's table along with those of the others. The rows of subtasks have
// different key groups, so only the order of the files within a subtask counts.
void MergeTable(const rpc::TableState& table, rpc::OperatorState& whole) {
  const auto found = std::find_if(whole.tables.begin(), whole.tables.end(),
                                  [&](const auto& other) { return other.name == table.name; });
  if (found == whole.tables.end()) {
    whole.tables.push_back(table);
    return;
  }
  LAMINAR_ASSERT(found->version == table.version && found->sliced == table.sliced, table.version);
  LAMINAR_ASSERT(found->keys == table.keys && found->values == table.values, table.keys.size());
  found->files.insert(found->files.end(), table.files.begin(), table.files.end());
}

std::vector<rpc::OperatorState> MergeOperators(const std::vector<rpc::TaskSnapshot>& snapshots) {
  std::map<rpc::OperatorId, rpc::OperatorState> merged;
  for (const rpc::TaskSnapshot& snapshot : snapshots) {
    for (const rpc::OperatorState& part : snapshot.operators) {
      if (part.tables.empty()) {
        continue;  // it has no state
      }
      auto& whole = merged
                        .try_emplace(part.op, rpc::OperatorState{.op = part.op,
                                                                 .name = part.name,
                                                                 .description = part.description,
                                                                 .tables = {}})
                        .first->second;
      for (const rpc::TableState& table : part.tables) {
        MergeTable(table, whole);
      }
    }
  }
  std::vector<rpc::OperatorState> operators;
  for (auto& [op, state] : merged) {
    operators.push_back(std::move(state));
  }
  return operators;
}

// A subtask that has ended holds nothing back; of those that have all ended, the last word counts.
void MergeSource(const rpc::SourceState& part, rpc::SourceState& whole) {
  whole.splits.insert(whole.splits.end(), part.splits.begin(), part.splits.end());
  if (whole.ended == part.ended) {
    whole.watermark_micros = part.ended ? std::max(whole.watermark_micros, part.watermark_micros)
                                        : std::min(whole.watermark_micros, part.watermark_micros);
  } else if (whole.ended) {
    whole.watermark_micros = part.watermark_micros;
  }
  whole.ended = whole.ended && part.ended;
}

std::vector<rpc::SourceState> MergeSources(const std::vector<rpc::TaskSnapshot>& snapshots) {
  std::map<rpc::OperatorId, rpc::SourceState> merged;
  for (const rpc::TaskSnapshot& snapshot : snapshots) {
    if (!snapshot.source.has_value()) {
      continue;
    }
    const auto [whole, is_new] = merged.try_emplace(snapshot.source->op, *snapshot.source);
    if (!is_new) {
      MergeSource(*snapshot.source, whole->second);
    }
  }
  std::vector<rpc::SourceState> sources;
  for (auto& [op, source] : merged) {
    std::sort(source.splits.begin(), source.splits.end(),
              [](const auto& a, const auto& b) { return a.split < b.split; });
    sources.push_back(std::move(source));
  }
  return sources;
}

std::vector<rpc::EdgeCount> MergeEdges(const std::vector<rpc::TaskSnapshot>& snapshots) {
  std::map<EdgeKey, rpc::EdgeCount> merged;
  for (const rpc::TaskSnapshot& snapshot : snapshots) {
    for (const rpc::EdgeCount& part : snapshot.edges) {
      const auto [whole, is_new] = merged.try_emplace(KeyOf(part), part);
      if (!is_new) {
        whole->second.num_rows += part.num_rows;
        whole->second.hash += part.hash;
      }
    }
  }
  std::vector<rpc::EdgeCount> edges;
  for (const auto& [key, edge] : merged) {
    edges.push_back(edge);
  }
  return edges;
}

std::string OperatorName(const Manifest& manifest, rpc::OperatorId op) {
  for (const OperatorParallelism& node : manifest.header.operators) {
    if (node.op == op) {
      return node.name;
    }
  }
  return fmt::format("{:016x}", op.fingerprint);
}

// A split that two subtasks read gives rows twice.
absl::Status CheckSplits(const rpc::SourceState& source) {
  const auto twice =
      std::adjacent_find(source.splits.begin(), source.splits.end(),
                         [](const auto& a, const auto& b) { return a.split == b.split; });
  if (twice != source.splits.end()) {
    return base::Internal(
        fmt::format("two subtasks of {} have read one split: {}", source.name, twice->split));
  }
  return absl::OkStatus();
}

}  // namespace

std::string ManifestKey(data::Generation generation, data::Epoch epoch) {
  return fmt::format("manifests/g{}-e{}.json", generation.value, epoch.value);
}

Manifest BuildManifest(const ManifestHeader& header,
                       const std::vector<rpc::TaskSnapshot>& snapshots) {
  Manifest manifest;
  manifest.header = header;
  for (const rpc::TaskSnapshot& snapshot : snapshots) {
    LAMINAR_ASSERT(snapshot.generation == header.generation, snapshot.generation.value);
    LAMINAR_ASSERT(
        snapshot.epoch == header.epoch || (snapshot.ended && snapshot.epoch < header.epoch),
        snapshot.epoch.value);
    if (snapshot.sink.has_value()) {
      manifest.sinks.push_back(*snapshot.sink);
    }
    if (snapshot.epoch == header.epoch) {
      ManifestFigures& figures = manifest.figures;
      figures.bytes_written += snapshot.bytes_written;
      figures.cut_nanos_max = std::max(figures.cut_nanos_max, snapshot.cut_nanos);
      figures.align_nanos_max = std::max(figures.align_nanos_max, snapshot.align_nanos);
    }
  }
  std::sort(manifest.sinks.begin(), manifest.sinks.end(), [](const auto& a, const auto& b) {
    return std::tie(a.op, a.subtask) < std::tie(b.op, b.subtask);
  });
  manifest.operators = MergeOperators(snapshots);
  manifest.sources = MergeSources(snapshots);
  manifest.edges = MergeEdges(snapshots);
  return manifest;
}

absl::Status CheckAuditLedger(const Manifest& manifest) {
  for (const rpc::SourceState& source : manifest.sources) {
    LAMINAR_RETURN_IF_ERROR(CheckSplits(source));
  }
  std::map<EdgeKey, rpc::EdgeCount> counts;
  for (const rpc::EdgeCount& edge : manifest.edges) {
    counts[KeyOf(edge)] = edge;
  }
  for (const auto& [key, edge] : counts) {
    rpc::EdgeCount other = edge;
    other.sent = !edge.sent;
    const auto found = counts.find(KeyOf(other));
    const rpc::EdgeCount met = found == counts.end() ? rpc::EdgeCount() : found->second;
    if (met.num_rows == edge.num_rows && met.hash == edge.hash) {
      continue;
    }
    const rpc::EdgeCount& sent = edge.sent ? edge : met;
    const rpc::EdgeCount& received = edge.sent ? met : edge;
    return base::Internal(fmt::format(
        "the ledger of epoch {} does not balance: {} sent {} rows (hash {:016x}) to input {} of "
        "{}, which received {} (hash {:016x})",
        manifest.header.epoch.value, OperatorName(manifest, edge.from), sent.num_rows, sent.hash,
        edge.input, OperatorName(manifest, edge.to), received.num_rows, received.hash));
  }
  return absl::OkStatus();
}

std::vector<rpc::StoredObject> ReachableObjects(const Manifest& manifest) {
  std::map<std::string, rpc::StoredObject> objects;
  for (const rpc::OperatorState& state : manifest.operators) {
    for (const rpc::TableState& table : state.tables) {
      for (const rpc::StateFile& file : table.files) {
        objects.try_emplace(file.object.key, file.object);
      }
    }
  }
  std::vector<rpc::StoredObject> sorted;
  for (auto& [key, object] : objects) {
    sorted.push_back(std::move(object));
  }
  return sorted;
}

std::vector<rpc::SinkCommit> PendingCommits(const Manifest& manifest) {
  std::vector<rpc::SinkCommit> commits;
  for (const rpc::SinkState& sink : manifest.sinks) {
    for (const std::string& commit : sink.commits) {
      commits.push_back({.op = sink.op, .subtask = sink.subtask, .commit = commit});
    }
  }
  return commits;
}

int64_t StateBytes(const Manifest& manifest) {
  int64_t bytes = 0;
  for (const rpc::StoredObject& object : ReachableObjects(manifest)) {
    bytes += object.bytes;
  }
  return bytes;
}

}  // namespace laminar::control
