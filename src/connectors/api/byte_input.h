// ByteInput: one file or pipe that a source reads from front to back; InputSequence: the inputs of
// one source subtask, in order. Both belong to the I/O thread of a ReadAhead and may block there.
#ifndef LAMINAR_CONNECTORS_API_BYTE_INPUT_H_
#define LAMINAR_CONNECTORS_API_BYTE_INPUT_H_

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "base/file.h"
#include "base/status.h"
#include "formats/compression/codec.h"

namespace laminar::connectors {

class ByteInput {
 public:
  virtual ~ByteInput() = default;
  /// Reads up to `size` bytes; 0 only at the end. Returns Cancelled soon after `stop` is set.
  /// BLOCKS: until there is something.
  virtual absl::StatusOr<size_t> Read(char* buffer, size_t size, const base::StopEvent& stop) = 0;
};

/// Reads a file as long as it was when it was opened: what is appended later is left out, and a
/// file that has become shorter is DataLoss. Pipes and devices are read to their end.
class FileInput final : public ByteInput {
 public:
  explicit FileInput(base::InputFile file) : FileInput(std::move(file), /*begin=*/0, /*size=*/-1) {}
  /// From byte `begin` on, as if it were `size` bytes long. REQUIRES: begin is 0 unless the file is
  /// a regular one; -1, its own size, unless it is as large at least.
  FileInput(base::InputFile file, int64_t begin, int64_t size);
  /// Of the whole file; -1 when there is no bound.
  int64_t size() const { return bounded_ ? size_ : -1; }
  absl::StatusOr<size_t> Read(char* buffer, size_t size, const base::StopEvent& stop) override;

 private:
  base::InputFile file_;
  const bool bounded_;
  const int64_t size_;
  int64_t position_;
};

struct OpenInput {
  std::string name;   // a path; for messages and as metadata
  size_t split = 0;   // which of the source's
  int64_t size = -1;  // of a file that is read so far and no further; -1: no bound
  bool is_stream = false;
  /// Decompressed bytes at its beginning that were read before, and are left out.
  int64_t skip = 0;
  std::unique_ptr<ByteInput> bytes;
  /// How it is compressed; unset: find out by its first bytes.
  std::optional<formats::Codec> codec = formats::Codec::kNone;
  /// Inputs come behind it whose rows may be older.
  bool others_wait = false;
};

class InputSequence {
 public:
  virtual ~InputSequence() = default;
  /// Opens the next input; nullopt when there is none. BLOCKS.
  virtual absl::StatusOr<std::optional<OpenInput>> Next() = 0;
};

/// What the first bytes of an input look like, decompressed, for guessing columns.
struct Sample {
  std::string bytes;
  bool at_end = false;  // they are all there is
};

/// Reads about `bytes_wanted` decompressed bytes. BLOCKS.
absl::StatusOr<Sample> ReadSample(OpenInput input, size_t bytes_wanted);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_BYTE_INPUT_H_
