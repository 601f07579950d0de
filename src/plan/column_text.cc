#include "plan/column_text.h"

#include <cctype>
#include <cstddef>

#include <fmt/format.h>

#include "plan/stable_hash.h"

namespace laminar::plan {
namespace {

// Longer texts are replaced by their hash: expressions over expressions may double at each step.
constexpr size_t kTextBytesMax = 2048;

// The end of what is in quotes at `at`, its last quote included; doubled quotes end it and begin
// the next.
size_t EndOfQuoted(std::string_view text, size_t at) {
  const size_t end = text.find(text[at], at + 1);
  return end == std::string_view::npos ? text.size() : end + 1;
}

bool IsDigit(char c) { return std::isdigit(static_cast<unsigned char>(c)) != 0; }

}  // namespace

ColumnText PlainColumn(uint64_t rows, std::string_view name) {
  return {.text = fmt::format("{{{:016x}.{}}}", rows, name), .plain = true};
}

ColumnText TextOf(const expression::BoundExpression& expression,
                  const std::vector<ColumnText>& inputs,
                  const data::Schema& schema) {
  if (const std::optional<size_t> column = expression.AsColumn()) {
    return inputs.at(*column);
  }
  const std::string text = expression.ToNormalizedText();
  std::string result;
  for (size_t at = 0; at < text.size();) {
    if (text[at] == '\'' || text[at] == '"') {
      const size_t end = EndOfQuoted(text, at);
      result += text.substr(at, end - at);
      at = end;
      continue;
    }
    if (text[at] != '#' || at + 1 == text.size() || !IsDigit(text[at + 1])) {
      result += text[at++];
      continue;
    }
    size_t column = 0;
    for (++at; at < text.size() && IsDigit(text[at]); ++at) {
      column = 10 * column + static_cast<size_t>(text[at] - '0');
    }
    result += TypedText(inputs.at(column), schema.fields.at(column).type);
  }
  if (result.size() > kTextBytesMax) {
    result = fmt::format("{{{:016x}}}", StableHasher().Add(result).hash());
  }
  return {.text = std::move(result), .plain = false};
}

std::string TypedText(const ColumnText& column, const data::LogicalType& type) {
  return column.plain ? column.text + ":" + type.ToString() : column.text;
}

}  // namespace laminar::plan
