#include "formats/csv/infer_csv_schema.h"

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "duckdb/common/string_util.hpp"

#include "formats/csv/csv_decoder.h"
#include "formats/csv/csv_scanner.h"
#include "formats/text/byte_order_mark.h"
#include "formats/text/number_text.h"
#include "formats/text/time_text.h"

namespace laminar::formats {
namespace {

using data::LogicalType;

enum class Kind { kNull, kBoolean, kInteger, kHugeInteger, kDouble, kDate, kTimestamp, kText };

struct Cell {
  std::string text;
  bool quoted = false;
};
using Record = std::vector<Cell>;

bool IsDouble(std::string_view text) {
  const char* p = text.data();
  const char* const end = p + text.size();
  double value = 0;
  return TakeDouble(p, end, value) != ParseResult::kMalformed && p == end;
}

Kind KindOf(const Cell& cell, const CsvDialect& dialect) {
  const std::string& text = cell.text;
  if (text.empty() || (!cell.quoted && text == dialect.null_text)) {
    return Kind::kNull;
  }
  const std::string lower = duckdb::StringUtil::Lower(text);
  if (lower == "true" || lower == "false") {
    return Kind::kBoolean;
  }
  const char* p = text.data();
  WholeNumber number;
  int64_t value = 0;
  if (TakeWholeNumber(p, p + text.size(), number) == ParseResult::kOk &&
      p == text.data() + text.size() && ToSigned(number, value)) {
    return Kind::kInteger;
  }
  Int128 huge = 0;
  if (ParseInt128(text, huge) == ParseResult::kOk) {
    return Kind::kHugeInteger;
  }
  if (IsDouble(text)) {
    return Kind::kDouble;
  }
  int64_t days = 0;
  Instant instant;
  if (ParseDate(text, days)) {
    return Kind::kDate;
  }
  return ParseRfc3339(text, instant) ? Kind::kTimestamp : Kind::kText;
}

Kind Merge(Kind a, Kind b) {
  if (a > b) {
    std::swap(a, b);
  }
  const bool are_numbers = a >= Kind::kInteger && b <= Kind::kDouble;
  const bool are_times = a >= Kind::kDate && b <= Kind::kTimestamp;
  return a == b || a == Kind::kNull || are_numbers || are_times ? b : Kind::kText;
}

LogicalType TypeOf(Kind kind) {
  switch (kind) {
    case Kind::kBoolean:
      return LogicalType::BOOLEAN;
    case Kind::kInteger:
      return LogicalType::BIGINT;
    case Kind::kHugeInteger:
      return LogicalType::HUGEINT;
    case Kind::kDouble:
      return LogicalType::DOUBLE;
    case Kind::kDate:
      return LogicalType::DATE;
    case Kind::kTimestamp:
      return LogicalType::TIMESTAMP;
    case Kind::kNull:
    case Kind::kText:
      return LogicalType::VARCHAR;
  }
  return LogicalType::VARCHAR;
}

std::vector<Record> ReadRecords(std::string_view sample, bool at_end, const CsvDialect& dialect) {
  std::string text(WithoutByteOrderMark(sample));
  if (at_end) {
    text += '\n';
  }
  CsvScanner scanner(dialect);
  scanner.Start(text);
  std::vector<Record> records;
  std::string scratch;
  while (true) {
    const CsvScanner::Result result = scanner.Next();
    if (result == CsvScanner::Result::kEnd || result == CsvScanner::Result::kIncomplete) {
      return records;
    }
    if (result != CsvScanner::Result::kRecord ||
        (!records.empty() && scanner.fields().size() != records[0].size())) {
      continue;
    }
    Record& record = records.emplace_back();
    for (const CsvField& field : scanner.fields()) {
      record.push_back({std::string(CsvFieldText(scanner, field, scratch)), field.quoted});
    }
  }
}

// Reads like a name: begins with a letter and holds nothing but letters, digits and some signs.
bool LooksLikeName(const std::string& text) {
  const auto is_letter = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_' ||
           (static_cast<unsigned char>(c) & 0x80) != 0;
  };
  return !text.empty() && is_letter(text[0]) && text.size() <= 64 &&
         std::all_of(text.begin(), text.end(), [&](char c) {
           return is_letter(c) || IsDigit(c) || c == ' ' || c == '-' || c == '.';
         });
}

bool HasHeader(const std::vector<Record>& records,
               const std::vector<Kind>& kinds_behind_first,
               const CsvDialect& dialect) {
  if (dialect.header != CsvDialect::Header::kAuto) {
    return dialect.header == CsvDialect::Header::kYes;
  }
  const Record& first = records[0];
  std::set<std::string> names;
  for (const Cell& cell : first) {
    if (cell.text.empty() || !names.insert(duckdb::StringUtil::Lower(cell.text)).second) {
      return false;
    }
  }
  bool all_text = true;
  for (size_t i = 0; i < first.size(); ++i) {
    const Kind kind = kinds_behind_first[i];
    all_text = all_text && (kind == Kind::kText || kind == Kind::kNull);
    // A word above a column of numbers or times.
    if (kind != Kind::kText && kind != Kind::kNull &&
        Merge(kind, KindOf(first[i], dialect)) == Kind::kText) {
      return true;
    }
  }
  return all_text && std::all_of(first.begin(), first.end(),
                                 [](const Cell& cell) { return LooksLikeName(cell.text); });
}

std::string UniqueName(std::string name, std::set<std::string>& taken) {
  const std::string stem = name;
  for (int i = 1; !taken.insert(duckdb::StringUtil::Lower(name)).second; ++i) {
    name = stem + "_" + std::to_string(i);
  }
  return name;
}

}  // namespace

absl::StatusOr<data::Schema> InferCsvSchema(std::string_view sample,
                                            bool at_end,
                                            const CsvDialect& dialect) {
  const std::vector<Record> records = ReadRecords(sample, at_end, dialect);
  if (records.empty()) {
    return base::InvalidArgument(
        "columns cannot be guessed: there is no whole CSV record at the beginning of the input");
  }
  const size_t num_columns = records[0].size();
  std::vector<Kind> kinds(num_columns, Kind::kNull);
  for (size_t i = 1; i < records.size(); ++i) {
    for (size_t column = 0; column < num_columns; ++column) {
      kinds[column] = Merge(kinds[column], KindOf(records[i][column], dialect));
    }
  }
  const bool has_header = HasHeader(records, kinds, dialect);
  data::Schema schema;
  std::set<std::string> taken;
  for (size_t column = 0; column < num_columns; ++column) {
    const Cell& first = records[0][column];
    const std::string name =
        has_header && !first.text.empty() ? first.text : "column" + std::to_string(column);
    const Kind kind = has_header ? kinds[column] : Merge(kinds[column], KindOf(first, dialect));
    schema.fields.push_back({UniqueName(name, taken), TypeOf(kind)});
  }
  return schema;
}

}  // namespace laminar::formats
