#include "sql/binder/edited_text.h"

#include <algorithm>

#include "base/assert.h"

namespace laminar::sql {

EditedText::EditedText(std::string_view original, const std::vector<TextEdit>& edits) {
  size_t copied = 0;
  for (const TextEdit& edit : edits) {
    const auto start = static_cast<size_t>(edit.offset);
    LAMINAR_ASSERT(start >= copied && start + static_cast<size_t>(edit.length) <= original.size(),
                   edit.offset);
    text_.append(original.substr(copied, start - copied));
    const auto edited_start = static_cast<int64_t>(text_.size());
    text_.append(edit.replacement);
    pieces_.push_back(
        {edited_start, static_cast<int64_t>(text_.size()), edit.offset, edit.offset + edit.length});
    copied = start + static_cast<size_t>(edit.length);
  }
  text_.append(original.substr(copied));
}

const EditedText::Piece* EditedText::PieceBefore(int64_t offset) const {
  const auto after = std::upper_bound(
      pieces_.begin(), pieces_.end(), offset,
      [](int64_t value, const Piece& piece) { return value < piece.edited_start; });
  return after == pieces_.begin() ? nullptr : &*std::prev(after);
}

int64_t EditedText::ToOriginal(int64_t offset) const {
  const Piece* piece = PieceBefore(offset);
  if (piece == nullptr) {
    return offset;
  }
  if (offset < piece->edited_end) {
    return piece->original_start;
  }
  return piece->original_end + (offset - piece->edited_end);
}

base::SourceSpan EditedText::ToOriginal(const base::SourceSpan& span) const {
  if (span.offset < 0) {
    return span;
  }
  const int64_t start = ToOriginal(span.offset);
  if (span.length == 0) {
    return {start, 0};
  }
  const int64_t last = span.offset + span.length - 1;
  const Piece* piece = PieceBefore(last);
  const int64_t end =
      piece != nullptr && last < piece->edited_end ? piece->original_end : ToOriginal(last) + 1;
  return {start, std::max(end - start, int64_t{0})};
}

}  // namespace laminar::sql
