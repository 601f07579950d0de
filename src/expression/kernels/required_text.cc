#include "expression/kernels/required_text.h"

#include "expression/kernels/regex_characters.h"

namespace laminar::expression {
namespace {

// The position behind the bracket or parenthesis that closes the one at `at`; the end when none
// does.
size_t SkipClass(std::string_view regex, size_t at) {
  ++at;
  if (at < regex.size() && regex[at] == '^') {
    ++at;
  }
  if (at < regex.size() && regex[at] == ']') {
    ++at;
  }
  while (at < regex.size() && regex[at] != ']') {
    if (regex.substr(at, 2) == "[:") {
      const size_t end = regex.find(":]", at + 2);
      at = end == std::string_view::npos ? regex.size() : end + 2;
    } else {
      at += regex[at] == '\\' ? 2 : 1;
    }
  }
  return at + 1;
}

size_t SkipGroup(std::string_view regex, size_t at) {
  int depth = 0;
  while (at < regex.size()) {
    const char c = regex[at];
    if (c == '\\') {
      at += 2;
    } else if (c == '[') {
      at = SkipClass(regex, at);
    } else {
      depth += c == '(' ? 1 : c == ')' ? -1 : 0;
      ++at;
      if (depth == 0) {
        return at;
      }
    }
  }
  return at;
}

}  // namespace

std::string RequiredText(std::string_view regex) {
  std::string best;
  std::string run;
  const auto end_run = [&] {
    if (run.size() > best.size()) {
      best = run;
    }
    run.clear();
  };
  size_t at = 0;
  while (at < regex.size()) {
    const char c = regex[at];
    if (c == '|' || regex.substr(at, 2) == "(?" || regex.substr(at, 2) == "\\Q") {
      // Alternatives, flags (which may ignore case) and quoting: nothing is certain.
      if (c == '|' || regex.substr(at, 3) != "(?:") {
        return "";
      }
    }
    if (c == '(') {
      end_run();
      at = SkipGroup(regex, at);
    } else if (c == '[') {
      end_run();
      at = SkipClass(regex, at);
    } else if (c == '*' || c == '?' || c == '{') {
      // What was before may be absent. Only ASCII characters are in a run, so that is one byte.
      if (!run.empty()) {
        run.pop_back();
      }
      end_run();
      at = c == '{' ? regex.find('}', at) : at;
      at = at == std::string_view::npos ? regex.size() : at + 1;
    } else if (c == '\\' && at + 1 < regex.size() && !IsLetterOrDigit(regex[at + 1]) &&
               IsAsciiCharacter(regex[at + 1])) {
      run += regex[at + 1];
      at += 2;
    } else if (c == '\\') {
      end_run();
      at += 2;
      // Codes of several characters (\x41, \pL, \012) are not read on: what looks like their text
      // is not one.
      while (at < regex.size() &&
             (IsLetterOrDigit(regex[at]) || regex[at] == '{' || regex[at] == '}')) {
        ++at;
      }
    } else if (IsSpecial(c) || !IsAsciiCharacter(c)) {
      end_run();
      ++at;
    } else {
      run += c;
      ++at;
    }
  }
  end_run();
  return best;
}

}  // namespace laminar::expression
