// ReadAhead: an I/O thread that reads and decompresses inputs one after the other and hands their
// bytes over in blocks, a bounded number of bytes ahead of who decodes them. Owned by a source
// reader, whose thread calls everything here.
#ifndef LAMINAR_CONNECTORS_API_READ_AHEAD_H_
#define LAMINAR_CONNECTORS_API_READ_AHEAD_H_

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/file.h"
#include "base/mutex.h"
#include "base/status.h"
#include "base/thread.h"
#include "connectors/api/byte_input.h"

namespace laminar::connectors {

/// Bytes with room in front of them, so that the rest of the block before can be put there, and
/// kPaddingBytes readable behind.
struct ByteBlock {
  static constexpr size_t kHeadroomBytes = 64 << 10;
  static constexpr size_t kPaddingBytes = 64;

  std::string storage;
  size_t begin = 0;
  size_t end = 0;
  base::MonotonicTime arrival;

  std::string_view view() const { return std::string_view(storage).substr(begin, end - begin); }
};

/// What comes from the I/O thread, in order: for each input kBegin, any number of kBytes, kEnd; at
/// last kFinished or kFailed.
struct ReadEvent {
  enum class Kind { kBegin, kBytes, kEnd, kFinished, kFailed };
  Kind kind = Kind::kFinished;
  std::string name;  // of kBegin
  // Of kBegin: see OpenInput.
  bool others_wait = false;
  size_t split = 0;
  int64_t size = -1;
  bool is_stream = false;
  ByteBlock block;  // of kBytes
  absl::Status status;
};

class ReadAhead {
 public:
  /// Starts reading. `wake` is called on the I/O thread when something has come after there was
  /// nothing.
  ReadAhead(std::unique_ptr<InputSequence> inputs,
            const base::Clock& clock,
            std::function<void()> wake);
  /// REQUIRES: Close was called.
  ~ReadAhead();
  ReadAhead(const ReadAhead&) = delete;
  ReadAhead& operator=(const ReadAhead&) = delete;

  /// The next event, or nullopt when none is there yet. None follows kFinished and kFailed.
  std::optional<ReadEvent> TryTake() LAMINAR_EXCLUDES(mutex_);
  /// Gives a block's memory back for later ones.
  void Recycle(ByteBlock block) LAMINAR_EXCLUDES(mutex_);
  /// Bytes read from the inputs so far, before decompression.
  int64_t raw_bytes() LAMINAR_EXCLUDES(mutex_);
  /// Stops and joins. BLOCKS: shortly.
  void Close() LAMINAR_EXCLUDES(mutex_);

 private:
  void Serve() LAMINAR_EXCLUDES(mutex_);
  absl::Status ReadAll() LAMINAR_EXCLUDES(mutex_);
  absl::Status ReadInput(OpenInput& input) LAMINAR_EXCLUDES(mutex_);
  absl::Status ReadPlain(OpenInput& input, std::string_view first) LAMINAR_EXCLUDES(mutex_);
  absl::Status ReadCompressed(OpenInput& input, formats::Codec codec, std::string_view first)
      LAMINAR_EXCLUDES(mutex_);
  absl::Status SendDecompressed(OpenInput& input, ByteBlock block) LAMINAR_EXCLUDES(mutex_);
  ByteBlock NewBlock() LAMINAR_EXCLUDES(mutex_);
  // Waits for room; Cancelled when closed.
  absl::Status Send(ReadEvent event) LAMINAR_EXCLUDES(mutex_);
  absl::StatusOr<size_t> ReadRaw(OpenInput& input, char* buffer, size_t size)
      LAMINAR_EXCLUDES(mutex_);

  std::unique_ptr<InputSequence> inputs_;  // I/O thread
  const base::Clock& clock_;
  const std::function<void()> wake_;
  base::StopEvent stop_event_;
  base::Mutex mutex_;
  base::ConditionVariable changed_;
  std::deque<ReadEvent> events_ LAMINAR_GUARDED_BY(mutex_);
  std::vector<ByteBlock> free_blocks_ LAMINAR_GUARDED_BY(mutex_);
  int64_t bytes_ahead_ LAMINAR_GUARDED_BY(mutex_) = 0;
  int64_t raw_bytes_ LAMINAR_GUARDED_BY(mutex_) = 0;
  bool closed_ LAMINAR_GUARDED_BY(mutex_) = false;
  base::Thread thread_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_READ_AHEAD_H_
