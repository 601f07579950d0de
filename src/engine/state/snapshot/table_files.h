// TableFiles: which files the tables of one task are in, oldest first, and the writing of the next
// one. A cut that holds a whole table takes the place of all files before it. Small files that
// follow one another are joined, so that a table is in few files however often it is cut. Used on
// the I/O threads, by one piece of work at a time.
#ifndef LAMINAR_ENGINE_STATE_SNAPSHOT_TABLE_FILES_H_
#define LAMINAR_ENGINE_STATE_SNAPSHOT_TABLE_FILES_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "engine/state/key_group_range.h"
#include "engine/state/snapshot/checkpoint_files.h"
#include "engine/state/snapshot/state_file.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

class TableFiles {
 public:
  /// `operators` name the tables, which are in no files yet. `files` outlives this.
  TableFiles(CheckpointFiles& files,
             int subtask,
             KeyGroupRange range,
             std::vector<rpc::OperatorState> operators);

  /// Begins a file for rows of `schema` of one table. BLOCKS, as everything here.
  absl::Status Begin(size_t op, size_t table, const data::Schema& schema, data::Epoch epoch);
  absl::Status Add(const data::Chunk& rows);
  /// Uploads the file; `complete`: it holds the whole table. Joins it with earlier ones when
  /// there are many. Cancelled when the job ends meanwhile.
  absl::Status Finish(bool complete);
  /// Drops a file that was begun.
  void Discard();
  /// The table has no rows.
  void Clear(size_t op, size_t table) { operators_[op].tables[table].files.clear(); }

  const std::vector<rpc::OperatorState>& operators() const { return operators_; }
  /// Bytes of all files that are referred to.
  int64_t state_bytes() const;
  /// Bytes uploaded since the last call.
  int64_t TakeBytesWritten();

 private:
  rpc::TableState& current() { return operators_[op_].tables[table_]; }
  absl::StatusOr<rpc::StateFile> UploadFile(const std::string& path, int64_t num_rows);
  // How many of the files stay as they are when one of so many rows comes.
  size_t NumNotToJoin(int64_t new_rows);
  // Writes the rows of the files from there on before those of the new one.
  absl::Status JoinFrom(size_t first);
  absl::Status JoinInto(size_t first, const std::string& path);
  // Adds all rows of a spool file.
  absl::Status MoveRows(const std::string& path, const std::string& name, StateFileWriter& to);

  CheckpointFiles& files_;
  const int subtask_;
  const KeyGroupRange range_;
  std::vector<rpc::OperatorState> operators_;

  // Of the file being written.
  size_t op_ = 0;
  size_t table_ = 0;
  data::Epoch epoch_;
  data::Schema schema_;
  std::string path_;
  std::unique_ptr<StateFileWriter> writer_;
  int64_t sequence_ = 0;
  int64_t bytes_written_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_SNAPSHOT_TABLE_FILES_H_
