// The functions that exist only on streams: tumble, hop, session, cumulate and row_time. They are
// DuckDB scalar functions, so that queries bind, but nothing executes them: the planner replaces
// them. These functions read a bound call. Planning thread.
#ifndef LAMINAR_SQL_CATALOG_WINDOW_FUNCTIONS_H_
#define LAMINAR_SQL_CATALOG_WINDOW_FUNCTIONS_H_

#include "data/options.h"

namespace duckdb {
class DuckDB;
class Expression;
}  // namespace duckdb

namespace laminar::sql {

/// A bound window call. Its intervals are constant, positive and checked when it was bound; its
/// type is STRUCT(start TIMESTAMP, end TIMESTAMP).
struct WindowCall {
  enum class Kind { kTumble, kHop, kSession, kCumulate };
  Kind kind = Kind::kTumble;
  data::Duration width;   // of kSession: the gap; of kCumulate: the greatest width
  data::Duration slide;   // of kHop and kCumulate (step); equals width otherwise
  data::Duration offset;  // windows start at offset + k * slide
  /// False: the window is over the hidden event time of the input, and the bound call has no
  /// children. True: the time column (TIMESTAMP) is the only child of the bound call.
  bool has_time_argument = false;
};

/// The call that `expression` is (not one inside it); null when it is none. Lives as long as the
/// expression.
const WindowCall* FindWindowCall(const duckdb::Expression& expression);

/// True for a bound `row_time()`: the row's hidden event time as TIMESTAMP.
bool IsRowTime(const duckdb::Expression& expression);

/// Registers these functions, the scan and the compatibility macros in the instance's system
/// catalog, and switches off the optimiser rules that are not sound on streams. Idempotent; any
/// thread.
void RegisterStreamFunctions(duckdb::DuckDB& database);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_CATALOG_WINDOW_FUNCTIONS_H_
