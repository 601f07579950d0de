#include "engine/state/snapshot/table_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/file.h"
#include "base/kill_point.h"

namespace laminar::engine {
namespace {

// Changes behind the first file of a table; more are joined.
constexpr size_t kChangeFilesMax = 8;

}  // namespace

TableFiles::TableFiles(CheckpointFiles& files,
                       int subtask,
                       KeyGroupRange range,
                       std::vector<rpc::OperatorState> operators)
    : files_(files), subtask_(subtask), range_(range), operators_(std::move(operators)) {}

absl::Status TableFiles::Begin(size_t op,
                               size_t table,
                               const data::Schema& schema,
                               data::Epoch epoch) {
  LAMINAR_ASSERT(writer_ == nullptr, epoch.value);
  op_ = op;
  table_ = table;
  epoch_ = epoch;
  schema_ = schema;
  path_ = files_.NewSpoolPath();
  absl::StatusOr<std::unique_ptr<StateFileWriter>> writer = StateFileWriter::Create(path_, schema);
  if (!writer.ok()) {
    return CheckpointFiles::OfSpool(writer.status());
  }
  writer_ = *std::move(writer);
  return absl::OkStatus();
}

absl::Status TableFiles::Add(const data::Chunk& rows) {
  LAMINAR_ASSERT(writer_ != nullptr, epoch_.value);
  return CheckpointFiles::OfSpool(writer_->Add(rows));
}

absl::Status TableFiles::Finish(bool complete) {
  LAMINAR_ASSERT(writer_ != nullptr, epoch_.value);
  int64_t num_rows = writer_->num_rows();
  LAMINAR_RETURN_IF_ERROR(CheckpointFiles::OfSpool(writer_->Finish()));
  writer_.reset();
  LAMINAR_KILLPOINT("state_file_written");
  std::vector<rpc::StateFile>& files = current().files;
  const size_t num_kept = complete ? 0 : NumNotToJoin(num_rows);
  if (!complete && num_kept < files.size()) {
    LAMINAR_RETURN_IF_ERROR(JoinFrom(num_kept));
    for (size_t i = num_kept; i < files.size(); ++i) {
      num_rows += files[i].num_rows;
    }
  }
  LAMINAR_ASSIGN_OR_RETURN(rpc::StateFile file, UploadFile(path_, num_rows));
  files.resize(num_kept);
  files.push_back(std::move(file));
  return absl::OkStatus();
}

// Also what was written and could not be uploaded: a full disk must have room again for the next
// try.
void TableFiles::Discard() {
  writer_.reset();
  if (!path_.empty()) {
    base::RemoveFile(path_).IgnoreError();
    path_.clear();
  }
}

absl::StatusOr<rpc::StateFile> TableFiles::UploadFile(const std::string& path, int64_t num_rows) {
  const rpc::OperatorState& op = operators_[op_];
  const std::string key =
      fmt::format("data/g{}/e{}/{:016x}/{}-{}-{}.parquet", files_.generation().value, epoch_.value,
                  op.op.fingerprint, op.tables[table_].name, subtask_, sequence_++);
  LAMINAR_ASSIGN_OR_RETURN(rpc::StoredObject object, files_.Upload(key, path));
  bytes_written_ += object.bytes;
  return rpc::StateFile{.object = std::move(object),
                        .epoch = epoch_,
                        .key_group_begin = range_.begin,
                        .key_group_end = range_.end,
                        .num_rows = num_rows};
}

// Rows of a later file are applied after those of an earlier one, so that files which follow one
// another can be written into one, in this order, without looking at keys. Joining those that are
// no larger than all behind them together writes each row about log2(changes) times. All are kept
// while they are few.
size_t TableFiles::NumNotToJoin(int64_t new_rows) {
  const std::vector<rpc::StateFile>& files = current().files;
  size_t first = files.size();
  int64_t num_rows = new_rows;
  while (first > 1 && (files[first - 1].num_rows <= num_rows || first == files.size())) {
    num_rows += files[--first].num_rows;
  }
  return files.size() < kChangeFilesMax ? files.size() : first;
}

// What is joined is not uploaded before: no checkpoint would ever name it.
absl::Status TableFiles::JoinFrom(size_t first) {
  const std::string path = files_.NewSpoolPath();
  if (absl::Status status = JoinInto(first, path); !status.ok()) {
    base::RemoveFile(path).IgnoreError();
    return status;
  }
  path_ = path;
  LAMINAR_KILLPOINT("state_files_joined");
  return absl::OkStatus();
}

absl::Status TableFiles::JoinInto(size_t first, const std::string& path) {
  absl::StatusOr<std::unique_ptr<StateFileWriter>> writer = StateFileWriter::Create(path, schema_);
  if (!writer.ok()) {
    return CheckpointFiles::OfSpool(writer.status());
  }
  const std::vector<rpc::StateFile>& files = current().files;
  for (size_t i = first; i < files.size(); ++i) {
    const std::string part = files_.NewSpoolPath();
    absl::Status moved = files_.Fetch(files[i].object, part);
    if (moved.ok()) {
      moved = MoveRows(part, files[i].object.key, **writer);
    }
    base::RemoveFile(part).IgnoreError();
    LAMINAR_RETURN_IF_ERROR(moved);
  }
  LAMINAR_RETURN_IF_ERROR(MoveRows(path_, path_, **writer));
  base::RemoveFile(path_).IgnoreError();
  return CheckpointFiles::OfSpool((*writer)->Finish());
}

absl::Status TableFiles::MoveRows(const std::string& path,
                                  const std::string& name,
                                  StateFileWriter& to) {
  LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<StateFileReader> reader,
                           StateFileReader::Open(path, name, schema_, schema_.num_columns()));
  while (true) {
    LAMINAR_ASSIGN_OR_RETURN(const std::optional<data::Chunk> rows, reader->Next());
    if (!rows.has_value()) {
      return absl::OkStatus();
    }
    LAMINAR_RETURN_IF_ERROR(CheckpointFiles::OfSpool(to.Add(*rows)));
  }
}

int64_t TableFiles::state_bytes() const {
  std::set<std::string> seen;
  int64_t bytes = 0;
  for (const rpc::OperatorState& op : operators_) {
    for (const rpc::TableState& table : op.tables) {
      for (const rpc::StateFile& file : table.files) {
        bytes += seen.insert(file.object.key).second ? file.object.bytes : 0;
      }
    }
  }
  return bytes;
}

int64_t TableFiles::TakeBytesWritten() { return std::exchange(bytes_written_, 0); }

}  // namespace laminar::engine
