// Guesses a table's columns from the first CSV records of an input.
#ifndef LAMINAR_FORMATS_CSV_INFER_CSV_SCHEMA_H_
#define LAMINAR_FORMATS_CSV_INFER_CSV_SCHEMA_H_

#include <string_view>

#include "base/status.h"
#include "data/schema.h"
#include "formats/csv/csv_dialect.h"

namespace laminar::formats {

/// Columns named by the header, or column0, column1, ... without one. Types: BOOLEAN, BIGINT,
/// HUGEINT, DOUBLE, DATE, TIMESTAMP, else VARCHAR. Where the dialect does not say whether there is
/// a header, there is one when the first record does not have the types of the others, or when all
/// is text and it reads like names. Records with another number of fields than the first are left
/// out. InvalidArgument when there is no whole record.
absl::StatusOr<data::Schema> InferCsvSchema(std::string_view sample,
                                            bool at_end,
                                            const CsvDialect& dialect);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_CSV_INFER_CSV_SCHEMA_H_
