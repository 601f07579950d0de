// A text made from another by replacing pieces of it, which knows where each byte came from: so
// that errors found in the edited text point at what the user wrote. Immutable once built.
#ifndef LAMINAR_SQL_BINDER_EDITED_TEXT_H_
#define LAMINAR_SQL_BINDER_EDITED_TEXT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace laminar::sql {

/// Replaces `length` bytes at `offset` by `replacement`.
struct TextEdit {
  int64_t offset = 0;
  int64_t length = 0;
  std::string replacement;
};

class EditedText {
 public:
  /// REQUIRES: edits in order, not overlapping, inside the original.
  EditedText(std::string_view original, const std::vector<TextEdit>& edits);

  const std::string& text() const { return text_; }
  /// The place of a byte of text() in the original; of a replacement, the first byte of what it
  /// replaced.
  int64_t ToOriginal(int64_t offset) const;
  /// The same for a range: it covers everything that the range came from.
  base::SourceSpan ToOriginal(const base::SourceSpan& span) const;

 private:
  /// Where a replacement lies in both texts.
  struct Piece {
    int64_t edited_start;
    int64_t edited_end;
    int64_t original_start;
    int64_t original_end;
  };
  /// The last piece that starts at or before `offset`; null when there is none.
  const Piece* PieceBefore(int64_t offset) const;

  std::string text_;
  std::vector<Piece> pieces_;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_EDITED_TEXT_H_
