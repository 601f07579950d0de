#include "sql/binder/duckdb_error.h"

#include <charconv>
#include <string>
#include <vector>

#include "duckdb.hpp"
#include "duckdb/common/error_data.hpp"

#include "sql/binder/type_parser.h"
#include "sql/catalog/bind_error.h"
#include "sql/catalog/compatibility_functions.h"

namespace laminar::sql {
namespace {

std::string FirstLine(const std::string& text) { return text.substr(0, text.find('\n')); }

/// What stands behind the first line, as one.
std::string OtherLines(const std::string& text) {
  const size_t end = text.find('\n');
  if (end == std::string::npos) {
    return "";
  }
  std::string rest;
  bool space = false;
  for (const char c : text.substr(end)) {
    if (c == '\n' || c == '\t' || c == ' ') {
      space = !rest.empty();
      continue;
    }
    if (space) {
      rest += ' ';
      space = false;
    }
    rest += c;
  }
  return rest;
}

/// The words in double quotes.
std::vector<std::string> QuotedWords(const std::string& text) {
  std::vector<std::string> words;
  for (size_t open = text.find('"'); open != std::string::npos;) {
    const size_t close = text.find('"', open + 1);
    if (close == std::string::npos) {
      break;
    }
    words.push_back(text.substr(open + 1, close - open - 1));
    open = text.find('"', close + 1);
  }
  return words;
}

std::string AfterLastPoint(const std::string& name) {
  const size_t point = name.rfind('.');
  return point == std::string::npos ? name : name.substr(point + 1);
}

/// A hint from DuckDB's candidates: the nearest of them, else all.
std::string CandidateHint(const std::string& name, const std::vector<std::string>& candidates) {
  std::vector<std::string> names;
  for (const std::string& candidate : candidates) {
    names.push_back(AfterLastPoint(candidate));
  }
  const std::string nearest = base::FindNearest(name, names);
  if (!nearest.empty()) {
    return "did you mean \"" + nearest + "\"?";
  }
  std::string list;
  for (const std::string& candidate : candidates) {
    list += (list.empty() ? "\"" : ", \"") + candidate + "\"";
  }
  return list.empty() ? "" : "there is: " + list;
}

bool StartsWith(const std::string& text, const char* prefix) { return text.rfind(prefix, 0) == 0; }
bool Contains(const std::string& text, const char* part) {
  return text.find(part) != std::string::npos;
}

std::string LowerFirst(std::string text) {
  if (text.size() > 1 && std::isupper(static_cast<unsigned char>(text[0])) != 0 &&
      std::islower(static_cast<unsigned char>(text[1])) != 0) {
    text[0] = static_cast<char>(std::tolower(static_cast<unsigned char>(text[0])));
  }
  while (!text.empty() && (text.back() == '.' || text.back() == '!' || text.back() == ' ')) {
    text.pop_back();
  }
  return text;
}

void DescribeUnknownColumn(const std::string& message, TranslatedError& result) {
  const std::vector<std::string> words = QuotedWords(message);
  const bool of_table = Contains(FirstLine(message), "does not have a column named");
  const size_t at = of_table ? 1 : 0;
  if (words.size() <= at) {
    return;
  }
  const std::string& name = words[at];
  const std::vector<std::string> candidates(words.begin() + static_cast<ptrdiff_t>(at) + 1,
                                            words.end());
  result.diagnostic.code = "LM1203";
  result.diagnostic.message = "unknown column \"" + name + "\"";
  if (of_table) {
    result.diagnostic.message += " of \"" + words[0] + "\"";
  }
  if (Contains(message, "FROM clause is missing")) {
    result.diagnostic.hint = "the query has no FROM";
  } else {
    result.diagnostic.hint = CandidateHint(name, candidates);
  }
  result.is_unknown_column = true;
  result.word = name;
}

std::vector<std::string> CompatibilityNames() {
  std::vector<std::string> names;
  for (const FunctionAlias& alias : FunctionAliases()) {
    names.emplace_back(alias.name);
  }
  for (const FunctionMacro& macro : FunctionMacros()) {
    names.emplace_back(macro.name);
  }
  return names;
}

void DescribeUnknownFunction(const std::string& message, TranslatedError& result) {
  const std::string marker = "Function with name ";
  const size_t at = message.find(marker) + marker.size();
  std::string name = message.substr(at, message.find(" does not exist", at) - at);
  if (name.size() > 1 && name.front() == '"') {
    name = name.substr(1, name.size() - 2);
  }
  std::vector<std::string> candidates = QuotedWords(OtherLines(message));
  for (const std::string& other : CompatibilityNames()) {
    candidates.push_back(other);
  }
  result.diagnostic.code = "LM1202";
  result.diagnostic.message = "unknown function \"" + name + "\"";
  const std::string nearest = base::FindNearest(name, candidates);
  result.diagnostic.hint =
      nearest.empty() ? "`laminar functions ls` lists them" : "did you mean \"" + nearest + "\"?";
}

/// The signatures that DuckDB lists, when they are few enough to be read.
std::string Signatures(const std::string& message) {
  constexpr size_t kSignaturesMax = 4;
  std::vector<std::string> signatures;
  size_t line = message.find('\n');
  while (line != std::string::npos) {
    const size_t end = message.find('\n', line + 1);
    const std::string text =
        message.substr(line + 1, end == std::string::npos ? end : end - line - 1);
    if (!text.empty() && text[0] == '\t' && Contains(text, "(")) {
      signatures.push_back(text.substr(text.find_first_not_of('\t')));
    }
    line = end;
  }
  if (signatures.empty() || signatures.size() > kSignaturesMax) {
    return "an explicit cast may be needed: CAST(value AS type)";
  }
  std::string list;
  for (const std::string& signature : signatures) {
    list += (list.empty() ? "" : ", ") + signature;
  }
  return "there is: " + list;
}

void DescribeNoMatch(const std::string& message, TranslatedError& result) {
  result.diagnostic.code = "LM1205";
  const std::string first = FirstLine(message);
  const size_t open = first.find('\'');
  const size_t close = first.rfind("'. ");
  if (open != std::string::npos && close != std::string::npos && close > open) {
    result.diagnostic.message =
        "no function takes these argument types: " + first.substr(open + 1, close - open - 1);
  }
  result.diagnostic.hint = Signatures(message);
}

void DescribeUngrouped(const std::string& message, TranslatedError& result) {
  const std::vector<std::string> words = QuotedWords(message);
  result.diagnostic.code = "LM1206";
  if (!words.empty()) {
    result.diagnostic.message =
        "column \"" + words[0] + "\" must be in GROUP BY or inside an aggregate";
    result.diagnostic.hint = "add it to GROUP BY, or take any_value(" + words[0] + ")";
  }
}

/// Unknown fields of structs and unknown tables in front of a column.
void DescribeByCandidates(const std::string& message, const char* what, TranslatedError& result) {
  const std::vector<std::string> words = QuotedWords(message);
  if (words.empty()) {
    return;
  }
  result.diagnostic.code = "LM1203";
  result.word = words[0];
  result.diagnostic.message = std::string("unknown ") + what + " \"" + words[0] + "\"";
  result.diagnostic.hint = CandidateHint(words[0], {words.begin() + 1, words.end()});
}

std::string CodeOf(duckdb::ExceptionType type) {
  switch (type) {
    case duckdb::ExceptionType::PARSER:
    case duckdb::ExceptionType::SYNTAX:
      return "LM1001";
    case duckdb::ExceptionType::CONVERSION:
    case duckdb::ExceptionType::MISMATCH_TYPE:
    case duckdb::ExceptionType::OUT_OF_RANGE:
      return "LM1205";
    case duckdb::ExceptionType::INTERNAL:
    case duckdb::ExceptionType::FATAL:
      return "LM1999";
    default:
      return "LM1207";
  }
}

std::optional<int64_t> PositionOf(const duckdb::ErrorData& error) {
  const auto& info = error.ExtraInfo();
  const auto found = info.find("position");
  if (found == info.end()) {
    return std::nullopt;
  }
  int64_t position = 0;
  const auto result =
      std::from_chars(found->second.data(), found->second.data() + found->second.size(), position);
  return result.ec == std::errc() ? std::optional<int64_t>(position) : std::nullopt;
}

void DescribeUnknownType(const std::string& message, TranslatedError& result) {
  const std::string marker = "Type with name ";
  const size_t at = message.find(marker) + marker.size();
  const std::string name = message.substr(at, message.find(" does not exist", at) - at);
  result.diagnostic.code = "LM1102";
  result.diagnostic.message = "unknown type \"" + name + "\"";
  const std::string nearest = base::FindNearest(name, TypeNames());
  result.diagnostic.hint = nearest.empty() ? "" : "did you mean " + nearest + "?";
  result.word = name;
}

void DescribeKnownForms(const std::string& message, TranslatedError& result) {
  if (StartsWith(message, "Referenced column") ||
      Contains(FirstLine(message), "does not have a column named")) {
    DescribeUnknownColumn(message, result);
  } else if (Contains(message, "referenced that exists in the SELECT clause")) {
    const std::vector<std::string> words = QuotedWords(message);
    if (!words.empty()) {
      result.diagnostic.code = "LM1203";
      result.diagnostic.message = "unknown column \"" + words[0] + "\"";
      result.diagnostic.hint = "the SELECT list defines that name, but only for what follows it";
      result.word = words[0];
    }
  } else if (Contains(message, "Type with name ")) {
    DescribeUnknownType(message, result);
  } else if (Contains(message, "Function with name")) {
    DescribeUnknownFunction(message, result);
  } else if (StartsWith(message, "No function matches") ||
             StartsWith(message, "Could not choose a best candidate")) {
    DescribeNoMatch(message, result);
  } else if (Contains(message, "must appear in the GROUP BY clause")) {
    DescribeUngrouped(message, result);
  } else if (StartsWith(message, "Could not find key")) {
    DescribeByCandidates(message, "field", result);
    result.is_member = true;
  } else if (StartsWith(message, "Referenced table")) {
    DescribeByCandidates(message, "table", result);
  } else if (StartsWith(message, "Ambiguous reference")) {
    result.diagnostic.code = "LM1204";
    const std::vector<std::string> words = QuotedWords(message);
    if (!words.empty()) {
      result.word = words[0];
      result.diagnostic.message = "ambiguous column \"" + words[0] + "\"";
      result.diagnostic.hint =
          words.size() > 1 ? "write " + words[1] + (words.size() > 2 ? " or " + words[2] : "") : "";
    }
  } else if (Contains(message, "Max expression depth") || Contains(message, "Maximum tree depth") ||
             Contains(message, "stack overflow") || Contains(message, "memory exhausted")) {
    result.diagnostic.code = "LM1003";
    result.diagnostic.message = "the statement is nested too deeply";
    result.diagnostic.hint = "";
  }
}

}  // namespace

TranslatedError TranslateError(const std::exception& error) {
  const duckdb::ErrorData data(error);
  const std::string& message = data.RawMessage();
  TranslatedError result;
  result.diagnostic = {CodeOf(data.Type()),
                       base::Severity::kError,
                       {},
                       LowerFirst(FirstLine(message)),
                       OtherLines(message)};
  result.position = PositionOf(data);
  const auto& info = data.ExtraInfo();
  if (const auto code = info.find(kErrorCodeKey); code != info.end()) {
    result.diagnostic.code = code->second;
    const auto hint = info.find(kErrorHintKey);
    result.diagnostic.hint = hint == info.end() ? "" : hint->second;
    return result;
  }
  DescribeKnownForms(message, result);
  return result;
}

}  // namespace laminar::sql
