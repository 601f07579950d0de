#include "sql/binder/option_parser.h"

#include <charconv>

#include "duckdb.hpp"
#include "duckdb/common/string_util.hpp"

namespace laminar::sql {
namespace {

std::string ParseKey(TokenReader& reader) {
  if (reader.SeesKind(TokenKind::kString)) {
    return duckdb::StringUtil::Lower(StringOf(reader.text().text(), reader.Next()));
  }
  std::string key = reader.ExpectIdentifier("the name of an option");
  while (reader.AcceptSymbol('.')) {
    key += "." + reader.ExpectIdentifier("the name of an option");
  }
  return duckdb::StringUtil::Lower(key);
}

data::OptionValue ParseNumber(TokenReader& reader, bool is_negative) {
  std::string digits = is_negative ? "-" : "";
  for (const char c : IdentifierOf(reader.text().text(), reader.Peek())) {
    if (c != '_') {
      digits += c;
    }
  }
  const char* end = digits.data() + digits.size();
  int64_t whole = 0;
  if (const auto result = std::from_chars(digits.data(), end, whole);
      result.ec == std::errc() && result.ptr == end) {
    reader.Next();
    return {whole, {}, {}};
  }
  double fraction = 0;
  if (const auto result = std::from_chars(digits.data(), end, fraction);
      result.ec == std::errc() && result.ptr == end) {
    reader.Next();
    return {fraction, {}, {}};
  }
  reader.Fail("a number");
}

data::OptionValue ParseInterval(TokenReader& reader) {
  const size_t first = reader.position();
  std::string text;
  if (reader.SeesKind(TokenKind::kNumber)) {
    text = IdentifierOf(reader.text().text(), reader.Next());
  } else {
    text = reader.ExpectString("an interval such as INTERVAL '5 seconds'");
  }
  if (reader.SeesKind(TokenKind::kWord)) {
    text += " " + IdentifierOf(reader.text().text(), reader.Next());
  }
  const absl::StatusOr<data::Duration> duration = data::ParseDuration(text);
  if (!duration.ok()) {
    throw DiagnosticError("LM1112", reader.SpanSince(first),
                          std::string(base::FromAbsl(duration.status().message())));
  }
  return {*duration, {}, {}};
}

data::OptionValue ParseBracketList(TokenReader& reader) {
  std::vector<std::string> items;
  while (!reader.AcceptSymbol(']')) {
    if (reader.SeesKind(TokenKind::kString)) {
      items.push_back(StringOf(reader.text().text(), reader.Next()));
    } else if (reader.SeesKind(TokenKind::kNumber)) {
      items.push_back(IdentifierOf(reader.text().text(), reader.Next()));
    } else {
      items.push_back(reader.ExpectIdentifier("an item of the list"));
    }
    if (!reader.AcceptSymbol(',') && !reader.SeesSymbol(']')) {
      reader.Fail("\",\" or \"]\"");
    }
  }
  return {items, {}, {}};
}

data::OptionValue ParseBareValue(TokenReader& reader) {
  if (reader.AcceptKeyword("true")) {
    return {true, {}, {}};
  }
  if (reader.AcceptKeyword("false")) {
    return {false, {}, {}};
  }
  if (reader.SeesKeyword("interval") &&
      (reader.SeesKind(TokenKind::kString, 1) || reader.SeesKind(TokenKind::kNumber, 1))) {
    reader.Next();
    return ParseInterval(reader);
  }
  std::string name = reader.ExpectIdentifier("a value");
  while (reader.AcceptSymbol('.')) {
    name += "." + reader.ExpectIdentifier("a name");
  }
  return {data::Identifier{name}, {}, {}};
}

data::OptionValue ParsePlacelessValue(TokenReader& reader) {
  if (reader.SeesKind(TokenKind::kString)) {
    return {StringOf(reader.text().text(), reader.Next()), {}, {}};
  }
  if (reader.SeesKind(TokenKind::kNumber)) {
    return ParseNumber(reader, false);
  }
  if (reader.SeesSymbol('-') && reader.SeesKind(TokenKind::kNumber, 1)) {
    reader.Next();
    return ParseNumber(reader, true);
  }
  if (reader.AcceptSymbol('[')) {
    return ParseBracketList(reader);
  }
  return ParseBareValue(reader);
}

}  // namespace

data::OptionValue ParseOptionValue(TokenReader& reader) {
  const size_t first = reader.position();
  data::OptionValue value = ParsePlacelessValue(reader);
  value.value_span = reader.SpanSince(first);
  return value;
}

data::OptionMap ParseOptions(TokenReader& reader) {
  data::OptionMap options;
  reader.ExpectSymbol('(');
  while (!reader.AcceptSymbol(')')) {
    const size_t first = reader.position();
    const std::string key = ParseKey(reader);
    const base::SourceSpan key_span = reader.SpanSince(first);
    reader.ExpectSymbol('=');
    reader.AcceptSymbol('>');
    data::OptionValue value = ParseOptionValue(reader);
    value.key_span = key_span;
    if (!options.emplace(key, std::move(value)).second) {
      throw DiagnosticError("LM1111", key_span, "option is given twice: '" + key + "'");
    }
    if (!reader.AcceptSymbol(',') && !reader.SeesSymbol(')')) {
      reader.Fail("\",\" or \")\"");
    }
  }
  return options;
}

}  // namespace laminar::sql
