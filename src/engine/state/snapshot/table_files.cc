#include "engine/state/snapshot/table_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/file.h"

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
  LAMINAR_ASSIGN_OR_RETURN(writer_, StateFileWriter::Create(path_, schema));
  return absl::OkStatus();
}

absl::Status TableFiles::Add(const data::Chunk& rows) {
  LAMINAR_ASSERT(writer_ != nullptr, epoch_.value);
  return writer_->Add(rows);
}

absl::Status TableFiles::Finish(bool complete) {
  LAMINAR_ASSERT(writer_ != nullptr, epoch_.value);
  const int64_t num_rows = writer_->num_rows();
  LAMINAR_RETURN_IF_ERROR(writer_->Finish());
  writer_.reset();
  LAMINAR_ASSIGN_OR_RETURN(rpc::StateFile file, UploadFile(path_, num_rows));
  std::vector<rpc::StateFile>& files = current().files;
  if (complete) {
    files.clear();
  }
  files.push_back(std::move(file));
  return Join();
}

void TableFiles::Discard() {
  if (writer_ != nullptr) {
    writer_.reset();
    base::RemoveFile(path_).IgnoreError();
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
// no larger than all behind them together writes each row about log2(changes) times.
absl::Status TableFiles::Join() {
  std::vector<rpc::StateFile>& files = current().files;
  const auto mine = [&](const rpc::StateFile& file) {
    return file.key_group_begin == range_.begin && file.key_group_end == range_.end;
  };
  size_t first = files.size();
  int64_t num_rows = 0;
  while (first > 1 && mine(files[first - 1]) &&
         (files[first - 1].num_rows <= num_rows || files.size() - first < 2)) {
    num_rows += files[--first].num_rows;
  }
  if (files.size() <= kChangeFilesMax || files.size() - first < 2) {
    return absl::OkStatus();
  }
  const std::string path = files_.NewSpoolPath();
  LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<StateFileWriter> writer,
                           StateFileWriter::Create(path, schema_));
  for (size_t i = first; i < files.size(); ++i) {
    const std::string part = files_.NewSpoolPath();
    LAMINAR_RETURN_IF_ERROR(files_.Fetch(files[i].object, part));
    LAMINAR_ASSIGN_OR_RETURN(
        std::unique_ptr<StateFileReader> reader,
        StateFileReader::Open(part, files[i].object.key, schema_, schema_.num_columns()));
    while (true) {
      LAMINAR_ASSIGN_OR_RETURN(const std::optional<data::Chunk> rows, reader->Next());
      if (!rows.has_value()) {
        break;
      }
      LAMINAR_RETURN_IF_ERROR(writer->Add(*rows));
    }
    base::RemoveFile(part).IgnoreError();
  }
  LAMINAR_RETURN_IF_ERROR(writer->Finish());
  writer.reset();
  LAMINAR_ASSIGN_OR_RETURN(rpc::StateFile joined, UploadFile(path, num_rows));
  files.resize(first);
  files.push_back(std::move(joined));
  return absl::OkStatus();
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
