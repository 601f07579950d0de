#include "connectors/api/byte_input.h"

#include <algorithm>

namespace laminar::connectors {

FileInput::FileInput(base::InputFile file, int64_t begin, int64_t size)
    : file_(std::move(file)),
      bounded_(file_.info().kind == base::FileKind::kFile && file_.info().bytes > 0),
      size_(size < 0 ? file_.info().bytes : size),
      position_(begin) {}

absl::StatusOr<size_t> FileInput::Read(char* buffer, size_t size, const base::StopEvent& stop) {
  if (!bounded_) {
    return file_.Read(buffer, size, &stop);
  }
  if (position_ == size_) {
    return 0;
  }
  LAMINAR_ASSIGN_OR_RETURN(
      const size_t count,
      file_.ReadAt(position_, buffer, std::min(size, static_cast<size_t>(size_ - position_))));
  if (count == 0) {
    return base::DataLoss("file has become shorter while it was read: " + file_.path());
  }
  position_ += static_cast<int64_t>(count);
  return count;
}

absl::StatusOr<Sample> ReadSample(OpenInput input, size_t bytes_wanted) {
  const base::StopEvent never;
  std::string raw;
  std::unique_ptr<formats::Decompressor> decompressor;
  Sample sample;
  bool is_first = true;
  while (sample.bytes.size() < bytes_wanted) {
    raw.resize(bytes_wanted);
    LAMINAR_ASSIGN_OR_RETURN(const size_t count, input.bytes->Read(raw.data(), raw.size(), never));
    std::string_view bytes(raw.data(), count);
    if (std::exchange(is_first, false)) {
      const formats::Codec codec =
          input.codec.has_value() ? *input.codec : formats::CodecFromMagic(bytes);
      decompressor = codec == formats::Codec::kNone ? nullptr : formats::MakeDecompressor(codec);
    }
    if (count == 0) {
      sample.at_end = true;
      break;
    }
    if (decompressor == nullptr) {
      sample.bytes += bytes;
      continue;
    }
    while (!bytes.empty() && sample.bytes.size() < bytes_wanted) {
      absl::StatusOr<size_t> consumed =
          decompressor->Decompress(bytes, bytes_wanted - sample.bytes.size(), sample.bytes);
      if (!consumed.ok()) {
        return base::MakeError(
            consumed.status().code(),
            input.name + ": " + std::string(base::FromAbsl(consumed.status().message())));
      }
      bytes.remove_prefix(*consumed);
    }
  }
  return sample;
}

}  // namespace laminar::connectors
