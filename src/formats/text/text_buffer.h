// TextBuffer: appends to a string through a bare pointer, so that many small writes need one check
// and no call each. Lives for the writes of one chunk; Finish makes the string right again.
#ifndef LAMINAR_FORMATS_TEXT_TEXT_BUFFER_H_
#define LAMINAR_FORMATS_TEXT_TEXT_BUFFER_H_

#include <algorithm>
#include <cstddef>
#include <cstring>
#include <string>
#include <string_view>

namespace laminar::formats {

class TextBuffer {
 public:
  explicit TextBuffer(std::string& text) : text_(text), size_(text.size()) { Grow(0); }

  /// Room for `num_bytes`; give the end of what was written to Advance.
  char* Reserve(size_t num_bytes) {
    if (static_cast<size_t>(end_ - cursor_) < num_bytes) [[unlikely]] {
      Grow(num_bytes);
    }
    return cursor_;
  }
  void Advance(char* end) { cursor_ = end; }
  void Append(std::string_view bytes) {
    std::memcpy(Reserve(bytes.size()), bytes.data(), bytes.size());
    cursor_ += bytes.size();
  }
  void Append(char c) { *Reserve(1) = c, ++cursor_; }

  /// Bytes in the string so far.
  size_t size() const { return static_cast<size_t>(cursor_ - text_.data()); }
  /// Forgets what was written behind `size`.
  void CutTo(size_t size) { cursor_ = text_.data() + size; }
  /// What was written behind `size`.
  std::string_view From(size_t size) const { return {text_.data() + size, this->size() - size}; }
  /// Cuts the string to what was written. Nothing may be written after.
  void Finish() { text_.resize(size()); }

 private:
  void Grow(size_t num_bytes) {
    const size_t used = cursor_ == nullptr ? size_ : size();
    text_.resize(std::max(text_.capacity(), 2 * used + num_bytes + 4096));
    cursor_ = text_.data() + used;
    end_ = text_.data() + text_.size();
  }

  std::string& text_;
  const size_t size_;
  char* cursor_ = nullptr;
  char* end_ = nullptr;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_TEXT_TEXT_BUFFER_H_
