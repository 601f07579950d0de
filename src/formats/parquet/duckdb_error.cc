#include "formats/parquet/duckdb_error.h"

#include "duckdb/common/error_data.hpp"

namespace laminar::formats {
namespace {

bool Says(const std::string& message, std::string_view words) {
  return message.find(words) != std::string::npos;
}

absl::StatusCode CodeOf(const duckdb::ErrorData& error, absl::StatusCode otherwise) {
  const std::string& message = error.RawMessage();
  if (error.Type() == duckdb::ExceptionType::OUT_OF_MEMORY ||
      Says(message, "No space left on device") || Says(message, "Disk quota exceeded")) {
    return absl::StatusCode::kResourceExhausted;
  }
  if (Says(message, "No such file or directory")) {
    return absl::StatusCode::kNotFound;
  }
  if (Says(message, "Permission denied")) {
    return absl::StatusCode::kPermissionDenied;
  }
  return otherwise;
}

}  // namespace

absl::Status FromDuckDbError(const std::exception& error,
                             std::string_view what,
                             const std::string& path,
                             absl::StatusCode otherwise) {
  const duckdb::ErrorData data(error);
  return base::MakeError(CodeOf(data, otherwise),
                         std::string(what) + " " + path + ": " + data.RawMessage());
}

}  // namespace laminar::formats
