// Guesses a table's columns from the first JSON records of an input.
#ifndef LAMINAR_FORMATS_JSON_INFER_JSON_SCHEMA_H_
#define LAMINAR_FORMATS_JSON_INFER_JSON_SCHEMA_H_

#include <string_view>

#include "base/status.h"
#include "data/schema.h"
#include "formats/json/json_options.h"

namespace laminar::formats {

/// Columns in the order in which fields are first seen. Types: BOOLEAN; BIGINT, HUGEINT or DOUBLE;
/// TIMESTAMP when every string is one (RFC 3339); else VARCHAR; STRUCT and LIST of these; VARCHAR
/// for fields that were only null; JSON where types do not go together. Records that are not JSON
/// are left out, as is a last one that is not whole (unless `at_end`). InvalidArgument when no
/// record is left.
absl::StatusOr<data::Schema> InferJsonSchema(std::string_view sample,
                                             bool at_end,
                                             const JsonOptions& options);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_INFER_JSON_SCHEMA_H_
