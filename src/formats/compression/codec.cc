#include "formats/compression/codec.h"

#include "formats/compression/gzip.h"
#include "formats/compression/zstd.h"

namespace laminar::formats {

std::optional<Codec> CodecFromName(std::string_view name) {
  if (name == "none" || name == "uncompressed") {
    return Codec::kNone;
  }
  if (name == "gzip") {
    return Codec::kGzip;
  }
  if (name == "zstd") {
    return Codec::kZstd;
  }
  return std::nullopt;
}

Codec CodecFromPath(std::string_view path) {
  if (path.ends_with(".gz") || path.ends_with(".gzip")) {
    return Codec::kGzip;
  }
  if (path.ends_with(".zst") || path.ends_with(".zstd")) {
    return Codec::kZstd;
  }
  return Codec::kNone;
}

Codec CodecFromMagic(std::string_view bytes) {
  if (bytes.starts_with("\x1F\x8B")) {
    return Codec::kGzip;
  }
  if (bytes.starts_with("\x28\xB5\x2F\xFD")) {
    return Codec::kZstd;
  }
  return Codec::kNone;
}

std::unique_ptr<Decompressor> MakeDecompressor(Codec codec) {
  if (codec == Codec::kGzip) {
    return std::make_unique<GzipDecompressor>();
  }
  return std::make_unique<ZstdDecompressor>();
}

std::unique_ptr<Compressor> MakeCompressor(Codec codec) {
  if (codec == Codec::kGzip) {
    return std::make_unique<GzipCompressor>();
  }
  return std::make_unique<ZstdCompressor>();
}

}  // namespace laminar::formats
