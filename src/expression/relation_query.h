// RelationQuery: a query of the user's over relations that files hold, in a DuckDB of its own that
// may read below a few folders and reach nothing else. For commands that look into what a job has
// kept; no part of a running job. Any thread; every call BLOCKS.
#ifndef LAMINAR_EXPRESSION_RELATION_QUERY_H_
#define LAMINAR_EXPRESSION_RELATION_QUERY_H_

#include <optional>
#include <string>
#include <vector>

#include "base/status.h"

namespace laminar::expression {

/// A view `"schema"."name"`.
struct Relation {
  std::string schema;
  std::string name;
  std::string definition;  // a SELECT
};

struct QueryOptions {
  std::vector<std::string> folders;  // that may be read
  std::string spill_folder;          // for what does not fit into memory
};

struct QueryResult {
  struct Column {
    std::string name;
    bool is_number = false;  // values are JSON as they stand, but for NaN and infinity
    bool is_flag = false;    // "true" or "false"
  };
  std::vector<Column> columns;
  std::vector<std::vector<std::optional<std::string>>> rows;  // nullopt: NULL
};

/// InvalidArgument, with DuckDB's message, when the query is wrong or meets a value that it cannot
/// take; ResourceExhausted when memory or disk do not suffice; Internal when a definition is wrong.
absl::StatusOr<QueryResult> QueryRelations(const std::vector<Relation>& relations,
                                           const std::string& sql,
                                           const QueryOptions& options);

/// The relations that a query names, as `schema.name` in lower case where it says so; none when it
/// is no query or cannot be read.
std::vector<std::string> RelationsNamedIn(const std::string& sql);

/// An identifier or a text as DuckDB's SQL writes it.
std::string QuoteName(const std::string& name);
std::string QuoteText(const std::string& text);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_RELATION_QUERY_H_
