// Strings as JSON writes them (RFC 8259, section 7).
#ifndef LAMINAR_FORMATS_TEXT_JSON_STRING_H_
#define LAMINAR_FORMATS_TEXT_JSON_STRING_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace laminar::formats {

/// Most bytes that WriteJsonString makes of `num_bytes`.
inline size_t JsonStringLengthMax(size_t num_bytes) { return 6 * num_bytes + 2; }
/// Writes the text in quotes, escaped; returns the end.
char* WriteJsonString(char* out, std::string_view text);
void AppendJsonString(std::string_view text, std::string& json);

/// Undoes the escapes of the text between the quotes into `out` (room for text.size() bytes);
/// returns the length, or kBadEscape when an escape is wrong.
inline constexpr size_t kBadEscape = static_cast<size_t>(-1);
size_t UnescapeJsonString(std::string_view text, char* out);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_JSON_STRING_H_
