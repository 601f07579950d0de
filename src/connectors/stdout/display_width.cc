#include "connectors/stdout/display_width.h"

#include <algorithm>
#include <cstdint>

namespace laminar::connectors {
namespace {

struct Range {
  uint32_t first;
  uint32_t last;
};

// Blocks of marks that combine with the character before, and of zero-width characters (Unicode
// 15).
constexpr Range kZeroWidth[] = {
    {0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x0610, 0x061A}, {0x064B, 0x065F},
    {0x06D6, 0x06DC}, {0x0900, 0x0902}, {0x0E34, 0x0E3A}, {0x1AB0, 0x1AFF}, {0x1DC0, 0x1DFF},
    {0x200B, 0x200F}, {0x20D0, 0x20FF}, {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xE0100, 0xE01EF}};
// Blocks that East Asian Width calls wide, and the pictographs that terminals draw wide.
constexpr Range kDoubleWidth[] = {
    {0x1100, 0x115F},   {0x2E80, 0x303E},   {0x3041, 0x33FF},   {0x3400, 0x4DBF},
    {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97F},   {0xAC00, 0xD7A3},
    {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x20000, 0x3FFFD}};

template <size_t N>
bool IsIn(const Range (&ranges)[N], uint32_t character) {
  for (const Range& range : ranges) {
    if (character >= range.first && character <= range.last) {
      return true;
    }
  }
  return false;
}

// Takes one character off the front of the text, and returns its width.
int TakeCharacter(std::string_view& text) {
  const auto first = static_cast<unsigned char>(text[0]);
  size_t length = 1;
  uint32_t character = first;
  if (first >= 0xF0) {
    length = 4;
    character = first & 0x07;
  } else if (first >= 0xE0) {
    length = 3;
    character = first & 0x0F;
  } else if (first >= 0xC0) {
    length = 2;
    character = first & 0x1F;
  }
  length = std::min(length, text.size());
  for (size_t i = 1; i < length; ++i) {
    character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  }
  text.remove_prefix(length);
  if (first < 0x80) {
    return 1;
  }
  if (IsIn(kZeroWidth, character)) {
    return 0;
  }
  return IsIn(kDoubleWidth, character) ? 2 : 1;
}

}  // namespace

int DisplayWidth(std::string_view text) {
  int width = 0;
  while (!text.empty()) {
    width += TakeCharacter(text);
  }
  return width;
}

std::string_view CutToWidth(std::string_view text, int width) {
  std::string_view rest = text;
  while (!rest.empty()) {
    std::string_view after = rest;
    width -= TakeCharacter(after);
    if (width < 0) {
      break;
    }
    rest = after;
  }
  return text.substr(0, text.size() - rest.size());
}

std::string EscapeControls(std::string_view text) {
  constexpr char kDigits[] = "0123456789abcdef";
  std::string result;
  result.reserve(text.size());
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte >= 0x20 && byte != 0x7F) {
      result += c;
    } else if (c == '\n') {
      result += "\\n";
    } else if (c == '\r') {
      result += "\\r";
    } else if (c == '\t') {
      result += "\\t";
    } else {
      result += {'\\', 'x', kDigits[byte >> 4], kDigits[byte & 15]};
    }
  }
  return result;
}

}  // namespace laminar::connectors
