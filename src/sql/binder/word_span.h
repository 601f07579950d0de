// The span of the word, text, number or operator that starts at a place of a program: what is
// underlined when only a place is known.
#ifndef LAMINAR_SQL_BINDER_WORD_SPAN_H_
#define LAMINAR_SQL_BINDER_WORD_SPAN_H_

#include <cstdint>
#include <string_view>

#include "base/diagnostic.h"

namespace laminar::sql {

/// Dotted names are one word, and so is a call with its parentheses when they end on the same line.
/// {-1, 0} outside the text.
base::SourceSpan WordSpan(std::string_view text, int64_t offset);

/// The first place inside `span` where `word` stands by itself as a name: behind a point when it
/// is a member, not behind one else; {-1, 0} when nowhere.
base::SourceSpan FindWord(std::string_view text,
                          base::SourceSpan span,
                          std::string_view word,
                          bool is_member = false);

/// The name of a named argument (`name => value`, `name := value`, `name = value`) whose value
/// starts at `offset`; {-1, 0} when there is none.
base::SourceSpan ArgumentNameBefore(std::string_view text, int64_t offset);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_WORD_SPAN_H_
