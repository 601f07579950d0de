// Exceptions of DuckDB's Parquet code as errors that name the file.
#ifndef LAMINAR_FORMATS_PARQUET_DUCKDB_ERROR_H_
#define LAMINAR_FORMATS_PARQUET_DUCKDB_ERROR_H_

#include <exception>
#include <string>
#include <string_view>

#include "base/status.h"

namespace laminar::formats {

/// `what` was being done ("cannot read Parquet file"). NotFound, PermissionDenied and
/// ResourceExhausted (disk full, memory) by what the message says; anything else is `otherwise`.
absl::Status FromDuckDbError(const std::exception& error,
                             std::string_view what,
                             const std::string& path,
                             absl::StatusCode otherwise);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_PARQUET_DUCKDB_ERROR_H_
