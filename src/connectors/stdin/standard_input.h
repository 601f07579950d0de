// StandardInput: the process's standard input, which can be read once. Bytes that were looked at to
// guess columns are kept for the real read, and two tables cannot read it at the same time. One for
// the process; any thread.
#ifndef LAMINAR_CONNECTORS_STDIN_STANDARD_INPUT_H_
#define LAMINAR_CONNECTORS_STDIN_STANDARD_INPUT_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/mutex.h"
#include "connectors/api/byte_input.h"

namespace laminar::connectors {

class StandardInput {
 public:
  static StandardInput& Global();

  /// Returns what has come so far, once it holds at least one line or all there is; waits for at
  /// most `wait_millis_max`. DeadlineExceeded when there is no line then. The bytes, as they came,
  /// are kept. BLOCKS.
  absl::StatusOr<Sample> Peek(std::optional<formats::Codec> codec, int wait_millis_max)
      LAMINAR_EXCLUDES(mutex_);

  /// The input from its first byte; InvalidArgument while another reader has it. It is free again
  /// when the reader is destroyed.
  absl::StatusOr<std::unique_ptr<ByteInput>> Claim() LAMINAR_EXCLUDES(mutex_);

 private:
  class Reader;

  base::Mutex mutex_;
  std::string peeked_ LAMINAR_GUARDED_BY(mutex_);
  bool ended_ LAMINAR_GUARDED_BY(mutex_) = false;
  bool claimed_ LAMINAR_GUARDED_BY(mutex_) = false;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_STDIN_STANDARD_INPUT_H_
