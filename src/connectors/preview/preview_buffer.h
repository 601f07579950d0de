// PreviewBuffer: rows on their way from a preview sink to whoever wants to see them, a bounded
// number ahead; PreviewRegistry: the buffers of the process by name. The application makes a
// buffer, registers it, and takes rows out; a job's sink finds it by its option `id`. Any thread.
#ifndef LAMINAR_CONNECTORS_PREVIEW_PREVIEW_BUFFER_H_
#define LAMINAR_CONNECTORS_PREVIEW_PREVIEW_BUFFER_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "data/chunk.h"

namespace laminar::connectors {

class PreviewBuffer {
 public:
  explicit PreviewBuffer(int64_t rows_max) : rows_max_(rows_max) {}

  /// The oldest chunk, or nullopt when there is none now. A writer that waited for room is woken.
  std::optional<data::Chunk> Take() LAMINAR_EXCLUDES(mutex_);
  /// Every writer has ended and all rows are taken.
  bool Ended() LAMINAR_EXCLUDES(mutex_);
  /// Rows are not wanted any more: writers end their jobs as if a limit were reached.
  void Leave() LAMINAR_EXCLUDES(mutex_);

  // Of writers:
  void AddWriter(std::function<void()> wake) LAMINAR_EXCLUDES(mutex_);
  void RemoveWriter() LAMINAR_EXCLUDES(mutex_);
  bool HasRoom() LAMINAR_EXCLUDES(mutex_);
  bool HasLeft() LAMINAR_EXCLUDES(mutex_);
  void Put(data::Chunk chunk) LAMINAR_EXCLUDES(mutex_);

 private:
  void Wake(const std::vector<std::function<void()>>& writers);

  const int64_t rows_max_;
  base::Mutex mutex_;
  std::deque<data::Chunk> chunks_ LAMINAR_GUARDED_BY(mutex_);
  int64_t num_rows_ LAMINAR_GUARDED_BY(mutex_) = 0;
  std::vector<std::function<void()>> wakes_ LAMINAR_GUARDED_BY(mutex_);
  int num_writers_ LAMINAR_GUARDED_BY(mutex_) = 0;
  bool started_ LAMINAR_GUARDED_BY(mutex_) = false;
  bool left_ LAMINAR_GUARDED_BY(mutex_) = false;
};

class PreviewRegistry {
 public:
  static PreviewRegistry& Global();

  /// Replaces a buffer of the same name; null removes it.
  void Set(const std::string& id, std::shared_ptr<PreviewBuffer> buffer) LAMINAR_EXCLUDES(mutex_);
  /// Null when there is none.
  std::shared_ptr<PreviewBuffer> Find(const std::string& id) LAMINAR_EXCLUDES(mutex_);

 private:
  base::Mutex mutex_;
  std::map<std::string, std::shared_ptr<PreviewBuffer>> buffers_ LAMINAR_GUARDED_BY(mutex_);
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_PREVIEW_PREVIEW_BUFFER_H_
