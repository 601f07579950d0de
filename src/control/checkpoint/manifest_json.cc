// The bytes of a manifest: the two directions side by side.
#include <utility>

#include <fmt/format.h>

#include "control/checkpoint/manifest.h"
#include "control/metadata/json_fields.h"
#include "control/metadata/sealed_json.h"

namespace laminar::control {

namespace {

using Json = nlohmann::ordered_json;

// Bytes of one object, beyond what any store takes; keeps sums in range.
constexpr int64_t kObjectBytesMax = int64_t{1} << 43;

template <typename T, typename ToJson>
Json ArrayOf(const std::vector<T>& values, const ToJson& to_json) {
  Json array = Json::array();
  for (const T& value : values) {
    array.push_back(to_json(value));
  }
  return array;
}

Json IdToJson(rpc::OperatorId op) { return HashToJson(op.fingerprint); }

rpc::OperatorId IdFromJson(JsonFields& fields, const char* name) { return {fields.Hash(name)}; }

// --- The header

Json ParallelismToJson(const OperatorParallelism& node) {
  Json json = {{"operator", IdToJson(node.op)},
               {"name", TextToJson(node.name)},
               {"description", TextToJson(node.description)},
               {"parallelism", node.parallelism}};
  if (node.kin != 0) {
    json["kin"] = HashToJson(node.kin);
  }
  return json;
}

OperatorParallelism ParallelismFromJson(JsonFields& fields) {
  OperatorParallelism node;
  node.op = IdFromJson(fields, "operator");
  node.name = fields.Text("name");
  node.description = fields.Text("description");
  node.parallelism = static_cast<int>(fields.Integer("parallelism", 1, INT32_MAX));
  if (fields.Has("kin")) {
    node.kin = fields.Hash("kin");
  }
  return node;
}

void HeaderToJson(const ManifestHeader& header, Json& json) {
  json["engine_version"] = TextToJson(header.engine_version);
  json["pipeline"] = TextToJson(header.pipeline);
  json["generation"] = header.generation.value;
  json["epoch"] = header.epoch.value;
  if (header.parent.has_value()) {
    json["parent"] = header.parent->value;
  }
  json["savepoint"] = TextToJson(header.savepoint);
  json["created_micros"] = header.created.micros;
  json["finished"] = header.finished;
  json["stopped"] = header.stopped;
  json["program"] = HashToJson(header.program_fingerprint);
  json["sql"] = TextToJson(header.sql);
  json["num_key_groups"] = header.num_key_groups;
  json["key_hash"] = TextToJson(header.key_hash);
  json["key_hash_seed"] = HashToJson(header.key_hash_seed);
  json["nodes"] = ArrayOf(header.operators, ParallelismToJson);
}

ManifestHeader HeaderFromJson(JsonFields& fields) {
  ManifestHeader header;
  header.engine_version = fields.Text("engine_version");
  header.pipeline = fields.Text("pipeline");
  header.generation.value = fields.Integer("generation", 1);
  header.epoch.value = fields.Integer("epoch", 1);
  if (fields.Has("parent")) {
    header.parent = data::Epoch{fields.Integer("parent", 1)};
  }
  header.savepoint = fields.Text("savepoint");
  header.created.micros = fields.Integer("created_micros");
  header.finished = fields.Flag("finished");
  header.stopped = fields.Flag("stopped");
  header.program_fingerprint = fields.Hash("program");
  header.sql = fields.Text("sql");
  header.num_key_groups = static_cast<int>(fields.Integer("num_key_groups", 1, INT32_MAX));
  header.key_hash = fields.Text("key_hash");
  header.key_hash_seed = fields.Hash("key_hash_seed");
  fields.EachObject("nodes", [&header](JsonFields& node) {
    header.operators.push_back(ParallelismFromJson(node));
  });
  return header;
}

// --- State

Json FileToJson(const rpc::StateFile& file) {
  return {{"object", TextToJson(file.object.key)},
          {"bytes", file.object.bytes},
          {"crc32c", file.object.crc32c},
          {"epoch", file.epoch.value},
          {"key_groups", {file.key_group_begin, file.key_group_end}},
          {"rows", file.num_rows}};
}

rpc::StateFile FileFromJson(JsonFields& fields) {
  rpc::StateFile file;
  file.object.key = fields.Text("object");
  file.object.bytes = fields.Integer("bytes", 0, kObjectBytesMax);
  file.object.crc32c = static_cast<uint32_t>(fields.Integer("crc32c", 0, UINT32_MAX));
  file.epoch.value = fields.Integer("epoch", 1);
  std::vector<uint32_t> range = fields.Unsigned32s("key_groups", 2);
  file.key_group_begin = range[0];
  file.key_group_end = range[1];
  file.num_rows = fields.Integer("rows", 0);
  return file;
}

Json ColumnToJson(const rpc::StateColumn& column) {
  Json json = {{"name", TextToJson(column.name)},
               {"type", TextToJson(column.type)},
               {"nullable", column.nullable}};
  if (column.origin != 0) {
    json["origin"] = HashToJson(column.origin);
  }
  return json;
}

rpc::StateColumn ColumnFromJson(JsonFields& fields) {
  rpc::StateColumn column;
  column.name = fields.Text("name");
  column.type = fields.Text("type");
  column.nullable = fields.Flag("nullable");
  if (fields.Has("origin")) {
    column.origin = fields.Hash("origin");
  }
  return column;
}

Json TableToJson(const rpc::TableState& table) {
  return {{"name", TextToJson(table.name)},
          {"version", table.version},
          {"sliced", table.sliced},
          {"keys", ArrayOf(table.keys, ColumnToJson)},
          {"values", ArrayOf(table.values, ColumnToJson)},
          {"files", ArrayOf(table.files, FileToJson)}};
}

rpc::TableState TableFromJson(JsonFields& fields) {
  rpc::TableState table;
  table.name = fields.Text("name");
  table.version = static_cast<int>(fields.Integer("version", 0, INT32_MAX));
  table.sliced = fields.Flag("sliced");
  fields.EachObject("keys", [&](JsonFields& key) { table.keys.push_back(ColumnFromJson(key)); });
  fields.EachObject("values",
                    [&](JsonFields& value) { table.values.push_back(ColumnFromJson(value)); });
  fields.EachObject("files", [&](JsonFields& file) { table.files.push_back(FileFromJson(file)); });
  return table;
}

Json OperatorToJson(const rpc::OperatorState& state) {
  return {{"operator", IdToJson(state.op)},
          {"name", TextToJson(state.name)},
          {"description", TextToJson(state.description)},
          {"tables", ArrayOf(state.tables, TableToJson)}};
}

rpc::OperatorState OperatorFromJson(JsonFields& fields) {
  rpc::OperatorState state;
  state.op = IdFromJson(fields, "operator");
  state.name = fields.Text("name");
  state.description = fields.Text("description");
  fields.EachObject("tables",
                    [&](JsonFields& table) { state.tables.push_back(TableFromJson(table)); });
  return state;
}

// --- Sources, sinks, edges

Json SourceToJson(const rpc::SourceState& source) {
  return {{"operator", IdToJson(source.op)},
          {"name", TextToJson(source.name)},
          {"watermark_micros", source.watermark_micros},
          {"ended", source.ended},
          {"splits", ArrayOf(source.splits, [](const data::SplitPosition& split) {
             return Json{{"split", TextToJson(split.split)},
                         {"position", TextToJson(split.position)}};
           })}};
}

rpc::SourceState SourceFromJson(JsonFields& fields) {
  rpc::SourceState source;
  source.op = IdFromJson(fields, "operator");
  source.name = fields.Text("name");
  source.watermark_micros = fields.Integer("watermark_micros");
  source.ended = fields.Flag("ended");
  fields.EachObject("splits", [&source](JsonFields& split) {
    source.splits.push_back({.split = split.Text("split"), .position = split.Text("position")});
  });
  return source;
}

Json SinkToJson(const rpc::SinkState& sink) {
  return {{"operator", IdToJson(sink.op)},
          {"name", TextToJson(sink.name)},
          {"subtask", sink.subtask},
          {"state", TextToJson(sink.state)},
          {"commits", ArrayOf(sink.commits, TextToJson)}};
}

rpc::SinkState SinkFromJson(JsonFields& fields) {
  rpc::SinkState sink;
  sink.op = IdFromJson(fields, "operator");
  sink.name = fields.Text("name");
  sink.subtask = static_cast<int>(fields.Integer("subtask", 0, INT32_MAX));
  sink.state = fields.Text("state");
  fields.Each("commits", [&](const Json& commit) {
    sink.commits.push_back(fields.TextOf(commit, "commits"));
  });
  return sink;
}

Json EdgeToJson(const rpc::EdgeCount& edge) {
  return {{"from", IdToJson(edge.from)}, {"to", IdToJson(edge.to)},
          {"input", edge.input},         {"sent", edge.sent},
          {"rows", edge.num_rows},       {"hash", HashToJson(edge.hash)}};
}

rpc::EdgeCount EdgeFromJson(JsonFields& fields) {
  rpc::EdgeCount edge;
  edge.from = IdFromJson(fields, "from");
  edge.to = IdFromJson(fields, "to");
  edge.input = static_cast<int>(fields.Integer("input", 0, INT32_MAX));
  edge.sent = fields.Flag("sent");
  edge.num_rows = fields.Integer("rows", 0);
  edge.hash = fields.Hash("hash");
  return edge;
}

Json FiguresToJson(const ManifestFigures& figures) {
  return {{"bytes_written", figures.bytes_written},
          {"cut_nanos_max", figures.cut_nanos_max},
          {"align_nanos_max", figures.align_nanos_max}};
}

ManifestFigures FiguresFromJson(JsonFields& fields) {
  ManifestFigures figures;
  figures.bytes_written = fields.Integer("bytes_written");
  figures.cut_nanos_max = fields.Integer("cut_nanos_max");
  figures.align_nanos_max = fields.Integer("align_nanos_max");
  return figures;
}

Manifest ManifestFromJson(JsonFields& fields) {
  Manifest manifest;
  manifest.header = HeaderFromJson(fields);
  fields.EachObject("operators", [&](JsonFields& state) {
    manifest.operators.push_back(OperatorFromJson(state));
  });
  fields.EachObject(
      "sources", [&](JsonFields& source) { manifest.sources.push_back(SourceFromJson(source)); });
  fields.EachObject("sinks",
                    [&](JsonFields& sink) { manifest.sinks.push_back(SinkFromJson(sink)); });
  fields.EachObject("edges",
                    [&](JsonFields& edge) { manifest.edges.push_back(EdgeFromJson(edge)); });
  fields.Object("figures",
                [&](JsonFields& figures) { manifest.figures = FiguresFromJson(figures); });
  return manifest;
}

// What the rest of the program relies on, and no sum of checks can tell: a range of key groups that
// is one.
absl::Status CheckRanges(const Manifest& manifest) {
  for (const rpc::OperatorState& state : manifest.operators) {
    for (const rpc::TableState& table : state.tables) {
      for (const rpc::StateFile& file : table.files) {
        if (file.key_group_begin > file.key_group_end ||
            file.key_group_end > static_cast<uint32_t>(manifest.header.num_key_groups)) {
          return base::InvalidArgument(
              fmt::format("key groups {} to {} of {} are none of {}", file.key_group_begin,
                          file.key_group_end, file.object.key, manifest.header.num_key_groups));
        }
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace

std::string EncodeManifest(const Manifest& manifest) {
  Json json = {{"format_version", manifest.format_version}};
  HeaderToJson(manifest.header, json);
  json["operators"] = ArrayOf(manifest.operators, OperatorToJson);
  json["sources"] = ArrayOf(manifest.sources, SourceToJson);
  json["sinks"] = ArrayOf(manifest.sinks, SinkToJson);
  json["edges"] = ArrayOf(manifest.edges, EdgeToJson);
  json["figures"] = FiguresToJson(manifest.figures);
  return SealJson(json);
}

absl::StatusOr<Manifest> DecodeManifest(std::string_view bytes, std::string_view name) {
  LAMINAR_ASSIGN_OR_RETURN(const Json json, OpenSealedJson(bytes, name));
  absl::Status error;
  JsonFields fields(json, error);
  const int64_t version = fields.Integer("format_version", 1, INT32_MAX);
  if (error.ok() && version > kManifestFormatVersion) {
    return absl::FailedPreconditionError(
        fmt::format("{} was written by a later version of laminar: its format is {}, this program "
                    "reads up to {}; use the later version",
                    name, version, kManifestFormatVersion));
  }
  Manifest manifest = ManifestFromJson(fields);
  manifest.format_version = static_cast<int>(version);
  if (error.ok()) {
    error = CheckRanges(manifest);
  }
  if (!error.ok()) {
    return base::DataLoss(fmt::format("{} is damaged: {}", name, base::FromAbsl(error.message())));
  }
  return manifest;
}

}  // namespace laminar::control
