#include "formats/csv/csv_scanner.h"

#include <cstring>

#if defined(__SSE2__)
#include <emmintrin.h>
#endif

namespace laminar::formats {
namespace {

constexpr size_t kBlockBytes = 64;

}  // namespace

CsvScanner::CsvScanner(const CsvDialect& dialect)
    : dialect_(dialect),
      quote_(dialect.quote.value_or('\n')),
      escape_(dialect.escape.value_or('\n')) {}

void CsvScanner::Start(std::string_view text) {
  text_ = text;
  next_record_ = 0;
  next_special_ = 0;
  FindSpecials();
}

void CsvScanner::FindSpecials() {
  // Room for a block in which every byte is special.
  if (specials_.size() < text_.size() + kBlockBytes) {
    specials_.resize(text_.size() + kBlockBytes);
  }
  uint32_t* out = specials_.data();
  size_t i = 0;
  bool is_ascii = true;
#if defined(__SSE2__)
  const __m128i delimiter = _mm_set1_epi8(dialect_.delimiter);
  const __m128i quote = _mm_set1_epi8(quote_);
  const __m128i escape = _mm_set1_epi8(escape_);
  const __m128i line_feed = _mm_set1_epi8('\n');
  __m128i high_bits = _mm_setzero_si128();
  for (; i + kBlockBytes <= text_.size(); i += kBlockBytes) {
    uint64_t mask = 0;
    for (size_t part = 0; part < 4; ++part) {
      const __m128i bytes =
          _mm_loadu_si128(reinterpret_cast<const __m128i*>(text_.data() + i + 16 * part));
      high_bits = _mm_or_si128(high_bits, bytes);
      const __m128i special = _mm_or_si128(
          _mm_or_si128(_mm_cmpeq_epi8(bytes, delimiter), _mm_cmpeq_epi8(bytes, line_feed)),
          _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, escape)));
      mask |= static_cast<uint64_t>(static_cast<uint32_t>(_mm_movemask_epi8(special)))
              << (16 * part);
    }
    while (mask != 0) {
      *out++ = static_cast<uint32_t>(i) + static_cast<uint32_t>(__builtin_ctzll(mask));
      mask &= mask - 1;
    }
  }
  is_ascii = _mm_movemask_epi8(high_bits) == 0;
#endif
  for (; i < text_.size(); ++i) {
    const char c = text_[i];
    is_ascii = is_ascii && (static_cast<unsigned char>(c) & 0x80) == 0;
    if (c == dialect_.delimiter || c == '\n' || c == quote_ || c == escape_) {
      *out++ = static_cast<uint32_t>(i);
    }
  }
  num_specials_ = static_cast<size_t>(out - specials_.data());
  is_ascii_ = is_ascii;
}

CsvScanner::Result CsvScanner::Next() {
  fields_.clear();
  record_begin_ = next_record_;
  record_special_ = next_special_;
  if (record_begin_ == text_.size()) {
    return Result::kEnd;
  }
  const char first = text_[record_begin_];
  if (first == '\n' || (first == '\r' && text_.substr(record_begin_, 2) == "\r\n") ||
      dialect_.comment == first) [[unlikely]] {
    return SkipLine();
  }
  size_t begin = record_begin_;
  while (true) {
    if (begin == text_.size()) {
      return Result::kIncomplete;
    }
    const bool is_quoted = text_[begin] == quote_ && quote_ != '\n';
    const Result result = is_quoted ? TakeQuoted(begin) : TakePlain(begin);
    if (result != Result::kRecord) [[unlikely]] {
      return result;
    }
    begin = field_end_ + 1;
    if (text_[field_end_] == '\n') {
      next_record_ = begin;
      return Result::kRecord;
    }
  }
}

CsvScanner::Result CsvScanner::SkipLine() {
  while (next_special_ < num_specials_) {
    const uint32_t offset = specials_[next_special_++];
    if (text_[offset] == '\n') {
      next_record_ = offset + 1;
      return Result::kBlank;
    }
  }
  return Result::kIncomplete;
}

CsvScanner::Result CsvScanner::TakeBad(std::string_view reason) {
  reason_ = reason;
  bad_offset_ = field_end_;
  next_special_ = record_special_;
  return SkipLine() == Result::kIncomplete ? Result::kIncomplete : Result::kBad;
}

CsvScanner::Result CsvScanner::TakePlain(size_t begin) {
  // Quotes within a field that does not begin with one are plain characters.
  while (next_special_ < num_specials_) {
    const size_t offset = specials_[next_special_++];
    const char c = text_[offset];
    if (c != dialect_.delimiter && c != '\n') {
      continue;
    }
    field_end_ = offset;
    size_t end = offset;
    if (c == '\n' && end > begin && text_[end - 1] == '\r') {
      --end;
    }
    fields_.push_back({text_.substr(begin, end - begin)});
    return Result::kRecord;
  }
  return Result::kIncomplete;
}

CsvScanner::Result CsvScanner::TakeQuoted(size_t begin) {
  ++next_special_;
  bool escaped = false;
  size_t closing = 0;
  while (true) {
    if (next_special_ == num_specials_) {
      return Result::kIncomplete;
    }
    const size_t offset = specials_[next_special_++];
    const char c = text_[offset];
    if (c != quote_ && c != escape_) {
      continue;
    }
    if (offset + 1 == text_.size()) {
      return Result::kIncomplete;
    }
    const bool escapes_next = c == escape_ && (c != quote_ || text_[offset + 1] == quote_);
    if (escapes_next) {
      escaped = true;
      if (next_special_ < num_specials_ && specials_[next_special_] == offset + 1) {
        ++next_special_;
      }
      continue;
    }
    closing = offset;
    break;
  }
  field_end_ = closing + 1;
  if (text_[field_end_] == '\r') {
    if (field_end_ + 1 == text_.size()) {
      return Result::kIncomplete;
    }
    field_end_ += text_[field_end_ + 1] == '\n' ? 1 : 0;
  }
  if (text_[field_end_] != dialect_.delimiter && text_[field_end_] != '\n') {
    return TakeBad("text follows the closing quote of a field");
  }
  ++next_special_;
  fields_.push_back({text_.substr(begin + 1, closing - begin - 1), /*quoted=*/true, escaped});
  return Result::kRecord;
}

size_t CsvScanner::Unescape(std::string_view field, char* out) const {
  char* const begin = out;
  for (size_t i = 0; i < field.size(); ++i) {
    if (field[i] == escape_ && i + 1 < field.size()) {
      ++i;
    }
    *out++ = field[i];
  }
  return static_cast<size_t>(out - begin);
}

}  // namespace laminar::formats
