// RowStore: rows of keyed tables that are not in memory, in a RocksDB database on a local disk.
// A place to put things for the time of a run and no more: nothing in it survives the process, for
// what survives is in checkpoints; so it has no log, syncs nothing, and its folder is removed with
// it, or by the next one that finds it orphaned. All that it keeps in memory is charged to the
// budget when it is opened. Owned by the worker; any thread. BLOCKS: reads and writes the disk.
#ifndef LAMINAR_ENGINE_STATE_ROW_STORE_H_
#define LAMINAR_ENGINE_STATE_ROW_STORE_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/file_lock.h"
#include "base/mutex.h"
#include "base/status.h"

namespace laminar::engine {

struct RowStoreOptions {
  std::string folder;        // on a disk; a folder of its own is made in there
  int64_t memory_bytes = 0;  // for blocks, filters and rows not written yet
  int64_t disk_bytes_max = 0;
};

class RowStore {
 public:
  using TableId = uint64_t;

  /// What it takes of a budget of so many bytes.
  static int64_t MemoryBytesOf(int64_t budget_bytes);
  /// Errors name the folder.
  static absl::StatusOr<std::unique_ptr<RowStore>> Open(const RowStoreOptions& options);
  /// REQUIRES: everything that it gave is destroyed.
  ~RowStore();
  RowStore(const RowStore&) = delete;
  RowStore& operator=(const RowStore&) = delete;

  /// A name that was not given before, for the keys of one table. When a database has failed, the
  /// first table after all others have gone gets a new one.
  TableId AddTable();
  /// Nothing of a table is used any more.
  void RemoveTable();

  /// Changes that are made together.
  class Batch {
   public:
    Batch();
    ~Batch();
    void Put(std::string_view key, std::string_view value);
    void Remove(std::string_view key);
    void RemoveRange(std::string_view begin, std::string_view end);
    size_t num_changes() const;

    struct Changes;
    Changes& changes() { return *changes_; }

   private:
    std::unique_ptr<Changes> changes_;
  };
  /// Empties the batch. ResourceExhausted when the disk or its limit is used up.
  absl::Status Apply(Batch& batch);

  /// The database as it is at the moment, for as long as this lives.
  class Snapshot {
   public:
    explicit Snapshot(RowStore& store);
    ~Snapshot();
    Snapshot(const Snapshot&) = delete;
    Snapshot& operator=(const Snapshot&) = delete;

    const void* get() const { return snapshot_; }

   private:
    RowStore& store_;
    const void* const snapshot_;
  };

  /// Values of keys; see found().
  class Values {
   public:
    Values();
    ~Values();
    Values& operator=(Values&&) noexcept;
    /// Valid until the next Get into this.
    std::string_view value(size_t i) const;
    bool found(size_t i) const;

    struct Slices;
    Slices& slices() { return *slices_; }

   private:
    std::unique_ptr<Slices> slices_;
  };
  /// `snapshot` nullptr: as of now.
  absl::Status Get(const std::vector<std::string>& keys, const Snapshot* snapshot, Values& values);

  /// A walk over keys in [begin, end), in order.
  class Scan {
   public:
    /// `snapshot` nullptr: as of now. It must outlive the walk.
    Scan(RowStore& store, std::string begin, std::string end, const Snapshot* snapshot);
    ~Scan();
    bool AtEnd() const;
    std::string_view key() const;
    std::string_view value() const;
    void Next();
    absl::Status status() const;

   private:
    struct Iterator;
    std::unique_ptr<Iterator> iterator_;
  };

  /// Removes keys in [begin, end), giving files of them alone back at once.
  absl::Status RemoveRange(std::string_view begin, std::string_view end);

  /// On disk.
  int64_t bytes() const LAMINAR_EXCLUDES(mutex_);
  const std::string& folder() const { return folder_; }

 private:
  struct Database;

  RowStore(const RowStoreOptions& options,
           std::string folder,
           base::FileLock owner,
           std::unique_ptr<Database> database);

  static absl::StatusOr<std::unique_ptr<Database>> OpenDatabase(const RowStoreOptions& options,
                                                                const std::string& folder,
                                                                TableId first_table);
  void BeginAnew() LAMINAR_REQUIRES(mutex_);

  const RowStoreOptions options_;
  const std::string folder_;
  const base::FileLock owner_;
  std::unique_ptr<Database> database_;  // another only while there is no table
  mutable base::Mutex mutex_;
  TableId next_table_ LAMINAR_GUARDED_BY(mutex_) = 1;
  int64_t num_tables_ LAMINAR_GUARDED_BY(mutex_) = 0;
  bool has_failed_ LAMINAR_GUARDED_BY(mutex_) = false;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_ROW_STORE_H_
