#include "formats/json/json_extent.h"

#include <algorithm>

namespace laminar::formats {
namespace {

// What follows a record that ends at `length` on its line.
JsonExtent Closed(std::string_view text, size_t length, size_t length_max, bool at_end) {
  const std::string_view behind = text.substr(length).substr(0, length_max);
  const size_t next = behind.find_first_not_of(" \t\r");
  if (next != std::string_view::npos) {
    return {JsonExtent::Kind::kClosed, length, behind[next]};
  }
  if (behind.size() == length_max) {
    return {JsonExtent::Kind::kClosed, length, ' '};
  }
  return at_end ? JsonExtent{JsonExtent::Kind::kClosed, length} : JsonExtent{};
}

}  // namespace

JsonExtent FindJsonExtent(std::string_view text, size_t length_max, bool at_end) {
  const std::string_view within = text.substr(0, length_max);
  const bool begins_value = !text.empty() && (text[0] == '{' || text[0] == '[');
  size_t depth = 0;
  bool in_string = false;
  for (size_t i = 0; i < within.size(); ++i) {
    const char c = within[i];
    if (c == '\n') {
      const bool next_is_known = i + 1 < text.size() || at_end;
      const bool next_is_record = i + 1 < text.size() && text[i + 1] == '{';
      if (in_string || !begins_value || next_is_record) {
        return {JsonExtent::Kind::kUnclosed, i};
      }
      if (!next_is_known) {
        return {};
      }
    } else if (in_string) {
      i += c == '\\' && i + 1 < within.size() && within[i + 1] != '\n' ? 1 : 0;
      in_string = c != '"';
    } else if (c == '"') {
      in_string = true;
    } else if (c == '{' || c == '[') {
      ++depth;
    } else if ((c == '}' || c == ']') && depth > 0) {
      if (--depth == 0) {
        return Closed(text, i + 1, length_max, at_end);
      }
    }
  }
  if (text.size() > length_max) {
    return {JsonExtent::Kind::kTooLong};
  }
  return at_end ? JsonExtent{JsonExtent::Kind::kUnclosed, text.size()} : JsonExtent{};
}

}  // namespace laminar::formats
