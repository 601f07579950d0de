#include "sql/planner/keyword_place.h"

#include <cctype>
#include <optional>
#include <vector>

namespace laminar::sql {
namespace {

struct Word {
  size_t begin = 0;
  size_t end = 0;
};

bool IsNamePart(char c) {
  return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '_' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Words outside of quotes and comments.
std::vector<Word> WordsOf(std::string_view text, size_t begin, size_t end) {
  std::vector<Word> words;
  size_t at = begin;
  while (at < end) {
    const char c = text[at];
    if (c == '\'' || c == '"') {
      const size_t close = text.find(c, at + 1);
      at = close == std::string_view::npos ? end : close + 1;
    } else if (text.substr(at, 2) == "--") {
      const size_t line = text.find('\n', at);
      at = line == std::string_view::npos ? end : line;
    } else if (text.substr(at, 2) == "/*") {
      const size_t close = text.find("*/", at + 2);
      at = close == std::string_view::npos ? end : close + 2;
    } else if (IsNamePart(c)) {
      const size_t start = at;
      while (at < end && IsNamePart(text[at])) {
        ++at;
      }
      words.push_back({start, at});
    } else {
      ++at;
    }
  }
  return words;
}

bool IsWord(std::string_view text, Word word, std::string_view keyword) {
  if (word.end - word.begin != keyword.size()) {
    return false;
  }
  for (size_t i = 0; i < keyword.size(); ++i) {
    if (std::toupper(static_cast<unsigned char>(text[word.begin + i])) != keyword[i]) {
      return false;
    }
  }
  return true;
}

// The clause a code is about, as words.
std::vector<std::string_view> ClauseOf(std::string_view code) {
  if (code == "LM1301" || code == "LM1320") {
    return {"GROUP", "BY"};
  }
  if (code == "LM1303") {
    return {"DISTINCT"};
  }
  if (code == "LM1306" || code == "LM1317") {
    return {"JOIN"};
  }
  if (code == "LM1309") {
    return {"OVER"};
  }
  return {};
}

}  // namespace

base::SourceSpan FindPlace(std::string_view text,
                           base::SourceSpan statement,
                           std::string_view code) {
  const std::vector<std::string_view> clause = ClauseOf(code);
  if (clause.empty() || statement.offset < 0 ||
      statement.offset + statement.length > static_cast<int64_t>(text.size())) {
    return statement;
  }
  const auto begin = static_cast<size_t>(statement.offset);
  const std::vector<Word> words =
      WordsOf(text, begin, begin + static_cast<size_t>(statement.length));
  std::optional<base::SourceSpan> found;
  for (size_t i = 0; i + clause.size() <= words.size(); ++i) {
    bool matches = true;
    for (size_t k = 0; k < clause.size(); ++k) {
      matches = matches && IsWord(text, words[i + k], clause[k]);
    }
    if (!matches) {
      continue;
    }
    if (found) {
      return statement;  // which of them is not known
    }
    const Word last = words[i + clause.size() - 1];
    found = base::SourceSpan{static_cast<int64_t>(words[i].begin),
                             static_cast<int64_t>(last.end - words[i].begin)};
  }
  return found.value_or(statement);
}

}  // namespace laminar::sql
