// ParquetFileReader: rows of one Parquet file, column by column, row group by row group. Wraps the
// reader of DuckDB; the caller lends a client context (expression::EvaluationContext()), since this
// unit has no DuckDB instance of its own. Memory: the pages being decoded of the wanted columns.
// One thread at a time; every call BLOCKS on the file.
#ifndef LAMINAR_FORMATS_PARQUET_PARQUET_FILE_READER_H_
#define LAMINAR_FORMATS_PARQUET_PARQUET_FILE_READER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "data/schema.h"

namespace duckdb {
class ClientContext;
}

namespace laminar::formats {

class ParquetFileReader {
 public:
  struct BadRow {
    data::idx_t row = 0;  // of the chunk
    std::string record;   // its values
    std::string error;    // what is wrong, with the field's name
  };

  /// Reads the footer. DataLoss, naming the path, when the file is truncated, damaged or not
  /// Parquet; NotFound when it is absent. `context` outlives the reader.
  static absl::StatusOr<std::unique_ptr<ParquetFileReader>> Open(duckdb::ClientContext& context,
                                                                 const std::string& path);
  ~ParquetFileReader();

  /// Columns of the file.
  const data::Schema& schema() const;
  int64_t num_rows() const;

  /// Starts reading at row `first_row`. `wanted` are the columns to deliver: each is found in the
  /// file by name (exact, then without regard to case) and cast to its type; a nullable one that
  /// the file lacks is NULL. InvalidArgument, naming path and column, when a NOT NULL column is
  /// absent or the types cannot be cast.
  absl::Status Select(const std::vector<data::Field>& wanted, int64_t first_row = 0);

  /// Delivers the next 1..kRowsPerChunkMax rows in a new chunk of the wanted columns; false at the
  /// end. `bad_rows`, in order, cannot be used: a value cannot be cast, or a NOT NULL column holds
  /// NULL. REQUIRES: Select. DataLoss when pages are damaged.
  absl::StatusOr<bool> Next(data::Chunk& chunk, std::vector<BadRow>& bad_rows);

 private:
  struct Impl;
  explicit ParquetFileReader(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_PARQUET_PARQUET_FILE_READER_H_
