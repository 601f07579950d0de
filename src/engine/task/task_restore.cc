#include "engine/task/task_restore.h"

#include <algorithm>
#include <deque>
#include <map>
#include <optional>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/file.h"
#include "base/kill_point.h"
#include "base/mutex.h"
#include "data/chunk.h"
#include "engine/state/snapshot/state_file.h"
#include "engine/state/state_table.h"

namespace laminar::engine {
namespace {

// What one piece of I/O decodes, and how many of them wait to be applied.
constexpr size_t kChunksPerBatch = 16;
constexpr size_t kBatchesMax = 4;

// Columns of the same operator may have other names in another text of the program: as many as
// there were are the same ones, in order. Where there are more or fewer, they are found by name.
void TakeStoredNames(const std::vector<rpc::StateColumn>& stored,
                     size_t first,
                     size_t count,
                     data::Schema& schema) {
  if (stored.size() != count) {
    return;
  }
  for (size_t i = 0; i < count; ++i) {
    schema.fields[first + i].name = stored[i].name;
  }
}

// The rows of a table as its files have them.
data::Schema SchemaInFiles(const StateTable& table, const rpc::TableState& stored) {
  data::Schema schema = table.ChangeSchema();
  const size_t num_keys = table.schema().keys.size();
  const size_t num_values = table.schema().values.size();
  TakeStoredNames(stored.keys, schema.num_columns() - num_values - num_keys, num_keys, schema);
  TakeStoredNames(stored.values, schema.num_columns() - num_values, num_values, schema);
  return schema;
}

}  // namespace

struct TaskRestore::File {
  StateTable* table = nullptr;
  rpc::StateFile file;  // with the key groups that are taken
  data::Schema schema;
  size_t num_required = 0;  // columns that the file must have
};

struct TaskRestore::Batch {
  StateTable* table = nullptr;
  KeyGroupRange range;
  std::vector<data::Chunk> chunks;
};

struct TaskRestore::Shared {
  Shared(CheckpointFiles& checkpoint_files,
         uint32_t number_of_key_groups,
         std::function<void()> wake_task)
      : files(checkpoint_files), num_key_groups(number_of_key_groups), wake(std::move(wake_task)) {}

  // I/O work only: decodes the next part of the next file.
  void ReadBatch() LAMINAR_EXCLUDES(mutex) {
    absl::StatusOr<std::unique_ptr<Batch>> batch = NextBatch();
    {
      base::MutexLock lock(mutex);
      --num_requested;
      if (!batch.ok()) {
        failure = batch.status();
      } else if (*batch == nullptr) {
        exhausted = true;
      } else {
        batches.push_back(*std::move(batch));
      }
    }
    wake();
  }

  // Null at the end.
  absl::StatusOr<std::unique_ptr<Batch>> NextBatch() {
    while (!to_read.empty()) {
      const File& file = to_read.front();
      if (reader == nullptr) {
        path = files.NewSpoolPath();
        LAMINAR_RETURN_IF_ERROR(files.Fetch(file.file.object, path));
        LAMINAR_KILLPOINT("restore_file_fetched");
        LAMINAR_ASSIGN_OR_RETURN(reader, StateFileReader::Open(path, file.file.object.key,
                                                               file.schema, file.num_required));
      }
      auto batch = std::make_unique<Batch>();
      batch->table = file.table;
      batch->range = {file.file.key_group_begin, file.file.key_group_end, num_key_groups};
      if (LAMINAR_SEEDED_BUG("wrong_key_groups_on_restore")) {
        batch->range.begin += batch->range.size() / 2;
      }
      while (batch->chunks.size() < kChunksPerBatch) {
        LAMINAR_ASSIGN_OR_RETURN(std::optional<data::Chunk> rows, reader->Next());
        if (!rows.has_value()) {
          reader.reset();
          base::RemoveFile(path).IgnoreError();
          to_read.pop_front();
          break;
        }
        batch->chunks.push_back(*std::move(rows));
      }
      if (!batch->chunks.empty()) {
        return batch;
      }
    }
    return nullptr;
  }

  CheckpointFiles& files;
  const uint32_t num_key_groups;
  const std::function<void()> wake;

  // I/O work only, once started.
  std::deque<File> to_read;
  std::unique_ptr<StateFileReader> reader;  // of the first
  std::string path;                         // likewise

  base::Mutex mutex;
  std::deque<std::unique_ptr<Batch>> batches LAMINAR_GUARDED_BY(mutex);
  size_t num_requested LAMINAR_GUARDED_BY(mutex) = 0;
  bool exhausted LAMINAR_GUARDED_BY(mutex) = false;
  absl::Status failure LAMINAR_GUARDED_BY(mutex);
};

TaskRestore::TaskRestore(const std::vector<TaskCheckpoint::StatefulOperator>& operators,
                         const std::vector<rpc::OperatorState>& restored,
                         KeyGroupRange key_groups,
                         const CheckpointSetup& setup,
                         std::function<void()> wake)
    : operators_(operators),
      restored_(restored),
      key_groups_(key_groups),
      shared_(std::make_shared<Shared>(setup.files, key_groups.num_key_groups, wake)),
      queue_(setup.pool, kBatchesMax, std::move(wake)) {}

TaskRestore::~TaskRestore() = default;

// The files of each table in the order in which they were written: later rows replace earlier ones.
void TaskRestore::FindFiles() {
  for (const TaskCheckpoint::StatefulOperator& op : operators_) {
    for (StateTable* table : op.op->StateTables()) {
      std::multimap<data::Epoch, File> found;  // of one epoch, as they come
      for (const rpc::OperatorState& state : restored_) {
        for (const rpc::TableState& stored : state.tables) {
          if (state.op != op.id || stored.name != table->schema().name) {
            continue;
          }
          const data::Schema schema = SchemaInFiles(*table, stored);
          const size_t num_required = schema.num_columns() - table->schema().values.size();
          for (rpc::StateFile file : stored.files) {
            file.key_group_begin = std::max(file.key_group_begin, key_groups_.begin);
            file.key_group_end = std::min(file.key_group_end, key_groups_.end);
            if (file.key_group_begin < file.key_group_end) {
              const data::Epoch epoch = file.epoch;
              found.emplace(epoch, File{.table = table,
                                        .file = std::move(file),
                                        .schema = schema,
                                        .num_required = num_required});
            }
          }
        }
      }
      for (auto& [epoch, file] : found) {
        shared_->to_read.push_back(std::move(file));
      }
    }
  }
}

absl::StatusOr<TaskRestore::Progress> TaskRestore::Step() {
  if (!started_) {
    started_ = true;
    FindFiles();
    done_ = shared_->to_read.empty();
    if (!done_) {
      RequestMore();
    }
  }
  if (done_) {
    return Progress::kDone;
  }
  if (batch_ == nullptr) {
    base::MutexLock lock(shared_->mutex);
    if (!shared_->batches.empty()) {
      batch_ = std::move(shared_->batches.front());
      shared_->batches.pop_front();
      next_chunk_ = 0;
    } else if (!shared_->failure.ok()) {
      return shared_->failure;
    } else if (shared_->exhausted) {
      done_ = true;
      LAMINAR_KILLPOINT("restore_applied");
      return Progress::kDone;
    }
  }
  if (batch_ == nullptr) {
    return Progress::kWaiting;
  }
  RequestMore();
  LAMINAR_RETURN_IF_ERROR(batch_->table->Apply(batch_->chunks[next_chunk_], batch_->range));
  LAMINAR_KILLPOINT("restore_chunk_applied");
  if (++next_chunk_ == batch_->chunks.size()) {
    batch_.reset();
  }
  return Progress::kMoved;
}

void TaskRestore::RequestMore() {
  size_t num_new = 0;
  {
    base::MutexLock lock(shared_->mutex);
    const size_t num_known = shared_->batches.size() + shared_->num_requested;
    if (!shared_->exhausted && shared_->failure.ok() && num_known < kBatchesMax) {
      num_new = kBatchesMax - num_known;
      shared_->num_requested += num_new;
    }
  }
  for (size_t i = 0; i < num_new; ++i) {
    queue_.Push(1, [shared = shared_] { shared->ReadBatch(); });
  }
}

void TaskRestore::Close() { queue_.Close(); }

}  // namespace laminar::engine
