#include "connectors/api/read_ahead.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::connectors {
namespace {

constexpr size_t kBlockBytes = 256 << 10;
// Read and not yet taken events without bytes (inputs without content) are bounded too.
constexpr size_t kEventsMax = 256;
constexpr size_t kFreeBlocksMax = 4;
// What compressed inputs begin with.
constexpr std::string_view kMagics[] = {"\x1f\x8b", "\x28\xb5\x2f\xfd"};
constexpr size_t kMagicBytes = 4;

// More bytes are needed to tell whether they begin like a compressed input.
bool MayBeMagic(std::string_view bytes) {
  for (const std::string_view magic : kMagics) {
    if (bytes.size() < magic.size() && magic.starts_with(bytes)) {
      return true;
    }
  }
  return false;
}

absl::Status WithName(const absl::Status& status, const std::string& name) {
  return base::MakeError(status.code(),
                         name + ": " + std::string(base::FromAbsl(status.message())));
}

}  // namespace

ReadAhead::ReadAhead(std::unique_ptr<InputSequence> inputs,
                     const base::Clock& clock,
                     std::function<void()> wake)
    : inputs_(std::move(inputs)),
      clock_(clock),
      wake_(std::move(wake)),
      thread_("reader", [this] { Serve(); }) {}

ReadAhead::~ReadAhead() { LAMINAR_ASSERT(!thread_.joinable(), 0); }

std::optional<ReadEvent> ReadAhead::TryTake() {
  base::MutexLock lock(mutex_);
  if (events_.empty()) {
    return std::nullopt;
  }
  std::optional<ReadEvent> event(std::move(events_.front()));
  events_.pop_front();
  bytes_ahead_ -= static_cast<int64_t>(event->block.end - event->block.begin);
  changed_.NotifyAll();
  return event;
}

void ReadAhead::Recycle(ByteBlock block) {
  base::MutexLock lock(mutex_);
  if (free_blocks_.size() < kFreeBlocksMax) {
    free_blocks_.push_back(std::move(block));
  }
}

int64_t ReadAhead::raw_bytes() {
  base::MutexLock lock(mutex_);
  return raw_bytes_;
}

void ReadAhead::Close() {
  stop_event_.Set();
  {
    base::MutexLock lock(mutex_);
    closed_ = true;
    changed_.NotifyAll();
  }
  thread_.Join();
}

void ReadAhead::Serve() {
  ReadEvent last;
  last.status = ReadAll();
  last.kind = last.status.ok() ? ReadEvent::Kind::kFinished : ReadEvent::Kind::kFailed;
  inputs_.reset();
  // Refused only when nobody listens any more.
  Send(std::move(last)).IgnoreError();
}

absl::Status ReadAhead::ReadAll() {
  while (true) {
    LAMINAR_ASSIGN_OR_RETURN(std::optional<OpenInput> input, inputs_->Next());
    if (!input.has_value()) {
      return absl::OkStatus();
    }
    ReadEvent begin;
    begin.kind = ReadEvent::Kind::kBegin;
    begin.name = input->name;
    begin.others_wait = input->others_wait;
    begin.split = input->split;
    begin.size = input->size;
    begin.is_stream = input->is_stream;
    LAMINAR_RETURN_IF_ERROR(Send(std::move(begin)));
    LAMINAR_RETURN_IF_ERROR(ReadInput(*input));
    ReadEvent end;
    end.kind = ReadEvent::Kind::kEnd;
    LAMINAR_RETURN_IF_ERROR(Send(std::move(end)));
  }
}

absl::Status ReadAhead::ReadInput(OpenInput& input) {
  char first[kMagicBytes];
  size_t count = 0;
  while (!input.codec.has_value() && MayBeMagic({first, count})) {
    LAMINAR_ASSIGN_OR_RETURN(const size_t more, ReadRaw(input, first + count, kMagicBytes - count));
    if (more == 0) {
      break;
    }
    count += more;
  }
  const std::string_view head(first, count);
  const formats::Codec codec =
      input.codec.has_value() ? *input.codec : formats::CodecFromMagic(head);
  return codec == formats::Codec::kNone ? ReadPlain(input, head)
                                        : ReadCompressed(input, codec, head);
}

absl::Status ReadAhead::ReadPlain(OpenInput& input, std::string_view first) {
  while (true) {
    ByteBlock block = NewBlock();
    // Not shrunk between uses: growing would clear the memory again.
    block.storage.resize(ByteBlock::kHeadroomBytes + kBlockBytes + ByteBlock::kPaddingBytes);
    char* const at = block.storage.data() + block.begin;
    // A pipe gives what is there, and no more is waited for, so that a row is decoded when it
    // comes.
    size_t count = first.copy(at, first.size());
    if (count == 0) {
      LAMINAR_ASSIGN_OR_RETURN(count, ReadRaw(input, at, kBlockBytes));
    }
    if (count == 0) {
      return absl::OkStatus();
    }
    first = {};
    block.end = block.begin + count;
    block.arrival = clock_.Now();
    ReadEvent event;
    event.kind = ReadEvent::Kind::kBytes;
    event.block = std::move(block);
    LAMINAR_RETURN_IF_ERROR(Send(std::move(event)));
  }
}

absl::Status ReadAhead::ReadCompressed(OpenInput& input,
                                       formats::Codec codec,
                                       std::string_view first) {
  const std::unique_ptr<formats::Decompressor> decompressor = formats::MakeDecompressor(codec);
  std::string raw(kBlockBytes, '\0');
  first.copy(raw.data(), first.size());
  size_t raw_count = first.size();
  while (true) {
    if (raw_count == 0) {
      LAMINAR_ASSIGN_OR_RETURN(raw_count, ReadRaw(input, raw.data(), raw.size()));
      if (raw_count == 0) {
        absl::Status finished = decompressor->Finish();
        if (finished.ok() && input.skip > 0) {
          finished = base::DataLoss("file has become shorter than what was read of it");
        }
        return finished.ok() ? finished : WithName(finished, input.name);
      }
    }
    std::string_view rest(raw.data(), std::exchange(raw_count, 0));
    while (!rest.empty()) {
      ByteBlock block = NewBlock();
      block.storage.resize(ByteBlock::kHeadroomBytes);
      absl::Status damage;
      const absl::StatusOr<size_t> consumed =
          decompressor->Decompress(rest, kBlockBytes, block.storage);
      if (!consumed.ok()) {
        damage = WithName(consumed.status(), input.name);
      } else {
        rest.remove_prefix(*consumed);
      }
      block.end = block.storage.size();
      block.storage.append(ByteBlock::kPaddingBytes, '\0');
      LAMINAR_RETURN_IF_ERROR(SendDecompressed(input, std::move(block)));
      LAMINAR_RETURN_IF_ERROR(damage);
    }
  }
}

absl::Status ReadAhead::SendDecompressed(OpenInput& input, ByteBlock block) {
  const auto skipped = std::min(static_cast<size_t>(input.skip), block.end - block.begin);
  input.skip -= static_cast<int64_t>(skipped);
  block.begin += skipped;
  if (block.begin == block.end) {
    Recycle(std::move(block));
    return absl::OkStatus();
  }
  block.arrival = clock_.Now();
  ReadEvent event;
  event.kind = ReadEvent::Kind::kBytes;
  event.block = std::move(block);
  return Send(std::move(event));
}

ByteBlock ReadAhead::NewBlock() {
  ByteBlock block;
  base::MutexLock lock(mutex_);
  if (!free_blocks_.empty()) {
    block = std::move(free_blocks_.back());
    free_blocks_.pop_back();
  }
  block.begin = ByteBlock::kHeadroomBytes;
  block.end = ByteBlock::kHeadroomBytes;
  return block;
}

absl::StatusOr<size_t> ReadAhead::ReadRaw(OpenInput& input, char* buffer, size_t size) {
  LAMINAR_ASSIGN_OR_RETURN(const size_t count, input.bytes->Read(buffer, size, stop_event_));
  base::MutexLock lock(mutex_);
  raw_bytes_ += static_cast<int64_t>(count);
  return count;
}

absl::Status ReadAhead::Send(ReadEvent event) {
  const auto num_bytes = static_cast<int64_t>(event.block.end - event.block.begin);
  bool was_empty = false;
  {
    base::MutexLock lock(mutex_);
    while (!closed_ && (bytes_ahead_ >= base::kReadAheadBytesMax || events_.size() >= kEventsMax)) {
      changed_.Wait(mutex_);
    }
    if (closed_) {
      return base::MakeError(absl::StatusCode::kCancelled, "reading was stopped");
    }
    was_empty = events_.empty();
    events_.push_back(std::move(event));
    bytes_ahead_ += num_bytes;
  }
  if (was_empty) {
    wake_();
  }
  return absl::OkStatus();
}

}  // namespace laminar::connectors
