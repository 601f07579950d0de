#include "formats/clf/clf_decoder.h"

#include <algorithm>

#include "formats/text/utf8.h"

namespace laminar::formats {
namespace {

bool SameName(std::string_view a, std::string_view b) {
  const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [&](char x, char y) { return lower(x) == lower(y); });
}

}  // namespace

std::optional<ClfField> FindClfField(std::string_view column) {
  for (size_t i = 0; i < kClfFields; ++i) {
    const auto field = static_cast<ClfField>(i);
    if (SameName(ClfFieldName(field), column)) {
      return field;
    }
  }
  return std::nullopt;
}

ClfDecoder::ClfDecoder(const std::vector<data::Field>& fields,
                       const Options& options,
                       BadRecordHandler& handler)
    : LineDecoder(options, handler) {
  for (const data::Field& field : fields) {
    columns_.push_back({field, FindClfField(field.name).value_or(ClfField::kHost),
                        CellWriter(field.type, {}), nullptr});
  }
}

void ClfDecoder::Attach(data::Chunk& chunk, size_t num_bytes) {
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].vector = &chunk.column(i);
    columns_[i].cell.Attach(chunk.column(i), num_bytes / 4);
  }
}

bool ClfDecoder::TakeLine(std::string_view text, data::idx_t row, std::string& reason) {
  if (!IsUtf8(text)) {
    reason = "invalid UTF-8 at byte " + std::to_string(Utf8PrefixLength(text)) + " of the line";
    return false;
  }
  if (!ParseClfLine(text, line_, reason)) {
    return false;
  }
  for (Column& column : columns_) {
    if (!Store(column, row, reason)) {
      reason = "field '" + column.field.name + "': " + reason;
      for (Column& other : columns_) {
        duckdb::FlatVector::Validity(*other.vector).SetValid(row);
      }
      return false;
    }
  }
  return true;
}

bool ClfDecoder::Store(Column& column, data::idx_t row, std::string& reason) {
  const auto& text = line_.fields[static_cast<size_t>(column.source)];
  if (!text.has_value()) {
    if (!column.field.nullable) {
      reason = "missing, but NOT NULL";
      return false;
    }
    duckdb::FlatVector::SetNull(*column.vector, row, true);
    return true;
  }
  if (column.source == ClfField::kTimestamp && column.cell.kind() == CellKind::kTimestamp) {
    if (!column.cell.WriteInstant(row, line_.time)) {
      reason = "out of range: " + std::string(*text);
      return false;
    }
    return true;
  }
  return column.cell.WriteText(row, *text, reason);
}

}  // namespace laminar::formats
