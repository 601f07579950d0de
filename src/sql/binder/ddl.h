// CREATE TABLE of the dialect, parsed by hand because DuckDB's grammar knows neither WATERMARK nor
// METADATA nor column names that are its keywords. Plain data, read by the binder.
#ifndef LAMINAR_SQL_BINDER_DDL_H_
#define LAMINAR_SQL_BINDER_DDL_H_

#include <optional>
#include <string>
#include <vector>

#include "data/options.h"
#include "data/vector.h"
#include "sql/binder/program_text.h"

namespace laminar::sql {

/// A name and where it was written.
struct PlacedName {
  std::string name;
  base::SourceSpan span;
};

struct ColumnDeclaration {
  PlacedName name;
  data::LogicalType type;
  base::SourceSpan type_span;
  bool not_null = false;
  bool primary_key = false;
  std::optional<TokenRange> generated;  // the expression of GENERATED ALWAYS AS
  std::optional<PlacedName> metadata;   // the key of METADATA FROM
  bool is_deprecated_metadata = false;  // written as GENERATED ALWAYS AS (metadata('key'))
};

struct WatermarkDeclaration {
  PlacedName column;
  std::optional<TokenRange> expression;
  base::SourceSpan span;
};

struct CreateTable {
  PlacedName name;
  base::SourceSpan span;  // the statement
  bool or_replace = false;
  bool if_not_exists = false;
  bool temporary = false;
  std::vector<ColumnDeclaration> columns;
  std::optional<WatermarkDeclaration> watermark;
  bool has_options = false;
  data::OptionMap options;
  std::vector<PlacedName> partitioned_by;
  std::optional<TokenRange> as_query;
};

/// Parses a statement whose first keywords are CREATE ... TABLE. Errors inside a column go to
/// `diagnostics` and parsing goes on with the next column, `is_usable` is then false; errors of the
/// whole form are thrown.
CreateTable ParseCreateTable(const ProgramText& text,
                             TokenRange statement,
                             std::vector<base::Diagnostic>& diagnostics,
                             bool& is_usable);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_DDL_H_
