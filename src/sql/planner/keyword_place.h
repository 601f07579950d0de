// Where in a statement a refusal belongs whose operator has lost its place: at the clause that the
// error is about, when the statement has only one. Pure; any thread.
#ifndef LAMINAR_SQL_PLANNER_KEYWORD_PLACE_H_
#define LAMINAR_SQL_PLANNER_KEYWORD_PLACE_H_

#include <string_view>

#include "base/diagnostic.h"

namespace laminar::sql {

/// The span of the clause's keyword for this diagnostic code, or `statement`.
base::SourceSpan FindPlace(std::string_view text,
                           base::SourceSpan statement,
                           std::string_view code);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_PLANNER_KEYWORD_PLACE_H_
