// Validation of text from outside: strings in vectors must be UTF-8.
#ifndef LAMINAR_FORMATS_TEXT_UTF8_H_
#define LAMINAR_FORMATS_TEXT_UTF8_H_

#include <cstddef>
#include <string_view>

namespace laminar::formats {

bool IsUtf8(std::string_view bytes);
/// Length of the longest valid prefix; bytes.size() when all is valid.
size_t Utf8PrefixLength(std::string_view bytes);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_UTF8_H_
