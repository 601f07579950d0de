// Text as URLs, signatures and answers of stores need it: percent-encoding (RFC 3986), hexadecimal,
// Base64 (RFC 4648), splitting. Pure; any thread.
#ifndef LAMINAR_STORAGE_TEXT_H_
#define LAMINAR_STORAGE_TEXT_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace laminar::storage {

/// Of ASCII letters only.
std::string ToLower(std::string_view text);
/// Without blanks, tabs and line ends at both ends.
std::string_view Trim(std::string_view text);
/// Always at least one piece.
std::vector<std::string_view> SplitText(std::string_view text, char separator);

/// Everything but letters, digits and -._~ as %XX; with `keep_slashes`, slashes too stay.
std::string PercentEncode(std::string_view text, bool keep_slashes = false);
/// Nothing when a % is not followed by two hexadecimal digits.
std::optional<std::string> PercentDecode(std::string_view text);

/// In lower case.
std::string HexEncode(std::string_view bytes);
std::string Base64Encode(std::string_view bytes);
/// With - and _ instead of + and /, and without padding.
std::string Base64UrlEncode(std::string_view bytes);
/// Nothing when it is no Base64 of the first kind.
std::optional<std::string> Base64Decode(std::string_view text);

/// The whole text as a number that is not negative; nothing when it is none.
std::optional<int64_t> ParseNumber(std::string_view text);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_TEXT_H_
