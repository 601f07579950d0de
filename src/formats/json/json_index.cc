#include "formats/json/json_index.h"

#include <bit>

#include <simdjson.h>

#include "base/assert.h"

namespace laminar::formats {

struct JsonIndex::Parser {
  std::unique_ptr<simdjson::internal::dom_parser_implementation> stages;
};

JsonIndex::JsonIndex() : parser_(std::make_unique<Parser>()) {
  constexpr size_t kCapacity = 64 * 1024;
  const auto error = simdjson::get_active_implementation()->create_dom_parser_implementation(
      kCapacity, simdjson::DEFAULT_MAX_DEPTH, parser_->stages);
  LAMINAR_ASSERT(error == simdjson::SUCCESS, error);
}

JsonIndex::~JsonIndex() = default;

JsonIndex::Fault JsonIndex::Build(std::string_view text) {
  LAMINAR_DEBUG_ASSERT(!text.empty() && text.back() == '\n', text.size());
  auto& stages = *parser_->stages;
  if (text.size() > stages.capacity() &&
      stages.set_capacity(std::bit_ceil(text.size())) != simdjson::SUCCESS) {
    return Fault::kTooLarge;
  }
  switch (stages.stage1(reinterpret_cast<const uint8_t*>(text.data()), text.size(),
                        simdjson::stage1_mode::regular)) {
    case simdjson::SUCCESS:
      break;
    case simdjson::EMPTY:
      return Fault::kBlank;
    case simdjson::UTF8_ERROR:
      return Fault::kUtf8;
    case simdjson::UNCLOSED_STRING:
      return Fault::kOpenString;
    case simdjson::UNESCAPED_CHARS:
      return Fault::kControlCharacter;
    default:
      return Fault::kTooLarge;
  }
  for (uint32_t i = 0; i < 3; ++i) {
    stages.structural_indexes[stages.n_structural_indexes + i] =
        static_cast<uint32_t>(text.size() - 1);
  }
  return Fault::kNone;
}

const uint32_t* JsonIndex::offsets() const { return parser_->stages->structural_indexes.get(); }
uint32_t JsonIndex::size() const { return parser_->stages->n_structural_indexes; }

std::string_view Describe(JsonIndex::Fault fault) {
  switch (fault) {
    case JsonIndex::Fault::kNone:
      return "no fault";
    case JsonIndex::Fault::kBlank:
      return "nothing but blanks";
    case JsonIndex::Fault::kUtf8:
      return "invalid UTF-8";
    case JsonIndex::Fault::kOpenString:
      return "a string has no closing quote";
    case JsonIndex::Fault::kControlCharacter:
      return "a string holds a control character, or has no closing quote";
    case JsonIndex::Fault::kTooLarge:
      return "too large";
  }
  return "";
}

}  // namespace laminar::formats
