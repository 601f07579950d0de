#include "connectors/api/staged_names.h"

#include <charconv>

namespace laminar::connectors {
namespace {

std::string SinkPrefix(std::string_view prefix, const SinkIdentity& identity) {
  std::string text = ".";
  if (!prefix.empty()) {
    text += std::string(prefix) + ".";
  }
  return text + identity.pipeline + "." + identity.sink + ".g";
}

}  // namespace

std::string StagedPrefix(std::string_view prefix, const SinkIdentity& identity) {
  return SinkPrefix(prefix, identity) + std::to_string(identity.generation.value) + ".";
}

std::optional<data::Generation> StagedGeneration(std::string_view name,
                                                 std::string_view prefix,
                                                 const SinkIdentity& identity) {
  const std::string start = SinkPrefix(prefix, identity);
  if (!name.starts_with(start)) {
    return std::nullopt;
  }
  name.remove_prefix(start.size());
  data::Generation generation;
  const auto [end, error] =
      std::from_chars(name.data(), name.data() + name.size(), generation.value);
  if (error != std::errc() || end == name.data() + name.size() || *end != '.') {
    return std::nullopt;
  }
  return generation;
}

}  // namespace laminar::connectors
