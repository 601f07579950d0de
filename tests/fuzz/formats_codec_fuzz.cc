// Decompressors: the same bytes, or an error, in pieces of any size; and what a
// compressor made is read back.
#include <cstdint>
#include <string>

#include "base/assert.h"
#include "formats/compression/codec.h"

namespace laminar::formats {
namespace {

constexpr size_t kOutputBytesMax = 1 << 20;

struct Decompressed {
  bool ok = true;
  std::string text;
};

Decompressed Decompress(Codec codec, std::string_view bytes, size_t piece, size_t room) {
  const auto decompressor = MakeDecompressor(codec);
  Decompressed result;
  size_t given = 0;
  while (result.text.size() < kOutputBytesMax) {
    const size_t before = result.text.size();
    const auto used = decompressor->Decompress(bytes.substr(given, piece), room, result.text);
    if (!used.ok()) {
      result.ok = false;
      return result;
    }
    given += *used;
    if (given == bytes.size() && result.text.size() - before < room) {
      result.ok = decompressor->Finish().ok();
      return result;
    }
  }
  return result;
}

void Check(Codec codec, std::string_view bytes) {
  const Decompressed whole = Decompress(codec, bytes, bytes.size() + 1, 64 * 1024);
  const Decompressed pieces = Decompress(codec, bytes, 7, 1000);
  LAMINAR_ASSERT(whole.text.size() >= kOutputBytesMax || whole.ok == pieces.ok, bytes.size());
  LAMINAR_ASSERT(!whole.ok || whole.text.size() >= kOutputBytesMax || whole.text == pieces.text,
                 whole.text.size());

  const auto compressor = MakeCompressor(codec);
  std::string packed;
  LAMINAR_ASSERT(compressor->Compress(bytes, packed).ok() && compressor->Finish(packed).ok(),
                 bytes.size());
  LAMINAR_ASSERT(Decompress(codec, packed, 5, 100).text == bytes, bytes.size());
}

}  // namespace
}  // namespace laminar::formats

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  laminar::formats::Check(laminar::formats::Codec::kGzip, bytes);
  laminar::formats::Check(laminar::formats::Codec::kZstd, bytes);
  return 0;
}
