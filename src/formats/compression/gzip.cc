#include "formats/compression/gzip.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace laminar::formats {
namespace {

constexpr int kWindowBitsGzip = 15 + 16;  // largest window, gzip header only
constexpr size_t kPieceBytes = 64 * 1024;

// zlib takes mutable pointers but only reads the input.
void SetInput(z_stream& stream, std::string_view input) {
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(input.data()));
  stream.avail_in =
      static_cast<uInt>(std::min<size_t>(input.size(), std::numeric_limits<uInt>::max()));
}

}  // namespace

GzipDecompressor::GzipDecompressor() {
  const int result = inflateInit2(&stream_, kWindowBitsGzip);
  LAMINAR_ASSERT(result == Z_OK, result);
}

GzipDecompressor::~GzipDecompressor() { inflateEnd(&stream_); }

absl::StatusOr<size_t> GzipDecompressor::Decompress(std::string_view input,
                                                    size_t output_bytes_max,
                                                    std::string& output) {
  if (place_ == Place::kBehindMember) {
    // Some writers pad with zeros; anything else must be another member.
    size_t num_zeros = 0;
    while (num_zeros < input.size() && input[num_zeros] == '\0') {
      ++num_zeros;
    }
    if (num_zeros > 0) {
      return num_zeros;
    }
  }
  if (output_bytes_max == 0 || (input.empty() && place_ != Place::kMember)) {
    return 0;
  }
  place_ = Place::kMember;
  SetInput(stream_, input);
  const size_t given = stream_.avail_in;
  // A piece at a time: how much a little input makes is not known.
  for (size_t num_bytes = 0; num_bytes < output_bytes_max;) {
    const size_t old_size = output.size();
    const size_t room = std::min(output_bytes_max - num_bytes, kPieceBytes);
    output.resize(old_size + room);
    stream_.next_out = reinterpret_cast<Bytef*>(output.data() + old_size);
    stream_.avail_out = static_cast<uInt>(room);
    const int result = inflate(&stream_, Z_NO_FLUSH);
    output.resize(old_size + room - stream_.avail_out);
    num_bytes += room - stream_.avail_out;
    if (result == Z_STREAM_END) {
      place_ = Place::kBehindMember;
      const size_t consumed = given - stream_.avail_in;
      inflateReset(&stream_);
      return consumed;
    }
    if (result != Z_OK && result != Z_BUF_ERROR) {
      return base::DataLoss(std::string("gzip data is damaged: ") +
                            (stream_.msg != nullptr ? stream_.msg : "unknown error"));
    }
    if (stream_.avail_out > 0) {
      break;
    }
  }
  return given - stream_.avail_in;
}

absl::Status GzipDecompressor::Finish() {
  if (place_ != Place::kMember) {
    return absl::OkStatus();
  }
  return base::DataLoss("gzip data is truncated: it ends in the middle of a stream");
}

GzipCompressor::GzipCompressor() {
  constexpr int kMemoryLevel = 8;
  const int result = deflateInit2(&stream_, Z_DEFAULT_COMPRESSION, Z_DEFLATED, kWindowBitsGzip,
                                  kMemoryLevel, Z_DEFAULT_STRATEGY);
  LAMINAR_ASSERT(result == Z_OK, result);
}

GzipCompressor::~GzipCompressor() { deflateEnd(&stream_); }

absl::Status GzipCompressor::Run(std::string_view input, int flush, std::string& output) {
  do {
    SetInput(stream_, input);
    const size_t given = stream_.avail_in;
    const size_t old_size = output.size();
    output.resize(old_size + kPieceBytes);
    stream_.next_out = reinterpret_cast<Bytef*>(output.data() + old_size);
    stream_.avail_out = static_cast<uInt>(kPieceBytes);
    const int result = deflate(&stream_, flush);
    output.resize(old_size + kPieceBytes - stream_.avail_out);
    if (result == Z_STREAM_ERROR) {
      return base::Internal("gzip compression failed");
    }
    input.remove_prefix(given - stream_.avail_in);
  } while (!input.empty() || stream_.avail_out == 0);
  return absl::OkStatus();
}

absl::Status GzipCompressor::Compress(std::string_view input, std::string& output) {
  return Run(input, Z_NO_FLUSH, output);
}

absl::Status GzipCompressor::Flush(std::string& output) { return Run({}, Z_SYNC_FLUSH, output); }

absl::Status GzipCompressor::Finish(std::string& output) { return Run({}, Z_FINISH, output); }

}  // namespace laminar::formats
