// JobGraph::ToJson.
#include <array>
#include <cinttypes>
#include <cstdio>
#include <string>

#include "nlohmann/json.hpp"

#include "plan/job_graph.h"

namespace laminar::plan {
namespace {

using Json = nlohmann::ordered_json;

const char* ModeName(ChangelogMode mode) {
  switch (mode) {
    case ChangelogMode::kAppend:
      return "append";
    case ChangelogMode::kRetract:
      return "retract";
    case ChangelogMode::kUpsert:
      return "upsert";
  }
  return "?";
}

const char* PartitioningName(Partitioning::Kind kind) {
  switch (kind) {
    case Partitioning::Kind::kForward:
      return "forward";
    case Partitioning::Kind::kHash:
      return "hash";
    case Partitioning::Kind::kBroadcast:
      return "broadcast";
    case Partitioning::Kind::kRebalance:
      return "rebalance";
  }
  return "?";
}

Json NodeToJson(const Node& node) {
  Json columns = Json::array();
  for (size_t i = 0; i < node.output.num_visible_columns(); ++i) {
    const data::Field& field = node.output.fields[i];
    columns.push_back({{"name", field.name}, {"type", field.type.ToString()}});
  }
  // Hexadecimal text: JSON readers lose the low bits of large numbers.
  std::array<char, 17> fingerprint{};
  std::snprintf(fingerprint.data(), fingerprint.size(), "%016" PRIx64, node.fingerprint);
  return {
      {"id", node.id.value},
      {"name", node.name},
      {"kind", NodeKindName(node.spec)},
      {"description", node.description},
      {"parallelism", node.parallelism},
      {"mode", ModeName(node.output_mode)},
      {"columns", std::move(columns)},
      {"event_time", node.output.has_event_time},
      {"fingerprint", fingerprint.data()},
      {"sql_offset", node.sql_offset},
  };
}

Json EdgeToJson(const JobGraph& graph, const Edge& edge) {
  Json columns = Json::array();
  for (const size_t column : edge.partitioning.columns) {
    columns.push_back(graph.node(edge.from).output.fields[column].name);
  }
  return {
      {"from", edge.from.value},       {"to", edge.to.value},
      {"input", edge.input},           {"partitioning", PartitioningName(edge.partitioning.kind)},
      {"columns", std::move(columns)},
  };
}

}  // namespace

std::string JobGraph::ToJson() const {
  Json json = {{"name", name}, {"key_groups", num_key_groups}};
  json["nodes"] = Json::array();
  for (const Node& node : nodes) {
    json["nodes"].push_back(NodeToJson(node));
  }
  json["edges"] = Json::array();
  for (const Edge& edge : edges) {
    json["edges"].push_back(EdgeToJson(*this, edge));
  }
  // Names may hold bytes that are not UTF-8; they are replaced, never thrown over.
  return json.dump(2, ' ', false, Json::error_handler_t::replace);
}

}  // namespace laminar::plan
