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

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_WORD_SPAN_H_
