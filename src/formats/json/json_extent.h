// Where a JSON object or array that begins a text ends, by its brackets alone: for records over
// several lines, and for those that are bad.
#ifndef LAMINAR_FORMATS_JSON_JSON_EXTENT_H_
#define LAMINAR_FORMATS_JSON_JSON_EXTENT_H_

#include <cstddef>
#include <string_view>

namespace laminar::formats {

struct JsonExtent {
  enum class Kind {
    kClosed,    // `length` ends with the last bracket; `next_character` is what follows on its line
    kUnclosed,  // `length` ends in front of the line feed where another record begins, or where a
                // string is not closed, or at the end of the input
    kTooLong,   // no end within the limit
    kUnknown,   // more bytes are needed to tell
  };
  Kind kind = Kind::kUnknown;
  size_t length = 0;
  char next_character = '\n';  // a line feed also at the end of the input
};

/// A text that begins with another character than a bracket is unclosed up to its line's end.
/// `at_end`: no bytes follow those of `text`.
JsonExtent FindJsonExtent(std::string_view text, size_t length_max, bool at_end);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_JSON_EXTENT_H_
