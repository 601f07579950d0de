// The three bytes that some editors begin UTF-8 files with: no part of the text. Any thread.
#ifndef LAMINAR_FORMATS_TEXT_BYTE_ORDER_MARK_H_
#define LAMINAR_FORMATS_TEXT_BYTE_ORDER_MARK_H_

#include <cstddef>
#include <optional>
#include <string_view>

namespace laminar::formats {

/// Length of the mark that a text begins with: 0 or 3. Nothing when `bytes` are too few to tell;
/// with `at_end`, no more follow.
inline std::optional<size_t> ByteOrderMarkLength(std::string_view bytes, bool at_end) {
  constexpr std::string_view kMark = "\xEF\xBB\xBF";
  if (!at_end && bytes.size() < kMark.size() && kMark.starts_with(bytes)) {
    return std::nullopt;
  }
  return bytes.starts_with(kMark) ? kMark.size() : 0;
}

/// The whole text behind its mark.
inline std::string_view WithoutByteOrderMark(std::string_view text) {
  return text.substr(*ByteOrderMarkLength(text, /*at_end=*/true));
}

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_BYTE_ORDER_MARK_H_
