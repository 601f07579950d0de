#include "plan/job_graph.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

namespace laminar::plan {

std::vector<Edge> JobGraph::InputsOf(NodeId id) const {
  std::vector<Edge> inputs;
  for (const Edge& edge : edges) {
    if (edge.to == id) {
      inputs.push_back(edge);
    }
  }
  std::sort(inputs.begin(), inputs.end(),
            [](const Edge& a, const Edge& b) { return a.input < b.input; });
  return inputs;
}

std::vector<Edge> JobGraph::OutputsOf(NodeId id) const {
  std::vector<Edge> outputs;
  for (const Edge& edge : edges) {
    if (edge.from == id) {
      outputs.push_back(edge);
    }
  }
  return outputs;
}

const char* NodeKindName(const NodeSpec& spec) {
  static constexpr std::array<const char*, std::variant_size_v<NodeSpec>> kNames = {
      "source",           "project",       "filter",      "unnest",          "union",
      "window_aggregate", "window_assign", "window_join", "window_function", "sink"};
  return kNames[spec.index()];
}

std::string FormatDuration(data::Duration duration) {
  static constexpr std::array<std::pair<const char*, int64_t>, 6> kUnits = {{
      {"day", 86'400'000'000},
      {"h", 3'600'000'000},
      {"min", 60'000'000},
      {"s", 1'000'000},
      {"ms", 1'000},
      {"us", 1},
  }};
  if (duration.micros == 0) {
    return "0 s";
  }
  std::string text = duration.micros < 0 ? "-" : "";
  // Unsigned, so that the least value has a magnitude.
  uint64_t rest = duration.micros < 0 ? 0 - static_cast<uint64_t>(duration.micros)
                                      : static_cast<uint64_t>(duration.micros);
  bool first = true;
  for (const auto& [unit, micros] : kUnits) {
    const uint64_t amount = rest / static_cast<uint64_t>(micros);
    rest %= static_cast<uint64_t>(micros);
    if (amount == 0) {
      continue;
    }
    text += (first ? "" : " ") + std::to_string(amount) + " " + unit;
    first = false;
  }
  return text;
}

std::string WindowSpec::ToString() const {
  std::string text;
  switch (kind) {
    case Kind::kTumble:
      text = "tumble(" + FormatDuration(width);
      break;
    case Kind::kHop:
      text = "hop(" + FormatDuration(slide) + ", " + FormatDuration(width);
      break;
    case Kind::kSession:
      text = "session(" + FormatDuration(width);
      break;
    case Kind::kCumulate:
      text = "cumulate(" + FormatDuration(slide) + ", " + FormatDuration(width);
      break;
  }
  if (offset.micros != 0) {
    text += ", offset " + FormatDuration(offset);
  }
  return text + ")";
}

}  // namespace laminar::plan
