#include "formats/csv/csv_encoder.h"

#include <algorithm>
#include <exception>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace laminar::formats {
namespace {

using data::idx_t;

constexpr TimestampStyle kStyle{' ', "", "+00"};
// What the texts of numbers, booleans, times and UUIDs are made of.
constexpr std::string_view kPlainCharacters =
    "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ+-.: ()";

bool IsPlain(char c) { return kPlainCharacters.find(c) != std::string_view::npos; }

// Types whose text can hold anything.
bool IsFreeText(CellKind kind) {
  return kind == CellKind::kText || kind == CellKind::kBlob || kind == CellKind::kEnum ||
         kind == CellKind::kOther;
}

}  // namespace

CsvEncoder::CsvEncoder(const data::Schema& schema, const CsvDialect& dialect)
    : dialect_(dialect),
      quote_(dialect.quote.value_or('"')),
      escape_(dialect.escape.value_or(quote_)),
      numbers_need_care_(
          IsPlain(dialect.delimiter) || IsPlain(quote_) || IsPlain(escape_) ||
          (!dialect.null_text.empty() &&
           std::all_of(dialect.null_text.begin(), dialect.null_text.end(), IsPlain)) ||
          (dialect.comment.has_value() && IsPlain(*dialect.comment))) {
  for (size_t i = 0; i < schema.num_visible_columns(); ++i) {
    names_.push_back(schema.fields[i].name);
    columns_.push_back({CellText(schema.fields[i].type, {}, kStyle), {}, nullptr});
  }
}

absl::Status CsvEncoder::Begin(std::string& bytes) {
  if (dialect_.header == CsvDialect::Header::kNo) {
    return absl::OkStatus();
  }
  TextBuffer out(bytes);
  for (size_t i = 0; i < names_.size(); ++i) {
    if (i > 0) {
      out.Append(dialect_.delimiter);
    }
    AppendText(names_[i], out);
  }
  out.Append('\n');
  out.Finish();
  return absl::OkStatus();
}

absl::Status CsvEncoder::Encode(const data::Chunk& chunk, std::string& bytes) {
  const idx_t num_rows = chunk.num_rows();
  // DuckDB's kernels take mutable vectors but only read them.
  auto& data = const_cast<duckdb::DataChunk&>(chunk.columns());
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].vector = &data.data[i];
    if (columns_[i].cell.kind() != CellKind::kOther) {
      columns_[i].format = data::UnifiedVectorFormat();
      data.data[i].ToUnifiedFormat(num_rows, columns_[i].format);
    }
  }
  TextBuffer out(bytes);
  size_t whole = out.size();
  try {
    for (idx_t row = 0; row < num_rows; ++row) {
      for (size_t i = 0; i < columns_.size(); ++i) {
        if (i > 0) {
          out.Append(dialect_.delimiter);
        }
        AppendCell(columns_[i], row, out);
      }
      out.Append('\n');
      whole = out.size();
    }
  } catch (const std::exception& error) {
    out.CutTo(whole);
    out.Finish();
    return base::Internal(std::string("a row could not be written as CSV: ") + error.what());
  }
  out.Finish();
  return absl::OkStatus();
}

void CsvEncoder::AppendCell(Column& column, idx_t row, TextBuffer& out) {
  const CellKind kind = column.cell.kind();
  if (kind == CellKind::kOther) {
    const data::Value value = column.vector->GetValue(row);
    return value.IsNull() ? out.Append(dialect_.null_text) : AppendText(value.ToString(), out);
  }
  const idx_t index = column.format.sel->get_index(row);
  if (!column.format.validity.RowIsValid(index)) {
    return out.Append(dialect_.null_text);
  }
  if (kind == CellKind::kText) {
    const auto& text = data::UnifiedVectorFormat::GetData<duckdb::string_t>(column.format)[index];
    return AppendText({text.GetData(), text.GetSize()}, out);
  }
  const size_t begin = out.size();
  column.cell.Append(column.format.data, index, out);
  if (numbers_need_care_ || IsFreeText(kind)) {
    QuoteBehind(begin, out);
  }
}

bool CsvEncoder::IsSpecial(char c) const {
  return c == dialect_.delimiter || c == quote_ || c == escape_ || c == '\n' || c == '\r';
}

bool CsvEncoder::NeedsQuotes(std::string_view text) const {
  return text == dialect_.null_text || text.empty() || dialect_.comment == text.front() ||
         std::any_of(text.begin(), text.end(), [&](char c) { return IsSpecial(c); });
}

void CsvEncoder::AppendText(std::string_view text, TextBuffer& out) const {
  if (text == dialect_.null_text || text.empty() || dialect_.comment == text.front()) [[unlikely]] {
    return AppendQuoted(text, out);
  }
  // Copies as long as nothing special comes.
  char* p = out.Reserve(text.size() + 16);
  size_t i = 0;
#if defined(__SSE2__)
  const __m128i delimiter = _mm_set1_epi8(dialect_.delimiter);
  const __m128i quote = _mm_set1_epi8(quote_);
  const __m128i escape = _mm_set1_epi8(escape_);
  const __m128i line_feed = _mm_set1_epi8('\n');
  const __m128i carriage_return = _mm_set1_epi8('\r');
  for (; i + 16 <= text.size(); i += 16) {
    const __m128i bytes = _mm_loadu_si128(reinterpret_cast<const __m128i*>(text.data() + i));
    _mm_storeu_si128(reinterpret_cast<__m128i*>(p + i), bytes);
    const __m128i special = _mm_or_si128(
        _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiter), _mm_cmpeq_epi8(bytes, line_feed)),
        _mm_or_si128(_mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, escape)),
                     _mm_cmpeq_epi8(bytes, carriage_return)));
    if (_mm_movemask_epi8(special) != 0) {
      return AppendQuoted(text, out);
    }
  }
#endif
  for (; i < text.size(); ++i) {
    if (IsSpecial(text[i])) {
      return AppendQuoted(text, out);
    }
    p[i] = text[i];
  }
  out.Advance(p + text.size());
}

void CsvEncoder::AppendQuoted(std::string_view text, TextBuffer& out) const {
  char* p = out.Reserve(2 * text.size() + 2);
  *p++ = quote_;
  for (const char c : text) {
    if (c == quote_ || c == escape_) {
      *p++ = escape_;
    }
    *p++ = c;
  }
  *p++ = quote_;
  out.Advance(p);
}

void CsvEncoder::QuoteBehind(size_t begin, TextBuffer& out) const {
  if (!NeedsQuotes(out.From(begin))) {
    return;
  }
  const std::string text(out.From(begin));
  out.CutTo(begin);
  AppendQuoted(text, out);
}

}  // namespace laminar::formats
