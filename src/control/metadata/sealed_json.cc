#include "control/metadata/sealed_json.h"

#include <fmt/format.h>

#include "base/assert.h"
#include "base/crc32c.h"

namespace laminar::control {

namespace {

// Of one length and one spelling: a flip anywhere in it makes it another text.
std::string Seal(std::string_view text) {
  return fmt::format(",\"crc32c\":\"{:08x}\"}}\n", base::Crc32c(text));
}

}  // namespace

std::string SealText(std::string_view text) {
  std::string sealed(text);
  sealed += Seal(text);
  return sealed;
}

std::string SealJson(const nlohmann::ordered_json& object) {
  LAMINAR_ASSERT(object.is_object() && !object.empty(), object.size());
  LAMINAR_ASSERT(!object.contains("crc32c"), object.size());
  std::string text = object.dump();
  text.pop_back();
  return SealText(text);
}

absl::StatusOr<nlohmann::ordered_json> OpenSealedJson(std::string_view bytes,
                                                      std::string_view name) {
  const size_t seal_size = Seal("").size();
  if (bytes.size() <= seal_size) {
    return base::DataLoss(
        fmt::format("{} is damaged: it was cut off, and holds {} bytes", name, bytes.size()));
  }
  const std::string_view text = bytes.substr(0, bytes.size() - seal_size);
  if (bytes.substr(text.size()) != Seal(text)) {
    return base::DataLoss(fmt::format(
        "{} is damaged: its {} bytes do not match the checksum at their end", name, bytes.size()));
  }
  nlohmann::ordered_json object = nlohmann::ordered_json::parse(
      bytes.begin(), bytes.end(), /*cb=*/nullptr, /*allow_exceptions=*/false);
  if (!object.is_object()) {
    return base::DataLoss(fmt::format("{} is damaged: it is no JSON object", name));
  }
  return object;
}

}  // namespace laminar::control
