#include "engine/state/row_store.h"

#include <algorithm>
#include <utility>

#include "fmt/format.h"

#include "base/assert.h"
#include "base/entropy.h"
#include "base/file.h"
#include "base/file_lock.h"
#include "base/log.h"
#include "rocksdb/cache.h"
#include "rocksdb/convenience.h"
#include "rocksdb/db.h"
#include "rocksdb/filter_policy.h"
#include "rocksdb/options.h"
#include "rocksdb/slice.h"
#include "rocksdb/sst_file_manager.h"
#include "rocksdb/table.h"
#include "rocksdb/write_batch.h"

namespace laminar::engine {
namespace {

constexpr std::string_view kFolderPrefix = "laminar-rows-";
constexpr std::string_view kNewFolderPrefix = "laminar-new-rows-";  // not locked yet
constexpr std::string_view kOwnerFile = "owner";

constexpr int64_t kMemoryDivisor = 5;  // of the budget
constexpr int64_t kMemoryBytesMin = 4 << 20;
constexpr int64_t kMemoryBytesMax = 512 << 20;
// Of that one half is for filters, indexes and blocks of files: each look-up asks all filters. The
// other is for rows that are not written yet, in so many parts.
constexpr int64_t kUnwrittenParts = 3;

constexpr double kFilterBitsPerKey = 8;
constexpr double kFilterPartOfUnwritten = 0.05;
constexpr int kOpenFilesMax = 256;
constexpr uint64_t kLongRowBytes = 256;
constexpr uint64_t kLongRowFileBytes = 32 << 20;
constexpr double kLongRowOldPart = 0.5;  // of the files: their rows are written again at merges
constexpr size_t kBlockBytes = 4 << 10;

rocksdb::Slice ToSlice(std::string_view text) { return {text.data(), text.size()}; }
std::string_view FromSlice(const rocksdb::Slice& slice) { return {slice.data(), slice.size()}; }

absl::Status ToStatus(const rocksdb::Status& status, const std::string& folder) {
  if (status.ok()) {
    return absl::OkStatus();
  }
  if (status.IsNoSpace() || status.subcode() == rocksdb::Status::kSpaceLimit) {
    return base::ResourceExhausted(
        "no room for state on disk: give worker.spill-dir a disk with room, or raise "
        "worker.spill-limit or worker.memory-limit: " +
        folder + ": " + status.ToString());
  }
  return base::Unavailable("state on disk cannot be read or written: " + folder + ": " +
                           status.ToString());
}

rocksdb::Options MakeOptions(const RowStoreOptions& options,
                             std::shared_ptr<rocksdb::SstFileManager> files) {
  const int64_t half = options.memory_bytes / 2;
  rocksdb::BlockBasedTableOptions tables;
  tables.block_cache = rocksdb::NewLRUCache(static_cast<size_t>(half));
  tables.block_size = kBlockBytes;
  tables.cache_index_and_filter_blocks = true;
  tables.pin_l0_filter_and_index_blocks_in_cache = true;
  tables.filter_policy.reset(rocksdb::NewBloomFilterPolicy(kFilterBitsPerKey));
  tables.format_version = 5;

  rocksdb::Options made;
  made.create_if_missing = true;
  made.error_if_exists = true;
  made.table_factory.reset(rocksdb::NewBlockBasedTableFactory(tables));
  made.write_buffer_size = static_cast<size_t>(half / kUnwrittenParts);
  made.max_write_buffer_number = static_cast<int>(kUnwrittenParts);
  made.memtable_whole_key_filtering = true;
  made.memtable_prefix_bloom_size_ratio = kFilterPartOfUnwritten;
  // Rows come back and go again: what is written matters more than what is looked through.
  made.compaction_style = rocksdb::kCompactionStyleUniversal;
  // Long rows lie in files of their own, and are not written again with every merge.
  made.enable_blob_files = true;
  made.min_blob_size = kLongRowBytes;
  made.blob_file_size = kLongRowFileBytes;
  made.enable_blob_garbage_collection = true;
  made.blob_garbage_collection_age_cutoff = kLongRowOldPart;
  made.compression = rocksdb::kNoCompression;
  made.bottommost_compression = rocksdb::kLZ4Compression;
  made.check_flush_compaction_key_order = false;
  made.force_consistency_checks = false;
  made.max_background_jobs = 2;
  made.max_open_files = kOpenFilesMax;
  made.sst_file_manager = std::move(files);
  made.info_log_level = rocksdb::ERROR_LEVEL;
  made.keep_log_file_num = 1;
  made.stats_dump_period_sec = 0;
  made.stats_persist_period_sec = 0;
  made.avoid_flush_during_shutdown = true;
  return made;
}

rocksdb::WriteOptions Unlogged() {
  rocksdb::WriteOptions options;
  options.disableWAL = true;
  return options;
}

// Folders of processes that were killed.
void RemoveOrphans(const std::string& folder) {
  const absl::StatusOr<std::vector<std::string>> names = base::ListFolder(folder);
  if (!names.ok()) {
    return;
  }
  for (const std::string& name : *names) {
    if (!name.starts_with(kFolderPrefix)) {
      continue;
    }
    const std::string path = folder + "/" + name;
    absl::StatusOr<base::FileLock> lock =
        base::FileLock::TryAcquire(fmt::format("{}/{}", path, kOwnerFile));
    if (!lock.ok()) {
      continue;  // somebody's, or removed meanwhile
    }
    if (const absl::Status removed = base::RemoveAll(path); !removed.ok()) {
      base::LogWarning("a folder of an ended process stays",
                       {{"error", std::string(base::FromAbsl(removed.message()))}});
    }
  }
}

}  // namespace

struct RowStore::Database {
  ~Database() {
    rocksdb::CancelAllBackgroundWork(rows.get(), /*wait=*/true);
    rows.reset();
    if (const absl::Status removed = base::RemoveAll(folder); !removed.ok()) {
      base::LogWarning("state on disk that is not needed any more stays",
                       {{"error", std::string(base::FromAbsl(removed.message()))}});
    }
  }

  std::string folder;
  std::shared_ptr<rocksdb::SstFileManager> files;
  std::unique_ptr<rocksdb::DB> rows;
};

struct RowStore::Batch::Changes {
  rocksdb::WriteBatch batch;
};

struct RowStore::Values::Slices {
  std::vector<rocksdb::Slice> keys;
  std::vector<rocksdb::PinnableSlice> values;
  std::vector<rocksdb::Status> statuses;
};

struct RowStore::Scan::Iterator {
  std::string folder;
  std::string end;
  rocksdb::Slice end_slice;
  std::unique_ptr<rocksdb::Iterator> at;
};

// --- the store ---

int64_t RowStore::MemoryBytesOf(int64_t budget_bytes) {
  return std::clamp(budget_bytes / kMemoryDivisor, kMemoryBytesMin, kMemoryBytesMax);
}

absl::StatusOr<std::unique_ptr<RowStore>> RowStore::Open(const RowStoreOptions& options) {
  RemoveOrphans(options.folder);
  const std::string id = fmt::format("{:016x}", base::SystemEntropy());
  const std::string made = fmt::format("{}/{}{}", options.folder, kNewFolderPrefix, id);
  const std::string folder = fmt::format("{}/{}{}", options.folder, kFolderPrefix, id);
  LAMINAR_RETURN_IF_ERROR(base::MakeFolders(made));
  LAMINAR_ASSIGN_OR_RETURN(base::FileLock owner,
                           base::FileLock::TryAcquireNew(fmt::format("{}/{}", made, kOwnerFile)));
  LAMINAR_RETURN_IF_ERROR(base::RenameFile(made, folder));
  absl::StatusOr<std::unique_ptr<Database>> database =
      OpenDatabase(options, folder, /*first_table=*/1);
  if (!database.ok()) {
    base::RemoveAll(folder).IgnoreError();  // the error that matters is the other
    return database.status();
  }
  return std::unique_ptr<RowStore>(
      new RowStore(options, folder, std::move(owner), *std::move(database)));
}

absl::StatusOr<std::unique_ptr<RowStore::Database>> RowStore::OpenDatabase(
    const RowStoreOptions& options,
    const std::string& folder,
    TableId first_table) {
  std::shared_ptr<rocksdb::SstFileManager> files(
      rocksdb::NewSstFileManager(rocksdb::Env::Default()));
  if (options.disk_bytes_max > 0) {
    files->SetMaxAllowedSpaceUsage(static_cast<uint64_t>(options.disk_bytes_max));
  }
  const std::string path = fmt::format("{}/rows-{}", folder, first_table);
  rocksdb::DB* opened = nullptr;
  const rocksdb::Status status = rocksdb::DB::Open(MakeOptions(options, files), path, &opened);
  if (!status.ok()) {
    base::RemoveAll(path).IgnoreError();  // the error that matters is the other
    return ToStatus(status, folder);
  }
  auto database = std::make_unique<Database>();
  database->folder = path;
  database->files = std::move(files);
  database->rows.reset(opened);
  return database;
}

RowStore::RowStore(const RowStoreOptions& options,
                   std::string folder,
                   base::FileLock owner,
                   std::unique_ptr<Database> database)
    : options_(options),
      folder_(std::move(folder)),
      owner_(std::move(owner)),
      database_(std::move(database)) {}

RowStore::~RowStore() {
  database_.reset();
  if (const absl::Status removed = base::RemoveAll(folder_); !removed.ok()) {
    base::LogWarning("state on disk that is not needed any more stays",
                     {{"error", std::string(base::FromAbsl(removed.message()))}});
  }
}

RowStore::TableId RowStore::AddTable() {
  const base::MutexLock lock(mutex_);
  if (has_failed_ && num_tables_ == 0) {
    BeginAnew();
  }
  ++num_tables_;
  return next_table_++;
}

void RowStore::RemoveTable() {
  const base::MutexLock lock(mutex_);
  LAMINAR_ASSERT(num_tables_ > 0, num_tables_);
  --num_tables_;
}

// A database that had no room for something takes nothing any more, whatever room it has later.
void RowStore::BeginAnew() {
  absl::StatusOr<std::unique_ptr<Database>> opened = OpenDatabase(options_, folder_, next_table_);
  if (opened.ok()) {
    database_ = *std::move(opened);
    has_failed_ = false;
  }  // else the old one says what is wrong when it is written to
}

absl::Status RowStore::Apply(Batch& batch) {
  const rocksdb::Status status = database_->rows->Write(Unlogged(), &batch.changes().batch);
  batch.changes().batch.Clear();
  if (!status.ok()) {
    const base::MutexLock lock(mutex_);
    has_failed_ = true;
  }
  return ToStatus(status, folder_);
}

absl::Status RowStore::Get(const std::vector<std::string>& keys,
                           const Snapshot* snapshot,
                           Values& values) {
  Values::Slices& slices = values.slices();
  const size_t count = keys.size();
  slices.keys.assign(keys.begin(), keys.end());
  slices.values.clear();
  slices.values.resize(count);
  slices.statuses.assign(count, rocksdb::Status());
  rocksdb::ReadOptions options;
  if (snapshot != nullptr) {
    options.snapshot = static_cast<const rocksdb::Snapshot*>(snapshot->get());
  }
  database_->rows->MultiGet(options, database_->rows->DefaultColumnFamily(), count,
                            slices.keys.data(), slices.values.data(), slices.statuses.data());
  for (const rocksdb::Status& status : slices.statuses) {
    if (!status.ok() && !status.IsNotFound()) {
      return ToStatus(status, folder_);
    }
  }
  return absl::OkStatus();
}

absl::Status RowStore::RemoveRange(std::string_view begin, std::string_view end) {
  const rocksdb::Slice first = ToSlice(begin);
  const rocksdb::Slice last = ToSlice(end);
  rocksdb::ColumnFamilyHandle* all = database_->rows->DefaultColumnFamily();
  LAMINAR_RETURN_IF_ERROR(ToStatus(
      rocksdb::DeleteFilesInRange(database_->rows.get(), all, &first, &last, false), folder_));
  return ToStatus(database_->rows->DeleteRange(Unlogged(), all, first, last), folder_);
}

int64_t RowStore::bytes() const {
  const base::MutexLock lock(mutex_);
  return static_cast<int64_t>(database_->files->GetTotalSize());
}

// --- batches, snapshots, values, walks ---

RowStore::Batch::Batch() : changes_(std::make_unique<Changes>()) {}
RowStore::Batch::~Batch() = default;

// Writing to a batch fails only beyond limits that are not set.
void RowStore::Batch::Put(std::string_view key, std::string_view value) {
  const rocksdb::Status status = changes_->batch.Put(ToSlice(key), ToSlice(value));
  LAMINAR_ASSERT(status.ok(), key.size());
}
void RowStore::Batch::Remove(std::string_view key) {
  const rocksdb::Status status = changes_->batch.Delete(ToSlice(key));
  LAMINAR_ASSERT(status.ok(), key.size());
}
void RowStore::Batch::RemoveRange(std::string_view begin, std::string_view end) {
  const rocksdb::Status status = changes_->batch.DeleteRange(ToSlice(begin), ToSlice(end));
  LAMINAR_ASSERT(status.ok(), begin.size());
}
size_t RowStore::Batch::num_changes() const { return static_cast<size_t>(changes_->batch.Count()); }

RowStore::Snapshot::Snapshot(RowStore& store)
    : store_(store), snapshot_(store.database_->rows->GetSnapshot()) {}
RowStore::Snapshot::~Snapshot() {
  store_.database_->rows->ReleaseSnapshot(static_cast<const rocksdb::Snapshot*>(snapshot_));
}

RowStore::Values::Values() : slices_(std::make_unique<Slices>()) {}
RowStore::Values::~Values() = default;
RowStore::Values& RowStore::Values::operator=(Values&&) noexcept = default;
std::string_view RowStore::Values::value(size_t i) const { return FromSlice(slices_->values[i]); }
bool RowStore::Values::found(size_t i) const { return slices_->statuses[i].ok(); }

RowStore::Scan::Scan(RowStore& store, std::string begin, std::string end, const Snapshot* snapshot)
    : iterator_(std::make_unique<Iterator>()) {
  iterator_->folder = store.folder_;
  iterator_->end = std::move(end);
  iterator_->end_slice = ToSlice(iterator_->end);
  rocksdb::ReadOptions options;
  options.iterate_upper_bound = &iterator_->end_slice;
  options.fill_cache = false;
  if (snapshot != nullptr) {
    options.snapshot = static_cast<const rocksdb::Snapshot*>(snapshot->get());
  }
  iterator_->at.reset(store.database_->rows->NewIterator(options));
  iterator_->at->Seek(ToSlice(begin));
}
RowStore::Scan::~Scan() = default;
bool RowStore::Scan::AtEnd() const { return !iterator_->at->Valid(); }
std::string_view RowStore::Scan::key() const { return FromSlice(iterator_->at->key()); }
std::string_view RowStore::Scan::value() const { return FromSlice(iterator_->at->value()); }
void RowStore::Scan::Next() { iterator_->at->Next(); }
absl::Status RowStore::Scan::status() const {
  return ToStatus(iterator_->at->status(), iterator_->folder);
}

}  // namespace laminar::engine
