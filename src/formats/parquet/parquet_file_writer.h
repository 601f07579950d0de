// ParquetFileWriter: writes one Parquet file. Rows gather in memory until a row group is full, then
// are encoded and written; the footer comes with Finish, so a file that was not finished is not
// valid. Wraps the writer of DuckDB; the caller lends a client context
// (expression::EvaluationContext()). One thread at a time; Write (at times) and Finish BLOCK on the
// file.
#ifndef LAMINAR_FORMATS_PARQUET_PARQUET_FILE_WRITER_H_
#define LAMINAR_FORMATS_PARQUET_PARQUET_FILE_WRITER_H_

#include <cstdint>
#include <memory>
#include <string>

#include "base/status.h"
#include "data/chunk.h"
#include "data/options.h"
#include "data/schema.h"

namespace duckdb {
class ClientContext;
}

namespace laminar::formats {

struct ParquetWriteOptions {
  std::string compression = "zstd";     // uncompressed, snappy, gzip, zstd, lz4, lz4_raw
  int64_t row_group_bytes = 128 << 20;  // in memory, before encoding
  bool open_late = false;               // the file is made with its first row group

  /// From a table's format options "parquet.compression" and "parquet.row_group_size".
  static ParquetWriteOptions FromTable(const data::Options& format_options);
};

class ParquetFileWriter {
 public:
  /// Makes or empties the file; takes the visible columns of `schema`. InvalidArgument when a type
  /// has no Parquet form. `context` outlives the writer.
  static absl::StatusOr<std::unique_ptr<ParquetFileWriter>> Create(
      duckdb::ClientContext& context,
      const std::string& path,
      const data::Schema& schema,
      const ParquetWriteOptions& options);
  /// Removes nothing: a file that was not finished stays, invalid.
  ~ParquetFileWriter();

  /// Takes all rows; trailing hidden columns are ignored.
  absl::Status Write(const data::Chunk& chunk);
  /// Makes the file where that was left for later. BLOCKS.
  absl::Status Open();
  /// Writes the rows that wait as a row group. BLOCKS.
  absl::Status FlushRowGroup();
  /// Writes the last row group and the footer, and closes the file.
  absl::Status Finish();

  int64_t num_rows() const;
  /// Bytes of memory held by rows that wait for their row group.
  int64_t bytes_buffered() const;
  /// Bytes written to the file so far.
  int64_t bytes_written() const;
  bool is_open() const;

 private:
  struct Impl;
  explicit ParquetFileWriter(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_PARQUET_PARQUET_FILE_WRITER_H_
