// Texts of options and units, whose alphabet is ASCII. Functions of no state.
#ifndef LAMINAR_DATA_ASCII_H_
#define LAMINAR_DATA_ASCII_H_

#include <algorithm>
#include <cctype>
#include <string>
#include <string_view>

namespace laminar::data {

inline std::string AsciiLower(std::string_view text) {
  std::string result(text);
  std::ranges::transform(result, result.begin(),
                         [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  return result;
}

/// Without blanks at either end.
inline std::string_view AsciiTrim(std::string_view text) {
  constexpr std::string_view kSpace = " \t\r\n";
  const size_t first = text.find_first_not_of(kSpace);
  if (first == std::string_view::npos) {
    return {};
  }
  return text.substr(first, text.find_last_not_of(kSpace) - first + 1);
}

}  // namespace laminar::data

#endif  // LAMINAR_DATA_ASCII_H_
