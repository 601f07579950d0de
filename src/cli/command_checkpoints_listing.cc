#include "cli/command_checkpoints_listing.h"

#include <algorithm>
#include <limits>
#include <set>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "cli/human_format.h"
#include "formats/text/time_text.h"

namespace laminar::cli {
namespace {

constexpr int64_t kMicrosPerSecond = 1'000'000;

std::string Bytes(const GlobalOptions& global, int64_t bytes) {
  if (IsForPrograms(global)) {
    return std::to_string(bytes);
  }
  return bytes < 10'240 ? fmt::format("{} B", bytes) : FormatBytes(bytes);
}

std::string Count(const GlobalOptions& global, int64_t count) {
  return IsForPrograms(global) ? std::to_string(count) : FormatCount(count);
}

// `5 s`, `3 min`, `7 h`, `2 d`.
std::string FormatAge(int64_t micros) {
  const int64_t seconds = std::max<int64_t>(micros / kMicrosPerSecond, 0);
  if (seconds < 60) {
    return fmt::format("{} s", seconds);
  }
  if (seconds < 3600) {
    return fmt::format("{} min", seconds / 60);
  }
  return seconds < 48 * 3600 ? fmt::format("{} h", seconds / 3600)
                             : fmt::format("{} d", seconds / 86400);
}

std::string Age(const GlobalOptions& global, int64_t micros) {
  return IsForPrograms(global) ? std::to_string(micros / kMicrosPerSecond) : FormatAge(micros);
}

const char* HowItEnded(const control::ManifestHeader& header) {
  return header.finished ? "finished" : header.stopped ? "stopped" : "-";
}

// The name of the node that an operator is; its id where the checkpoint does not tell.
std::string NameOf(const control::Manifest& manifest, rpc::OperatorId op) {
  for (const control::OperatorParallelism& node : manifest.header.operators) {
    if (node.op == op) {
      return node.name;
    }
  }
  return fmt::format("{:016x}", op.fingerprint);
}

// `0-255`, `0-63, 128-191`.
std::string KeyGroups(const rpc::TableState& table) {
  std::set<std::pair<uint32_t, uint32_t>> ranges;
  for (const rpc::StateFile& file : table.files) {
    ranges.insert({file.key_group_begin, file.key_group_end});
  }
  std::vector<std::string> texts;
  for (const auto& [begin, end] : ranges) {
    texts.push_back(fmt::format("{}-{}", begin, end - 1));
  }
  return texts.empty() ? "-" : fmt::format("{}", fmt::join(texts, ", "));
}

Listing Operators(const GlobalOptions& global, const control::Manifest& manifest) {
  Listing listing{
      .columns = {"OPERATOR", "TABLE", "ROWS", "BYTES", "FILES", "KEY GROUPS", "DESCRIPTION"},
      .rows = {}};
  for (const rpc::OperatorState& state : manifest.operators) {
    for (const rpc::TableState& table : state.tables) {
      int64_t rows = 0;
      int64_t bytes = 0;
      for (const rpc::StateFile& file : table.files) {
        rows += file.num_rows;
        bytes += file.object.bytes;
      }
      listing.rows.push_back({state.name, table.name, Count(global, rows), Bytes(global, bytes),
                              std::to_string(table.files.size()), KeyGroups(table),
                              state.description});
    }
  }
  return listing;
}

Listing Sources(const control::Manifest& manifest) {
  Listing listing{.columns = {"SOURCE", "SPLIT", "POSITION", "WATERMARK", "ENDED"}, .rows = {}};
  for (const rpc::SourceState& source : manifest.sources) {
    const std::string watermark = FormatTime(source.watermark_micros);
    const std::string ended = source.ended ? "yes" : "no";
    for (const data::SplitPosition& split : source.splits) {
      listing.rows.push_back({source.name, split.split, split.position, watermark, ended});
    }
    if (source.splits.empty()) {
      listing.rows.push_back({source.name, "-", "-", watermark, ended});
    }
  }
  return listing;
}

Listing Sinks(const control::Manifest& manifest) {
  Listing listing{.columns = {"SINK", "SUBTASK", "COMMITS", "FIRST COMMIT"}, .rows = {}};
  for (const rpc::SinkState& sink : manifest.sinks) {
    listing.rows.push_back({sink.name, std::to_string(sink.subtask),
                            std::to_string(sink.commits.size()),
                            sink.commits.empty() ? "-" : sink.commits.front()});
  }
  return listing;
}

Listing Edges(const GlobalOptions& global, const control::Manifest& manifest) {
  Listing listing{.columns = {"FROM", "TO", "INPUT", "ROWS", "HASH"}, .rows = {}};
  for (const rpc::EdgeCount& edge : manifest.edges) {
    if (edge.sent) {
      listing.rows.push_back({NameOf(manifest, edge.from), NameOf(manifest, edge.to),
                              std::to_string(edge.input), Count(global, edge.num_rows),
                              fmt::format("{:016x}", edge.hash)});
    }
  }
  return listing;
}

std::string DescribeHeader(const GlobalOptions& global,
                           const app::Checkpoint& checkpoint,
                           const std::string& location) {
  const control::ManifestHeader& header = checkpoint.manifest.header;
  const control::ManifestFigures& figures = checkpoint.manifest.figures;
  std::string text = fmt::format("{} {} of {}\n", checkpoint.record ? "checkpoint" : "savepoint",
                                 checkpoint.id, location);
  const auto add = [&text](std::string_view name, const std::string& value) {
    text += fmt::format("  {:<12}{}\n", name, value);
  };
  add("pipeline", header.pipeline);
  add("epoch", fmt::format("{} of generation {}{}", header.epoch.value, header.generation.value,
                           header.parent ? fmt::format(", which went on from checkpoint {}",
                                                       header.parent->value)
                                         : ""));
  add("created",
      fmt::format("{} by laminar {}", FormatTime(header.created.micros), header.engine_version));
  if (checkpoint.record.has_value()) {
    add("committed", checkpoint.record->committed ? "yes" : "no");
  }
  add("end", header.finished  ? "finished: all sources have ended"
             : header.stopped ? "stopped: the last one before the job was stopped"
                              : "-");
  add("state", fmt::format("{}, {} of it written for this checkpoint",
                           Bytes(global, control::StateBytes(checkpoint.manifest)),
                           Bytes(global, figures.bytes_written)));
  add("times",
      fmt::format("cut at most {}, alignment at most {}", FormatMillis(figures.cut_nanos_max),
                  FormatMillis(figures.align_nanos_max)));
  add("key groups", fmt::format("{} by {}", header.num_key_groups, header.key_hash));
  return text;
}

}  // namespace

bool IsForPrograms(const GlobalOptions& global) {
  return !global.output.empty() && global.output != "table" && global.output != "wide";
}

std::string FormatTime(int64_t micros) {
  if (micros == std::numeric_limits<int64_t>::min() ||
      micros == std::numeric_limits<int64_t>::max()) {
    return "-";
  }
  char buffer[formats::kTimeTextBytesMax];
  formats::DateText date;
  const int64_t seconds = micros / kMicrosPerSecond - (micros % kMicrosPerSecond < 0 ? 1 : 0);
  const char* end = formats::WriteTimestamp(buffer, {.seconds = seconds, .nanos = 0}, ' ', date);
  return end == nullptr ? "-" : std::string(buffer, static_cast<size_t>(end - buffer));
}

Listing ListCheckpointRows(const GlobalOptions& global,
                           const std::vector<app::CheckpointSummary>& checkpoints,
                           base::WallTime now) {
  Listing listing{.columns = {"ID", "KIND", "EPOCH", "COMPLETED", "AGE", "GENERATION", "STATE",
                              "CHANGED", "OPERATORS", "FILES", "COMMITTED", "END"},
                  .rows = {}};
  for (const app::CheckpointSummary& one : checkpoints) {
    const std::string kind = one.savepoint ? "savepoint" : "checkpoint";
    if (!one.status.ok()) {
      listing.rows.push_back(
          {one.id, kind, "-", "-", "-", "-", "-", "-", "-", "-", "-", "damaged"});
      continue;
    }
    listing.rows.push_back({one.id, kind, std::to_string(one.header.epoch.value),
                            FormatTime(one.completed.micros),
                            Age(global, now.micros - one.completed.micros),
                            std::to_string(one.header.generation.value),
                            Bytes(global, one.state_bytes), Bytes(global, one.changed_bytes),
                            std::to_string(one.num_operators), std::to_string(one.num_files),
                            one.savepoint   ? "-"
                            : one.committed ? "yes"
                                            : "no",
                            HowItEnded(one.header)});
  }
  return listing;
}

absl::StatusOr<std::string> DescribeCheckpoint(const GlobalOptions& global,
                                               const app::Checkpoint& checkpoint,
                                               const std::string& location) {
  std::string text = DescribeHeader(global, checkpoint, location);
  for (const Listing& part : {Operators(global, checkpoint.manifest), Sources(checkpoint.manifest),
                              Sinks(checkpoint.manifest), Edges(global, checkpoint.manifest)}) {
    if (!part.rows.empty()) {
      LAMINAR_ASSIGN_OR_RETURN(const std::string rows, RenderListing(global, part));
      text += "\n" + rows;
    }
  }
  return text;
}

Listing ListComparison(const GlobalOptions& global, const control::ProgramComparison& comparison) {
  Listing listing{.columns = {"OPERATOR", "FATE", "STATE", "DESCRIPTION", "CHANGES"}, .rows = {}};
  for (const control::OperatorComparison& one : comparison.operators) {
    listing.rows.push_back({one.name, control::OperatorFateName(one.fate),
                            Bytes(global, one.state_bytes), one.description,
                            fmt::format("{}", fmt::join(one.changes, "; "))});
  }
  return listing;
}

}  // namespace laminar::cli
