#include "connectors/preview/preview_buffer.h"

#include <utility>

namespace laminar::connectors {

std::optional<data::Chunk> PreviewBuffer::Take() {
  std::optional<data::Chunk> chunk;
  std::vector<std::function<void()>> writers;
  {
    base::MutexLock lock(mutex_);
    if (chunks_.empty()) {
      return std::nullopt;
    }
    const bool was_full = num_rows_ >= rows_max_;
    chunk = std::move(chunks_.front());
    chunks_.pop_front();
    num_rows_ -= static_cast<int64_t>(chunk->num_rows());
    if (was_full) {
      writers = wakes_;
    }
  }
  Wake(writers);
  return chunk;
}

bool PreviewBuffer::Ended() {
  base::MutexLock lock(mutex_);
  return started_ && num_writers_ == 0 && chunks_.empty();
}

void PreviewBuffer::Leave() {
  std::vector<std::function<void()>> writers;
  {
    base::MutexLock lock(mutex_);
    left_ = true;
    chunks_.clear();
    num_rows_ = 0;
    writers = wakes_;
  }
  Wake(writers);
}

void PreviewBuffer::AddWriter(std::function<void()> wake) {
  base::MutexLock lock(mutex_);
  wakes_.push_back(std::move(wake));
  ++num_writers_;
  started_ = true;
}

void PreviewBuffer::RemoveWriter() {
  base::MutexLock lock(mutex_);
  --num_writers_;
}

bool PreviewBuffer::HasRoom() {
  base::MutexLock lock(mutex_);
  return left_ || num_rows_ < rows_max_;
}

bool PreviewBuffer::HasLeft() {
  base::MutexLock lock(mutex_);
  return left_;
}

void PreviewBuffer::Put(data::Chunk chunk) {
  base::MutexLock lock(mutex_);
  num_rows_ += static_cast<int64_t>(chunk.num_rows());
  chunks_.push_back(std::move(chunk));
}

void PreviewBuffer::Wake(const std::vector<std::function<void()>>& writers) {
  for (const auto& wake : writers) {
    wake();
  }
}

PreviewRegistry& PreviewRegistry::Global() {
  static PreviewRegistry registry;
  return registry;
}

void PreviewRegistry::Set(const std::string& id, std::shared_ptr<PreviewBuffer> buffer) {
  base::MutexLock lock(mutex_);
  if (buffer == nullptr) {
    buffers_.erase(id);
  } else {
    buffers_[id] = std::move(buffer);
  }
}

std::shared_ptr<PreviewBuffer> PreviewRegistry::Find(const std::string& id) {
  base::MutexLock lock(mutex_);
  const auto known = buffers_.find(id);
  return known == buffers_.end() ? nullptr : known->second;
}

}  // namespace laminar::connectors
