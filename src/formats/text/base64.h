// Base64 (RFC 4648, section 4): how text formats carry binary values.
#ifndef LAMINAR_FORMATS_TEXT_BASE64_H_
#define LAMINAR_FORMATS_TEXT_BASE64_H_

#include <cstddef>
#include <string>
#include <string_view>

namespace laminar::formats {

/// Length of the encoding, padding included.
inline size_t Base64Length(size_t num_bytes) { return (num_bytes + 2) / 3 * 4; }
/// Writes Base64Length(bytes.size()) characters and returns the end.
char* WriteBase64(char* out, std::string_view bytes);
void AppendBase64(std::string_view bytes, std::string& text);

/// Replaces `bytes` by what `text` encodes, with or without padding, also in the alphabet for URLs;
/// false when it is not Base64.
bool DecodeBase64(std::string_view text, std::string& bytes);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_BASE64_H_
