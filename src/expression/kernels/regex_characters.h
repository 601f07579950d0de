// Kinds of characters in the text of a regular expression, for those who read one. Pure functions;
// any thread.
#ifndef LAMINAR_EXPRESSION_KERNELS_REGEX_CHARACTERS_H_
#define LAMINAR_EXPRESSION_KERNELS_REGEX_CHARACTERS_H_

#include <string_view>

namespace laminar::expression {

inline constexpr std::string_view kRegexSpecial = "\\.+*?()|[]{}^$";

/// Whether the character means something else than itself.
inline bool IsSpecial(char c) { return kRegexSpecial.find(c) != std::string_view::npos; }
inline bool IsAsciiCharacter(char c) { return static_cast<unsigned char>(c) < 0x80; }
inline bool IsLetterOrDigit(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
}

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_KERNELS_REGEX_CHARACTERS_H_
