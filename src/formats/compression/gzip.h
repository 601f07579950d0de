// gzip by zlib's streaming interface; see codec.h.
#ifndef LAMINAR_FORMATS_COMPRESSION_GZIP_H_
#define LAMINAR_FORMATS_COMPRESSION_GZIP_H_

#include <string>
#include <string_view>

#include <zlib.h>

#include "formats/compression/codec.h"

namespace laminar::formats {

class GzipDecompressor final : public Decompressor {
 public:
  GzipDecompressor();
  ~GzipDecompressor() override;
  GzipDecompressor(const GzipDecompressor&) = delete;
  GzipDecompressor& operator=(const GzipDecompressor&) = delete;
  absl::StatusOr<size_t> Decompress(std::string_view input,
                                    size_t output_bytes_max,
                                    std::string& output) override;
  absl::Status Finish() override;

 private:
  // Before the first member, inside one, or behind one.
  enum class Place { kStart, kMember, kBehindMember };

  z_stream stream_{};
  Place place_ = Place::kStart;
};

class GzipCompressor final : public Compressor {
 public:
  GzipCompressor();
  ~GzipCompressor() override;
  GzipCompressor(const GzipCompressor&) = delete;
  GzipCompressor& operator=(const GzipCompressor&) = delete;
  absl::Status Compress(std::string_view input, std::string& output) override;
  absl::Status Flush(std::string& output) override;
  absl::Status Finish(std::string& output) override;

 private:
  absl::Status Run(std::string_view input, int flush, std::string& output);

  z_stream stream_{};
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_COMPRESSION_GZIP_H_
