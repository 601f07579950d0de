#include "sql/binder/word_span.h"

#include <algorithm>
#include <cctype>

namespace laminar::sql {
namespace {

bool IsNamePart(char c) {
  const auto byte = static_cast<unsigned char>(c);
  return std::isalnum(byte) != 0 || c == '_' || c == '$' || byte >= 0x80;
}

size_t SkipQuoted(std::string_view text, size_t at) {
  const char quote = text[at];
  for (size_t i = at + 1; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == quote) {
      return i + 1;
    }
  }
  return at + 1;
}

size_t SkipName(std::string_view text, size_t at) {
  while (at < text.size()) {
    if (text[at] == '"') {
      at = SkipQuoted(text, at);
    } else if (IsNamePart(text[at]) || (text[at] == '.' && at + 1 < text.size() &&
                                        (IsNamePart(text[at + 1]) || text[at + 1] == '"'))) {
      ++at;
    } else {
      break;
    }
  }
  return at;
}

/// From an opening parenthesis to behind the one that closes it; `at` when that is not on the line.
size_t SkipParentheses(std::string_view text, size_t at) {
  int depth = 0;
  for (size_t i = at; i < text.size() && text[i] != '\n'; ++i) {
    if (text[i] == '\'') {
      i = SkipQuoted(text, i) - 1;
    } else if (text[i] == '(') {
      ++depth;
    } else if (text[i] == ')' && --depth == 0) {
      return i + 1;
    }
  }
  return at;
}

size_t SkipOperator(std::string_view text, size_t at) {
  constexpr std::string_view kOperatorBytes = "<>=!+-*/%|&^~:@#";
  size_t end = at;
  while (end < text.size() && kOperatorBytes.find(text[end]) != std::string_view::npos) {
    ++end;
  }
  return end == at ? at + 1 : end;
}

}  // namespace

base::SourceSpan WordSpan(std::string_view text, int64_t offset) {
  if (offset < 0 || offset > static_cast<int64_t>(text.size())) {
    return {};
  }
  const auto start = static_cast<size_t>(offset);
  if (start == text.size() || std::isspace(static_cast<unsigned char>(text[start])) != 0) {
    return {offset, 0};
  }
  size_t end = start;
  if (text.substr(start, 2) == "${") {
    const size_t close = text.find('}', start);
    end = close == std::string_view::npos ? start + 2 : close + 1;
  } else if (text[start] == '\'') {
    end = SkipQuoted(text, start);
  } else if (IsNamePart(text[start]) || text[start] == '"') {
    end = SkipName(text, start);
    if (end < text.size() && text[end] == '(') {
      end = SkipParentheses(text, end);
    }
  } else {
    end = SkipOperator(text, start);
  }
  return {offset, static_cast<int64_t>(end - start)};
}

base::SourceSpan FindWord(std::string_view text,
                          base::SourceSpan span,
                          std::string_view word,
                          bool is_member) {
  if (span.offset < 0 || word.empty()) {
    return {};
  }
  const auto equals = [](char a, char b) {
    return std::tolower(static_cast<unsigned char>(a)) ==
           std::tolower(static_cast<unsigned char>(b));
  };
  const std::string_view part =
      text.substr(static_cast<size_t>(span.offset), static_cast<size_t>(span.length));
  for (auto at = part.begin();; ++at) {
    at = std::search(at, part.end(), word.begin(), word.end(), equals);
    if (at == part.end()) {
      return {};
    }
    const auto start = static_cast<size_t>(at - part.begin());
    const size_t end = start + word.size();
    const char before = start == 0 ? ' ' : part[start - 1];
    const bool begins =
        is_member ? before == '.' : !IsNamePart(before) && before != '.' && before != '\'';
    const bool ends =
        end == part.size() || (!IsNamePart(part[end]) && (is_member || part[end] != '.'));
    if (begins && ends) {
      return {span.offset + static_cast<int64_t>(start), static_cast<int64_t>(word.size())};
    }
  }
}

base::SourceSpan ArgumentNameBefore(std::string_view text, int64_t offset) {
  auto at = static_cast<size_t>(offset);
  const auto skip_space = [&] {
    while (at > 0 && std::isspace(static_cast<unsigned char>(text[at - 1])) != 0) {
      --at;
    }
  };
  skip_space();
  const size_t behind_arrow = at;
  while (at > 0 && (text[at - 1] == '=' || text[at - 1] == '>' || text[at - 1] == ':')) {
    --at;
  }
  if (at == behind_arrow) {
    return {};
  }
  skip_space();
  const size_t end = at;
  while (at > 0 && (IsNamePart(text[at - 1]) || text[at - 1] == '"' || text[at - 1] == '.')) {
    --at;
  }
  return at == end ? base::SourceSpan{}
                   : base::SourceSpan{static_cast<int64_t>(at), static_cast<int64_t>(end - at)};
}

}  // namespace laminar::sql
