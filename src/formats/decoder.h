// Decoder: bytes to rows. Owned by a source reader and called on its task's thread. Formats
// register in app/register_formats.cc.
#ifndef LAMINAR_FORMATS_DECODER_H_
#define LAMINAR_FORMATS_DECODER_H_

#include <cstdint>
#include <string>
#include <string_view>

#include "base/status.h"
#include "data/chunk.h"

namespace laminar::formats {

/// A record that could not be decoded.
struct BadRecord {
  std::string_view bytes;          // the record as it came, valid during the call
  std::string_view error;          // what is wrong, with the field's name where known
  int64_t position = 0;            // of the record within its input
  std::string_view unit = "byte";  // what positions count
};

/// Applies the policy of a source (fail, drop, dead letter) and counts. Owned by the source reader;
/// task thread.
class BadRecordHandler {
 public:
  virtual ~BadRecordHandler() = default;
  /// Returns an error when the policy is to fail; OK when the record is dropped or was written to
  /// the dead-letter file.
  virtual absl::Status Handle(const BadRecord& record) = 0;
};

/// What a decoder has learned of an input, besides how far it is.
struct DecoderProgress {
  bool started = false;       // a record has come
  bool in_array = false;      // inside a JSON array around the records
  bool in_long_line = false;  // inside a record that was told to be too long, and is left out
  std::string header;         // the CSV record that names the columns; empty: none does
  bool operator==(const DecoderProgress&) const = default;
};

class Decoder {
 public:
  virtual ~Decoder() = default;

  /// Reads whole records from `bytes` and appends them to `chunk` (allocated by the caller with the
  /// table's physical types, flat) until it holds kRowsPerChunkMax rows or no whole record is left.
  /// Returns the number of bytes consumed; the caller gives the rest again with more bytes behind
  /// it. With `at_end`, nothing follows: a last record without a line end is whole. `position` is
  /// the offset of bytes[0] in the input, for messages. Bad records go to the handler. Buffers of
  /// `bytes` need not outlive the call. On an error, `chunk` holds the rows of the records before
  /// the one that failed.
  virtual absl::StatusOr<size_t> Decode(std::string_view bytes,
                                        int64_t position,
                                        bool at_end,
                                        data::Chunk& chunk) = 0;

  /// Forgets what it has learned of an input (a CSV header); the next bytes start another one.
  virtual void StartInput() {}

  /// What another decoder needs to go on behind the bytes that this one has consumed.
  virtual DecoderProgress SaveProgress() const { return {}; }
  /// The next bytes are of the middle of an input, from where a decoder with this progress stopped.
  virtual absl::Status Resume(const DecoderProgress& progress) {
    StartInput();
    return absl::OkStatus();
  }
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_DECODER_H_
