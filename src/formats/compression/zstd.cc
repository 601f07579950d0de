#include "formats/compression/zstd.h"

#include <algorithm>

#include <zstd.h>

#include "base/assert.h"

namespace laminar::formats {
namespace {

// Frames may ask for any window; this is what decoders must support (RFC 8878, 3.1.1.1.2),
// times 16.
constexpr int kWindowLogMax = 27;

struct FreeDecompression {
  void operator()(ZSTD_DCtx* context) const { ZSTD_freeDCtx(context); }
};
struct FreeCompression {
  void operator()(ZSTD_CCtx* context) const { ZSTD_freeCCtx(context); }
};

}  // namespace

struct ZstdDecompressor::Context {
  std::unique_ptr<ZSTD_DCtx, FreeDecompression> stream{ZSTD_createDCtx()};
  bool in_frame = false;
};

ZstdDecompressor::ZstdDecompressor() : context_(std::make_unique<Context>()) {
  LAMINAR_ASSERT(context_->stream != nullptr, 0);
  ZSTD_DCtx_setParameter(context_->stream.get(), ZSTD_d_windowLogMax, kWindowLogMax);
}

ZstdDecompressor::~ZstdDecompressor() = default;

absl::StatusOr<size_t> ZstdDecompressor::Decompress(std::string_view input,
                                                    size_t output_bytes_max,
                                                    std::string& output) {
  if (output_bytes_max == 0 || (input.empty() && !context_->in_frame)) {
    return 0;
  }
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  // A piece at a time: how much a little input makes is not known.
  for (size_t num_bytes = 0; num_bytes < output_bytes_max;) {
    const size_t old_size = output.size();
    const size_t room = std::min(output_bytes_max - num_bytes, ZSTD_DStreamOutSize());
    output.resize(old_size + room);
    ZSTD_outBuffer out{output.data() + old_size, room, 0};
    const size_t result = ZSTD_decompressStream(context_->stream.get(), &out, &in);
    output.resize(old_size + out.pos);
    num_bytes += out.pos;
    if (ZSTD_isError(result) != 0) {
      return base::DataLoss(std::string("zstd data is damaged: ") + ZSTD_getErrorName(result));
    }
    context_->in_frame = result != 0;
    // A frame's end leaves room in the output although more frames may follow.
    if (out.pos < room && (in.pos == in.size || result != 0)) {
      break;
    }
  }
  return in.pos;
}

absl::Status ZstdDecompressor::Finish() {
  if (!context_->in_frame) {
    return absl::OkStatus();
  }
  return base::DataLoss("zstd data is truncated: it ends in the middle of a frame");
}

struct ZstdCompressor::Context {
  std::unique_ptr<ZSTD_CCtx, FreeCompression> stream{ZSTD_createCCtx()};
};

ZstdCompressor::ZstdCompressor() : context_(std::make_unique<Context>()) {
  LAMINAR_ASSERT(context_->stream != nullptr, 0);
  ZSTD_CCtx_setParameter(context_->stream.get(), ZSTD_c_compressionLevel, 3);
  ZSTD_CCtx_setParameter(context_->stream.get(), ZSTD_c_checksumFlag, 1);
}

ZstdCompressor::~ZstdCompressor() = default;

absl::Status ZstdCompressor::Run(std::string_view input, int directive, std::string& output) {
  const auto mode = static_cast<ZSTD_EndDirective>(directive);
  const size_t piece_bytes = ZSTD_CStreamOutSize();
  ZSTD_inBuffer in{input.data(), input.size(), 0};
  bool done = false;
  while (!done) {
    const size_t old_size = output.size();
    output.resize(old_size + piece_bytes);
    ZSTD_outBuffer out{output.data() + old_size, piece_bytes, 0};
    const size_t left = ZSTD_compressStream2(context_->stream.get(), &out, &in, mode);
    output.resize(old_size + out.pos);
    if (ZSTD_isError(left) != 0) {
      return base::Internal(std::string("zstd compression failed: ") + ZSTD_getErrorName(left));
    }
    done = mode == ZSTD_e_continue ? in.pos == in.size : left == 0;
  }
  return absl::OkStatus();
}

absl::Status ZstdCompressor::Compress(std::string_view input, std::string& output) {
  return Run(input, ZSTD_e_continue, output);
}

absl::Status ZstdCompressor::Flush(std::string& output) { return Run({}, ZSTD_e_flush, output); }

absl::Status ZstdCompressor::Finish(std::string& output) { return Run({}, ZSTD_e_end, output); }

}  // namespace laminar::formats
