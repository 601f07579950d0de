#include "sql/binder/type_parser.h"

#include <charconv>
#include <map>
#include <optional>

#include "duckdb.hpp"
#include "duckdb/common/string_util.hpp"

namespace laminar::sql {
namespace {

using data::LogicalType;
using data::LogicalTypeId;

const std::vector<std::string>& TypeNames() {
  static const std::vector<std::string> names = {
      "BOOLEAN",     "TINYINT",   "SMALLINT", "INTEGER", "INT",      "BIGINT",    "HUGEINT",
      "UTINYINT",    "USMALLINT", "UINTEGER", "UBIGINT", "UHUGEINT", "FLOAT",     "REAL",
      "DOUBLE",      "DECIMAL",   "NUMERIC",  "VARCHAR", "TEXT",     "STRING",    "CHAR",
      "BLOB",        "BYTEA",     "BINARY",   "DATE",    "TIME",     "TIMESTAMP", "DATETIME",
      "TIMESTAMPTZ", "INTERVAL",  "UUID",     "JSON",    "STRUCT",   "ARRAY",     "MAP",
      "LIST",        "ENUM",      "BIT"};
  return names;
}

/// A whole number in parentheses position; LM1001 otherwise.
int64_t TakeNumber(TokenReader& reader, const std::string& what) {
  if (!reader.SeesKind(TokenKind::kNumber)) {
    reader.Fail(what);
  }
  const size_t at = reader.position();
  const Token& token = reader.Next();
  const std::string digits = IdentifierOf(reader.text().text(), token);
  int64_t value = 0;
  const auto result = std::from_chars(digits.data(), digits.data() + digits.size(), value);
  if (result.ec != std::errc() || result.ptr != digits.data() + digits.size()) {
    reader.set_position(at);
    reader.Fail(what);
  }
  return value;
}

/// Opens a list of type arguments: `<` or `(`; returns what closes it.
char TakeOpening(TokenReader& reader) {
  if (reader.AcceptSymbol('<')) {
    return '>';
  }
  reader.ExpectSymbol('(');
  return ')';
}

LogicalType ParseStruct(TokenReader& reader) {
  const char close = TakeOpening(reader);
  duckdb::child_list_t<LogicalType> fields;
  do {
    const base::SourceSpan span = reader.NextSpan();
    const std::string name = reader.ExpectIdentifier("the name of a field");
    for (const auto& field : fields) {
      if (duckdb::StringUtil::CIEquals(field.first, name)) {
        throw DiagnosticError("LM1103", span, "field is declared twice: \"" + name + "\"");
      }
    }
    reader.AcceptSymbol(':');
    fields.emplace_back(name, ParseType(reader));
    if (reader.AcceptKeyword("not")) {
      reader.ExpectKeyword("null");
    } else {
      reader.AcceptKeyword("null");
    }
  } while (reader.AcceptSymbol(','));
  reader.ExpectSymbol(close);
  return LogicalType::STRUCT(std::move(fields));
}

LogicalType ParseList(TokenReader& reader) {
  const char close = TakeOpening(reader);
  LogicalType element = ParseType(reader);
  reader.ExpectSymbol(close);
  return LogicalType::LIST(std::move(element));
}

LogicalType ParseMap(TokenReader& reader) {
  const char close = TakeOpening(reader);
  LogicalType key = ParseType(reader);
  reader.ExpectSymbol(',');
  LogicalType value = ParseType(reader);
  reader.ExpectSymbol(close);
  return LogicalType::MAP(std::move(key), std::move(value));
}

LogicalType ParseEnum(TokenReader& reader) {
  reader.ExpectSymbol('(');
  std::vector<std::string> values;
  do {
    const base::SourceSpan span = reader.NextSpan();
    const std::string value = reader.ExpectString("a value in single quotes");
    if (std::find(values.begin(), values.end(), value) != values.end()) {
      throw DiagnosticError("LM1103", span, "value of an ENUM is given twice: '" + value + "'");
    }
    values.push_back(value);
  } while (reader.AcceptSymbol(','));
  reader.ExpectSymbol(')');
  duckdb::Vector dictionary(LogicalType::VARCHAR, values.size());
  for (size_t i = 0; i < values.size(); ++i) {
    dictionary.SetValue(i, duckdb::Value(values[i]));
  }
  return LogicalType::ENUM(dictionary, values.size());
}

LogicalType ParseDecimal(TokenReader& reader) {
  int64_t width = 38;
  int64_t scale = 10;
  const base::SourceSpan span = reader.NextSpan();
  if (reader.AcceptSymbol('(')) {
    width = TakeNumber(reader, "the number of digits");
    scale =
        reader.AcceptSymbol(',') ? TakeNumber(reader, "the number of digits behind the point") : 0;
    reader.ExpectSymbol(')');
  }
  if (width < 1 || width > 38 || scale < 0 || scale > width) {
    throw DiagnosticError(
        "LM1102", span,
        "DECIMAL takes 1 to 38 digits, of which at most all stand behind the point");
  }
  return LogicalType::DECIMAL(static_cast<uint8_t>(width), static_cast<uint8_t>(scale));
}

LogicalType ParseTimestamp(TokenReader& reader) {
  LogicalType type = LogicalType::TIMESTAMP;
  if (reader.SeesSymbol('(')) {
    const base::SourceSpan span = reader.NextSpan();
    reader.ExpectSymbol('(');
    const int64_t digits = TakeNumber(reader, "0, 3, 6 or 9");
    reader.ExpectSymbol(')');
    switch (digits) {
      case 0:
        type = LogicalType::TIMESTAMP_S;
        break;
      case 3:
        type = LogicalType::TIMESTAMP_MS;
        break;
      case 6:
        break;
      case 9:
        type = LogicalType::TIMESTAMP_NS;
        break;
      default:
        throw DiagnosticError("LM1102", span, "TIMESTAMP takes 0, 3, 6 or 9 digits of a second");
    }
  }
  if (reader.AcceptKeywords({"with", "time", "zone"})) {
    return LogicalType::TIMESTAMP_TZ;
  }
  reader.AcceptKeywords({"without", "time", "zone"});
  return type;
}

std::optional<LogicalType> Unsigned(LogicalTypeId id) {
  switch (id) {
    case LogicalTypeId::TINYINT:
      return LogicalType::UTINYINT;
    case LogicalTypeId::SMALLINT:
      return LogicalType::USMALLINT;
    case LogicalTypeId::INTEGER:
      return LogicalType::UINTEGER;
    case LogicalTypeId::BIGINT:
      return LogicalType::UBIGINT;
    case LogicalTypeId::HUGEINT:
      return LogicalType::UHUGEINT;
    default:
      return std::nullopt;
  }
}

/// Skips the length of CHAR(10) and the like: it does not limit anything.
void SkipLength(TokenReader& reader) {
  if (reader.AcceptSymbol('(')) {
    TakeNumber(reader, "a length");
    reader.ExpectSymbol(')');
  }
}

LogicalType ParseSimple(TokenReader& reader, const std::string& name, base::SourceSpan span) {
  const LogicalTypeId id = duckdb::TransformStringToLogicalTypeId(name);
  switch (id) {
    case LogicalTypeId::USER:
    case LogicalTypeId::INVALID:
    case LogicalTypeId::UNKNOWN:
    case LogicalTypeId::SQLNULL: {
      const std::string nearest = base::FindNearest(name, TypeNames());
      throw DiagnosticError("LM1102", span, "unknown type \"" + name + "\"",
                            nearest.empty() ? "see `laminar help sql` for the types"
                                            : "did you mean " + nearest + "?");
    }
    case LogicalTypeId::VARCHAR:
    case LogicalTypeId::BLOB:
      SkipLength(reader);
      return LogicalType(id);
    case LogicalTypeId::DECIMAL:
      return ParseDecimal(reader);
    case LogicalTypeId::STRUCT:
      return ParseStruct(reader);
    case LogicalTypeId::MAP:
      return ParseMap(reader);
    case LogicalTypeId::LIST:
      return ParseList(reader);
    case LogicalTypeId::ENUM:
      return ParseEnum(reader);
    case LogicalTypeId::TIMESTAMP:
      return ParseTimestamp(reader);
    case LogicalTypeId::TIME:
      if (reader.AcceptKeywords({"with", "time", "zone"})) {
        return LogicalType::TIME_TZ;
      }
      reader.AcceptKeywords({"without", "time", "zone"});
      return LogicalType::TIME;
    default:
      return LogicalType(id);
  }
}

LogicalType ParseBase(TokenReader& reader) {
  const base::SourceSpan span = reader.NextSpan();
  const std::string name = duckdb::StringUtil::Lower(reader.ExpectIdentifier("a type"));
  if (name == "json") {
    return LogicalType::JSON();
  }
  if (name == "array" || name == "list") {
    return ParseList(reader);
  }
  if (name == "struct" || name == "row") {
    return ParseStruct(reader);
  }
  if (name == "map") {
    return ParseMap(reader);
  }
  if (name == "enum") {
    return ParseEnum(reader);
  }
  if (name == "double") {
    reader.AcceptKeyword("precision");
    return LogicalType::DOUBLE;
  }
  if (name == "character") {
    reader.AcceptKeyword("varying");
    SkipLength(reader);
    return LogicalType::VARCHAR;
  }
  LogicalType type = ParseSimple(reader, name, span);
  if (reader.SeesKeyword("unsigned")) {
    const std::optional<LogicalType> without_sign = Unsigned(type.id());
    if (!without_sign.has_value()) {
      throw DiagnosticError("LM1102", reader.NextSpan(),
                            "only integer types can be UNSIGNED, not " + type.ToString());
    }
    reader.Next();
    return *without_sign;
  }
  return type;
}

}  // namespace

LogicalType ParseType(TokenReader& reader) {
  LogicalType type = ParseBase(reader);
  while (reader.AcceptSymbol('[')) {
    if (reader.SeesKind(TokenKind::kNumber)) {
      const base::SourceSpan span = reader.NextSpan();
      const int64_t size = TakeNumber(reader, "a size");
      if (size < 1 || size > 100'000) {
        throw DiagnosticError("LM1102", span, "the size of an array must be from 1 to 100000");
      }
      type = LogicalType::ARRAY(type, static_cast<duckdb::idx_t>(size));
    } else {
      type = LogicalType::LIST(type);
    }
    reader.ExpectSymbol(']');
  }
  return type;
}

}  // namespace laminar::sql
