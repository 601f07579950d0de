// StringSlab: room for the strings of one vector, taken from the vector's own heap in large pieces,
// so that a string costs a copy and no call. Owned by the writer of the vector; task thread.
#ifndef LAMINAR_FORMATS_TEXT_STRING_SLAB_H_
#define LAMINAR_FORMATS_TEXT_STRING_SLAB_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string_view>

#include "data/vector.h"

namespace laminar::formats {

class StringSlab {
 public:
  /// From now on strings go to `vector`; `expected_bytes` sizes the first piece.
  void Attach(data::Vector& vector, size_t expected_bytes) {
    vector_ = &vector;
    cursor_ = nullptr;
    end_ = nullptr;
    next_bytes_ = std::clamp<size_t>(expected_bytes, kPieceBytesMin, 16 * 1024);
  }

  /// Returns room for `num_bytes`; what is not committed is free again.
  char* Reserve(size_t num_bytes) {
    if (static_cast<size_t>(end_ - cursor_) < num_bytes) [[unlikely]] {
      Grow(num_bytes);
    }
    return cursor_;
  }

  /// Makes a string of the first `num_bytes` of the room reserved last, which was for at least
  /// kInlineBytes more.
  duckdb::string_t Commit(size_t num_bytes) {
    if (num_bytes > kInlineBytes) {
      const duckdb::string_t text(cursor_, static_cast<uint32_t>(num_bytes));
      cursor_ += num_bytes;
      return text;
    }
    return MakeInline(cursor_, num_bytes);
  }

  duckdb::string_t Add(std::string_view text) {
    if (text.size() <= kInlineBytes) {
      return {text.data(), static_cast<uint32_t>(text.size())};
    }
    std::memcpy(Reserve(text.size()), text.data(), text.size());
    return Commit(text.size());
  }

  /// Strings up to this long lie in their cell.
  static constexpr size_t kInlineBytes = duckdb::string_t::INLINE_LENGTH;

 private:
  // A string that lies in its cell, without a copy of variable length: `from` has at least
  // kInlineBytes readable bytes, and those behind the string become zeros.
  static duckdb::string_t MakeInline(const char* from, size_t num_bytes) {
    static_assert(sizeof(duckdb::string_t) == 16 && kInlineBytes == 12);
    uint32_t prefix;
    uint64_t rest;
    std::memcpy(&prefix, from, sizeof(prefix));
    std::memcpy(&rest, from + sizeof(prefix), sizeof(rest));
    if (num_bytes < sizeof(prefix)) {
      prefix &= (uint32_t{1} << (8 * num_bytes)) - 1;
      rest = 0;
    } else if (num_bytes < kInlineBytes) {
      rest &= (uint64_t{1} << (8 * (num_bytes - sizeof(prefix)))) - 1;
    }
    char bytes[16];
    const auto length = static_cast<uint32_t>(num_bytes);
    std::memcpy(bytes, &length, sizeof(length));
    std::memcpy(bytes + 4, &prefix, sizeof(prefix));
    std::memcpy(bytes + 8, &rest, sizeof(rest));
    return std::bit_cast<duckdb::string_t>(bytes);
  }

  static constexpr size_t kPieceBytesMin = 256;
  static constexpr size_t kPieceBytesMax = 256 * 1024;

  void Grow(size_t num_bytes) {
    const size_t piece_bytes = std::max(num_bytes, next_bytes_);
    next_bytes_ = std::min(next_bytes_ * 2, kPieceBytesMax);
    duckdb::string_t piece = duckdb::StringVector::EmptyString(*vector_, piece_bytes);
    cursor_ = piece.GetDataWriteable();
    end_ = cursor_ + piece_bytes;
  }

  data::Vector* vector_ = nullptr;
  char* cursor_ = nullptr;
  char* end_ = nullptr;
  size_t next_bytes_ = kPieceBytesMin;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_STRING_SLAB_H_
