#include "base/extents.h"

#include <algorithm>
#include <iterator>

#include "base/assert.h"

namespace laminar::base {

std::optional<int64_t> Extents::Take(int64_t bytes) {
  const auto fit = by_size_.lower_bound({bytes, 0});
  if (fit == by_size_.end()) {
    return std::nullopt;
  }
  const auto [size, offset] = *fit;
  Remove(by_offset_.find(offset));
  if (size > bytes) {
    Insert(offset + bytes, size - bytes);
  }
  return offset;
}

std::optional<std::pair<int64_t, int64_t>> Extents::TakeOfLargest(int64_t bytes_max) {
  if (by_size_.empty()) {
    return std::nullopt;
  }
  const int64_t bytes = std::min(by_size_.rbegin()->first, bytes_max);
  const int64_t offset = by_size_.rbegin()->second;
  const auto part = by_offset_.find(offset);
  const int64_t rest = part->second - bytes;
  Remove(part);
  if (rest > 0) {
    Insert(offset + bytes, rest);
  }
  return std::pair(offset, bytes);
}

void Extents::Add(int64_t offset, int64_t bytes) {
  LAMINAR_ASSERT(bytes > 0, bytes);
  const auto after = by_offset_.lower_bound(offset);
  const bool joins_after = after != by_offset_.end() && after->first == offset + bytes;
  LAMINAR_ASSERT(after == by_offset_.end() || after->first >= offset + bytes, offset);
  if (after != by_offset_.begin()) {
    const auto before = std::prev(after);
    LAMINAR_ASSERT(before->first + before->second <= offset, offset);
    if (before->first + before->second == offset) {
      offset = before->first;
      bytes += before->second;
      Remove(before);
    }
  }
  if (joins_after) {
    bytes += after->second;
    Remove(after);
  }
  Insert(offset, bytes);
}

void Extents::Remove(ByOffset::iterator part) {
  bytes_ -= part->second;
  by_size_.erase({part->second, part->first});
  by_offset_.erase(part);
}

void Extents::Insert(int64_t offset, int64_t bytes) {
  bytes_ += bytes;
  by_offset_.emplace(offset, bytes);
  by_size_.emplace(bytes, offset);
}

}  // namespace laminar::base
