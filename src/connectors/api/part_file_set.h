// PartFileSet: what the files that one sink writer writes at a time share: how many of them may be
// open, how much rows that wait for a Parquet row group may hold together, and which new folders
// are not on the device yet. Owned by the writer and by the work it queued; I/O thread only, but
// for what says otherwise.
#ifndef LAMINAR_CONNECTORS_API_PART_FILE_SET_H_
#define LAMINAR_CONNECTORS_API_PART_FILE_SET_H_

#include <cstddef>
#include <cstdint>
#include <list>
#include <set>
#include <string>
#include <unordered_map>

#include "base/counter.h"
#include "base/status.h"

namespace laminar::connectors {

class PartFileSet {
 public:
  /// One file. Whoever drops a member that was opened or buffers rows tells by Closed and
  /// SetBuffered, unless no work follows.
  class Member {
   public:
    virtual ~Member() = default;
    /// Closes the file for now and calls Closed. BLOCKS.
    virtual absl::Status Suspend() = 0;
    /// Writes the rows that it buffers. BLOCKS.
    virtual absl::Status Spill() = 0;
  };

  /// Files one subtask has open: subtasks share the process's limit, often 1024.
  static constexpr size_t kOpenMax = 200;

  /// `root` is the folder that all others are below.
  PartFileSet(std::string root, int64_t buffer_bytes_max, size_t open_max = kOpenMax);

  const std::string& root() const { return root_; }
  bool HasRoom() const { return open_.size() < open_max_; }
  /// Suspends files, the least recently used first, until another one may be opened. BLOCKS.
  absl::Status MakeRoom();
  /// The member is open, and used now.
  void Used(Member& member);
  void Closed(Member& member);

  /// Notes that rows of the member hold so many bytes; 0: none.
  void SetBuffered(Member& member, int64_t bytes);
  /// Spills members, the largest first, until all together hold no more than they may. BLOCKS.
  absl::Status BoundBuffered();
  /// Any thread.
  int64_t bytes_buffered() const { return bytes_buffered_.Get(); }

  /// Makes the folder and those above it. Files in it do not count before SyncFolders. BLOCKS.
  absl::Status MakeFolder(const std::string& path);
  /// Returns when all folders made are on the device. BLOCKS.
  absl::Status SyncFolders();
  /// Folders in which others were made since they were synced.
  const std::set<std::string>& unsynced() const { return unsynced_; }

 private:
  const std::string root_;
  const int64_t buffer_bytes_max_;
  const size_t open_max_;
  std::list<Member*> open_;  // least recently used first
  std::unordered_map<Member*, std::list<Member*>::iterator> places_;
  std::unordered_map<Member*, int64_t> buffered_;
  base::Counter bytes_buffered_;
  std::set<std::string> unsynced_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_PART_FILE_SET_H_
