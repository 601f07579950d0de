// The streams of one program, by name, where DuckDB's binder finds them: attached to the program's
// connection. Owned by that connection; binding thread.
#ifndef LAMINAR_SQL_CATALOG_PROGRAM_CATALOG_H_
#define LAMINAR_SQL_CATALOG_PROGRAM_CATALOG_H_

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "sql/catalog/source_table.h"

namespace duckdb {
class ClientContext;
}  // namespace duckdb

namespace laminar::sql {

class ProgramCatalog {
 public:
  /// The catalog attached to a connection; made at the first call.
  static ProgramCatalog& Of(duckdb::ClientContext& context);

  void Add(std::shared_ptr<SourceTable> source);
  void Remove(std::string_view name);
  /// Null when absent. Names compare exactly: the binder has folded them.
  std::shared_ptr<SourceTable> Find(std::string_view name) const;
  const std::vector<std::shared_ptr<SourceTable>>& sources() const { return sources_; }

 private:
  std::vector<std::shared_ptr<SourceTable>> sources_;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_CATALOG_PROGRAM_CATALOG_H_
