// The three bytes that some editors begin UTF-8 files with: no part of the text. Any thread.
#ifndef LAMINAR_FORMATS_TEXT_BYTE_ORDER_MARK_H_
#define LAMINAR_FORMATS_TEXT_BYTE_ORDER_MARK_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace laminar::formats {

inline constexpr std::string_view kByteOrderMark = "\xEF\xBB\xBF";

/// Length of the mark that a text begins with: 0 or 3. Nothing when `bytes` are too few to tell;
/// with `at_end`, no more follow.
inline std::optional<size_t> ByteOrderMarkLength(std::string_view bytes, bool at_end) {
  if (!at_end && bytes.size() < kByteOrderMark.size() && kByteOrderMark.starts_with(bytes)) {
    return std::nullopt;
  }
  return bytes.starts_with(kByteOrderMark) ? kByteOrderMark.size() : 0;
}

/// The whole text behind its mark.
inline std::string_view WithoutByteOrderMark(std::string_view text) {
  return text.starts_with(kByteOrderMark) ? text.substr(kByteOrderMark.size()) : text;
}

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_BYTE_ORDER_MARK_H_
