// Streaming compression of byte inputs and outputs: gzip (RFC 1952, several members in a row as one
// stream) and zstd (RFC 8878, several frames). Owned by whoever reads or writes the bytes, one
// thread at a time; nothing here blocks.
#ifndef LAMINAR_FORMATS_COMPRESSION_CODEC_H_
#define LAMINAR_FORMATS_COMPRESSION_CODEC_H_

#include <cstddef>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/status.h"

namespace laminar::formats {

enum class Codec { kNone, kGzip, kZstd };

/// "none" (also "uncompressed"), "gzip", "zstd"; nullopt for any other word.
std::optional<Codec> CodecFromName(std::string_view name);
/// By the name's end: .gz or .zst, else none.
Codec CodecFromPath(std::string_view path);
/// By the first bytes of an input; none when they are of neither format.
Codec CodecFromMagic(std::string_view bytes);

class Decompressor {
 public:
  virtual ~Decompressor() = default;
  /// Consumes bytes from the front of `input` and appends at most `output_bytes_max` bytes to
  /// `output`; returns how many were consumed. Call again with the rest while input is left or the
  /// output limit was reached (then also with no input: bytes may wait inside). DataLoss when the
  /// bytes are not of the format or are damaged; what was appended before stays.
  virtual absl::StatusOr<size_t> Decompress(std::string_view input,
                                            size_t output_bytes_max,
                                            std::string& output) = 0;
  /// The input has ended: DataLoss when that is in the middle of a stream.
  virtual absl::Status Finish() = 0;
};

class Compressor {
 public:
  virtual ~Compressor() = default;
  /// Takes all of `input`; appends to `output` what is ready.
  virtual absl::Status Compress(std::string_view input, std::string& output) = 0;
  /// Appends everything taken so far, so that a reader can decode it; costs compression.
  virtual absl::Status Flush(std::string& output) = 0;
  /// Appends the rest and the stream's end. Nothing may be compressed after.
  virtual absl::Status Finish(std::string& output) = 0;
};

/// REQUIRES for both: codec is not kNone.
std::unique_ptr<Decompressor> MakeDecompressor(Codec codec);
std::unique_ptr<Compressor> MakeCompressor(Codec codec);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_COMPRESSION_CODEC_H_
