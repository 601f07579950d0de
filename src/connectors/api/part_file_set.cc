#include "connectors/api/part_file_set.h"

#include <algorithm>
#include <utility>

#include "base/file.h"

namespace laminar::connectors {

PartFileSet::PartFileSet(std::string root, int64_t buffer_bytes_max, size_t open_max)
    : root_(std::move(root)), buffer_bytes_max_(buffer_bytes_max), open_max_(open_max) {}

absl::Status PartFileSet::MakeRoom() {
  while (!HasRoom()) {
    Member& oldest = *open_.front();
    LAMINAR_RETURN_IF_ERROR(oldest.Suspend());
    Closed(oldest);
  }
  return absl::OkStatus();
}

void PartFileSet::Used(Member& member) {
  const auto place = places_.find(&member);
  if (place != places_.end()) {
    open_.splice(open_.end(), open_, place->second);
    return;
  }
  places_[&member] = open_.insert(open_.end(), &member);
}

void PartFileSet::Closed(Member& member) {
  const auto place = places_.find(&member);
  if (place != places_.end()) {
    open_.erase(place->second);
    places_.erase(place);
  }
}

void PartFileSet::SetBuffered(Member& member, int64_t bytes) {
  int64_t& known = buffered_[&member];
  bytes_buffered_.Add(bytes - known);
  known = bytes;
  if (bytes == 0) {
    buffered_.erase(&member);
  }
}

absl::Status PartFileSet::BoundBuffered() {
  while (bytes_buffered_.Get() > buffer_bytes_max_) {
    Member& largest =
        *std::ranges::max_element(buffered_, {}, &std::pair<Member* const, int64_t>::second)->first;
    SetBuffered(largest, 0);
    LAMINAR_RETURN_IF_ERROR(largest.Spill());
  }
  return absl::OkStatus();
}

absl::Status PartFileSet::MakeFolder(const std::string& path) {
  // A folder below the root that is there already may be another writer's, not synced yet.
  std::string folder = path;
  while (folder.size() > root_.size() || !base::FileExists(folder)) {
    std::string above(base::FolderName(folder));
    unsynced_.insert(above);
    if (above == folder) {
      break;
    }
    folder = std::move(above);
  }
  return base::MakeFolders(path);
}

absl::Status PartFileSet::SyncFolders() {
  for (const std::string& folder : unsynced_) {
    LAMINAR_RETURN_IF_ERROR(base::SyncFolder(folder));
  }
  unsynced_.clear();
  return absl::OkStatus();
}

}  // namespace laminar::connectors
