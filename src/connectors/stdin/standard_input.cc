#include "connectors/stdin/standard_input.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"

namespace laminar::connectors {
namespace {

// A sample of this size is enough to guess by.
constexpr size_t kSampleBytes = 256 << 10;
// After the first line, others that come as fast as this are waited for.
constexpr int kMoreMillis = 20;

// Gives out bytes of memory as an input, to decompress a sample by the same code as a file.
class MemoryInput final : public ByteInput {
 public:
  explicit MemoryInput(std::string bytes) : bytes_(std::move(bytes)) {}
  absl::StatusOr<size_t> Read(char* buffer, size_t size, const base::StopEvent& stop) override {
    const size_t count = bytes_.copy(buffer, size, at_);
    at_ += count;
    return count;
  }

 private:
  const std::string bytes_;
  size_t at_ = 0;
};

}  // namespace

class StandardInput::Reader final : public ByteInput {
 public:
  Reader(StandardInput& owner, std::string peeked, bool ended)
      : owner_(owner),
        peeked_(std::move(peeked)),
        ended_(ended),
        file_(base::InputFile::StandardInput()) {}
  ~Reader() override {
    base::MutexLock lock(owner_.mutex_);
    owner_.claimed_ = false;
  }

  absl::StatusOr<size_t> Read(char* buffer, size_t size, const base::StopEvent& stop) override {
    const size_t count = peeked_.copy(buffer, size, at_);
    at_ += count;
    if (count > 0 || ended_) {
      return count;
    }
    LAMINAR_ASSIGN_OR_RETURN(const size_t more, file_.Read(buffer, size, &stop));
    // A terminal would go on after its end.
    ended_ = more == 0;
    return more;
  }

 private:
  StandardInput& owner_;
  const std::string peeked_;
  bool ended_;
  size_t at_ = 0;
  base::InputFile file_;
};

StandardInput& StandardInput::Global() {
  static StandardInput input;
  return input;
}

absl::StatusOr<std::unique_ptr<ByteInput>> StandardInput::Claim() {
  base::MutexLock lock(mutex_);
  if (claimed_) {
    return base::InvalidArgument(
        "standard input can be read by one table only; use a view to read its rows twice");
  }
  claimed_ = true;
  return std::make_unique<Reader>(*this, std::exchange(peeked_, {}), std::exchange(ended_, false));
}

absl::StatusOr<Sample> StandardInput::Peek(std::optional<formats::Codec> codec,
                                           int wait_millis_max) {
  base::InputFile file = base::InputFile::StandardInput();
  const int64_t deadline = base::SystemClock().Now().nanos / 1'000'000 + wait_millis_max;
  std::string raw;
  bool ended = false;
  {
    base::MutexLock lock(mutex_);
    raw = std::exchange(peeked_, {});
    ended = ended_;
  }
  absl::Status outcome;
  while (!ended && raw.size() < kSampleBytes) {
    // Compressed input shows no lines; what comes in one go is taken.
    const bool has_line =
        codec == formats::Codec::kNone || formats::CodecFromMagic(raw) == formats::Codec::kNone
            ? raw.find('\n') != std::string::npos
            : !raw.empty();
    const int64_t left = deadline - base::SystemClock().Now().nanos / 1'000'000;
    const size_t before = raw.size();
    raw.resize(before + (64 << 10));
    const absl::StatusOr<size_t> count =
        file.ReadFor(raw.data() + before, raw.size() - before,
                     static_cast<int>(has_line ? kMoreMillis : std::max<int64_t>(left, 0)));
    raw.resize(before + (count.ok() ? *count : 0));
    if (!count.ok()) {
      outcome = has_line && count.status().code() == absl::StatusCode::kDeadlineExceeded
                    ? absl::OkStatus()
                    : count.status();
      break;
    }
    ended = *count == 0;
  }
  {
    base::MutexLock lock(mutex_);
    peeked_ = raw;
    ended_ = ended;
  }
  LAMINAR_RETURN_IF_ERROR(outcome);
  OpenInput input;
  input.name = "standard input";
  input.bytes = std::make_unique<MemoryInput>(std::move(raw));
  input.codec = codec;
  LAMINAR_ASSIGN_OR_RETURN(Sample sample, ReadSample(std::move(input), 4 * kSampleBytes));
  sample.at_end = ended;
  return sample;
}

}  // namespace laminar::connectors
