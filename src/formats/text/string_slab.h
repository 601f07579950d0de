// StringSlab: room for the strings of one vector, taken from the vector's own heap in large pieces,
// so that a string costs a copy and no call. Owned by the writer of the vector; task thread.
#ifndef LAMINAR_FORMATS_TEXT_STRING_SLAB_H_
#define LAMINAR_FORMATS_TEXT_STRING_SLAB_H_

#include <algorithm>
#include <cstddef>
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

  /// Makes a string of the first `num_bytes` of the room reserved last.
  duckdb::string_t Commit(size_t num_bytes) {
    const duckdb::string_t text(cursor_, static_cast<uint32_t>(num_bytes));
    if (!text.IsInlined()) {
      cursor_ += num_bytes;
    }
    return text;
  }

  duckdb::string_t Add(std::string_view text) {
    if (text.size() <= duckdb::string_t::INLINE_LENGTH) {
      return {text.data(), static_cast<uint32_t>(text.size())};
    }
    std::memcpy(Reserve(text.size()), text.data(), text.size());
    return Commit(text.size());
  }

 private:
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
