// RowList: addresses of rows in the order in which they were noted. Grows without moving what it
// holds, and is given up at once: a list may be as long as its table. Owned by RowChanges; the
// task's thread.
#ifndef LAMINAR_ENGINE_STATE_ROW_LIST_H_
#define LAMINAR_ENGINE_STATE_ROW_LIST_H_

#include <cstddef>
#include <cstdint>
#include <utility>
#include <vector>

namespace laminar::engine {

class RowList {
 public:
  void Push(uint8_t* row) {
    if (size_ % kRowsPerBlock == 0) {
      blocks_.emplace_back();
      if (size_ > 0) {  // the first block of a short list stays small
        blocks_.back().reserve(kRowsPerBlock);
      }
    }
    blocks_.back().push_back(row);
    ++size_;
  }
  uint8_t* operator[](size_t i) const { return blocks_[i / kRowsPerBlock][i % kRowsPerBlock]; }
  size_t size() const { return size_; }
  int64_t bytes() const { return static_cast<int64_t>(size_ * sizeof(uint8_t*)); }
  void Clear() {
    blocks_.clear();
    size_ = 0;
  }
  void Swap(RowList& other) {
    blocks_.swap(other.blocks_);
    std::swap(size_, other.size_);
  }

 private:
  static constexpr size_t kRowsPerBlock = 8192;

  std::vector<std::vector<uint8_t*>> blocks_;
  size_t size_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_ROW_LIST_H_
