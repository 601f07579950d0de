// Extents: which parts of a long range of bytes are free. Hands out the smallest free part that is
// large enough, and joins neighbours that come back. Plain data; one thread at a time.
#ifndef LAMINAR_BASE_EXTENTS_H_
#define LAMINAR_BASE_EXTENTS_H_

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <utility>

namespace laminar::base {

class Extents {
 public:
  /// Takes `bytes` of a free part; nullopt when none is large enough.
  std::optional<int64_t> Take(int64_t bytes);
  /// Takes of the largest free part, at most `bytes_max`: offset and bytes.
  std::optional<std::pair<int64_t, int64_t>> TakeOfLargest(int64_t bytes_max);
  /// Makes [offset, offset + bytes) free. REQUIRES: nothing of it is.
  void Add(int64_t offset, int64_t bytes);

  /// Bytes that are free.
  int64_t bytes() const { return bytes_; }
  size_t num_parts() const { return by_offset_.size(); }

 private:
  using ByOffset = std::map<int64_t, int64_t>;

  void Remove(ByOffset::iterator part);
  void Insert(int64_t offset, int64_t bytes);

  ByOffset by_offset_;                             // offset -> bytes
  std::set<std::pair<int64_t, int64_t>> by_size_;  // bytes, offset
  int64_t bytes_ = 0;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_EXTENTS_H_
