// Files of state rows, on local disk: what a cut of a table is written to before it is uploaded,
// and what is downloaded before it is applied. Parquet, one row group where that is enough, with
// the columns of StateTable::ChangeSchema; any Parquet reader opens them. I/O threads; every call
// BLOCKS.
#ifndef LAMINAR_ENGINE_STATE_SNAPSHOT_STATE_FILE_H_
#define LAMINAR_ENGINE_STATE_SNAPSHOT_STATE_FILE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "data/schema.h"
#include "formats/parquet/parquet_file_reader.h"
#include "formats/parquet/parquet_file_writer.h"

namespace laminar::engine {

class StateFileWriter {
 public:
  /// Makes or empties the file.
  static absl::StatusOr<std::unique_ptr<StateFileWriter>> Create(const std::string& path,
                                                                 const data::Schema& schema);
  absl::Status Add(const data::Chunk& rows);
  /// Nothing may be added after.
  absl::Status Finish() { return writer_->Finish(); }
  int64_t num_rows() const { return writer_->num_rows(); }

 private:
  explicit StateFileWriter(std::unique_ptr<formats::ParquetFileWriter> writer)
      : writer_(std::move(writer)) {}

  std::unique_ptr<formats::ParquetFileWriter> writer_;
};

class StateFileReader {
 public:
  /// Reads a file as rows of `schema`: columns are found by name and cast; of those behind the
  /// first `num_required`, one that the file lacks is NULL where it can be, and 0 where not; others
  /// of the file are left out. DataLoss when the file is damaged, InvalidArgument when it cannot be
  /// read as such rows. `object` is what messages call it.
  static absl::StatusOr<std::unique_ptr<StateFileReader>> Open(const std::string& path,
                                                               const std::string& object,
                                                               const data::Schema& schema,
                                                               size_t num_required);
  /// The next rows, or nullopt at the end.
  absl::StatusOr<std::optional<data::Chunk>> Next();

 private:
  StateFileReader(std::unique_ptr<formats::ParquetFileReader> reader,
                  std::string object,
                  std::vector<data::LogicalType> types,
                  std::vector<size_t> zeros)
      : reader_(std::move(reader)),
        object_(std::move(object)),
        types_(std::move(types)),
        zeros_(std::move(zeros)) {}

  std::unique_ptr<formats::ParquetFileReader> reader_;
  const std::string object_;
  const std::vector<data::LogicalType> types_;
  const std::vector<size_t> zeros_;  // columns that the file lacks
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_SNAPSHOT_STATE_FILE_H_
