// zstd by its streaming interface; see codec.h.
#ifndef LAMINAR_FORMATS_COMPRESSION_ZSTD_H_
#define LAMINAR_FORMATS_COMPRESSION_ZSTD_H_

#include <memory>
#include <string>
#include <string_view>

#include "formats/compression/codec.h"

namespace laminar::formats {

class ZstdDecompressor final : public Decompressor {
 public:
  ZstdDecompressor();
  ~ZstdDecompressor() override;
  absl::StatusOr<size_t> Decompress(std::string_view input,
                                    size_t output_bytes_max,
                                    std::string& output) override;
  absl::Status Finish() override;

 private:
  struct Context;
  std::unique_ptr<Context> context_;
};

class ZstdCompressor final : public Compressor {
 public:
  ZstdCompressor();
  ~ZstdCompressor() override;
  absl::Status Compress(std::string_view input, std::string& output) override;
  absl::Status Flush(std::string& output) override;
  absl::Status Finish(std::string& output) override;

 private:
  struct Context;
  absl::Status Run(std::string_view input, int directive, std::string& output);
  std::unique_ptr<Context> context_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_COMPRESSION_ZSTD_H_
