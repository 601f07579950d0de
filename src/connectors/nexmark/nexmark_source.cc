#include "connectors/nexmark/nexmark_source.h"

#include <algorithm>
#include <limits>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::connectors::nexmark {
namespace {

// Whole epochs, so that every block has the same layout.
constexpr int64_t kBlockEvents = 40 * kEventsPerEpoch;
static_assert(kBlockEvents <= base::kRowsPerChunkMax);

}  // namespace

absl::Status TimeOverflow(int64_t event, double event_time_rate) {
  return base::InvalidArgument(fmt::format(
      "option event_time_rate: event {} comes after the year 294246, where TIMESTAMP ends, at {} "
      "events per second; set a higher event_time_rate, or fewer events",
      event, event_time_rate));
}

NexmarkSource::NexmarkSource(SourceContext context, const StreamOptions& options)
    : context_(std::move(context)), options_(options) {}

NexmarkSource::~NexmarkSource() = default;

absl::Status NexmarkSource::Open() {
  GeneratorOptions generator;
  generator.seed = options_.seed;
  generator.base_micros = options_.base_micros.value_or(context_.clock.Wall().micros);
  generator.events_per_second = options_.event_time_rate;
  generator.dictionary = options_.dictionary;
  generator.prune = options_.prune;
  for (const size_t column : context_.columns) {
    const auto known = NexmarkSchema().Find(context_.table.schema.fields[column].name);
    LAMINAR_ASSERT(known.has_value(), column);
    generator.columns.push_back(*known);
  }
  const int64_t cpu = base::ThreadCpuNanos();
  generator_ = std::make_unique<NexmarkGenerator>(generator);
  block_events_ = options_.event_rate > 0 && !options_.replay ? 1 : kBlockEvents;
  num_events_ = std::min(options_.events, generator_->times().Count());
  preparing_ = options_.replay;
  context_.counters.generator_cpu_nanos += base::ThreadCpuNanos() - cpu;
  opened_ = context_.clock.Now();
  if (options_.event_rate > 0) {
    schedule_.emplace(opened_, options_.event_rate);
  }
  return absl::OkStatus();
}

// Block b belongs to subtask b modulo parallelism.
int64_t NexmarkSource::NextEvent() const {
  const int64_t block = context_.subtask + delivered_ / block_events_ * context_.parallelism;
  return block * block_events_ + delivered_ % block_events_;
}

std::optional<EventRange> NexmarkSource::NextRange(int64_t count_max) const {
  EventRange range;
  range.first = NextEvent();
  if (block_events_ == 1) {
    range.stride = context_.parallelism;
    range.count = count_max;
  } else {
    range.count = std::min(count_max, block_events_ - delivered_ % block_events_);
  }
  if (range.first >= num_events_) {
    return std::nullopt;
  }
  range.count = std::min(range.count, (num_events_ - range.first - 1) / range.stride + 1);
  return range;
}

void NexmarkSource::Advance(const EventRange& range) { delivered_ += range.count; }

data::Chunk NexmarkSource::Make(const EventRange& range) {
  const int64_t cpu = base::ThreadCpuNanos();
  data::Chunk chunk = generator_->Generate(range);
  context_.counters.generator_cpu_nanos += base::ThreadCpuNanos() - cpu;
  Advance(range);
  return chunk;
}

PollResult NexmarkSource::Deliver(data::Chunk made,
                                  base::MonotonicTime arrival,
                                  data::EventTime next,
                                  data::Chunk& chunk) {
  chunk = std::move(made);
  chunk.set_arrival(arrival);
  context_.counters.rows += static_cast<int64_t>(chunk.num_rows());
  PollResult result;
  result.state = PollState::kChunk;
  // Events come in order of time, so the next one tells what cannot follow.
  result.watermark = next;
  return result;
}

// No promise when the next event has no time.
data::EventTime NexmarkSource::NextTime() const {
  const int64_t next = NextEvent();
  return next < generator_->times().Count() ? data::EventTime{generator_->times().MicrosOf(next)}
                                            : data::EventTime::Min();
}

// At the end: whether it is the one that was wanted.
absl::Status NexmarkSource::CheckTimes() const {
  return num_events_ == options_.events ? absl::OkStatus()
                                        : TimeOverflow(num_events_, options_.event_time_rate);
}

absl::StatusOr<PollResult> NexmarkSource::Poll(data::Chunk& chunk) {
  if (options_.replay) {
    return preparing_ ? Prepare(chunk) : PollReplay(chunk);
  }
  return schedule_.has_value() ? PollPaced(*schedule_, chunk) : PollUnlimited(chunk);
}

absl::Status NexmarkSource::Reserve() {
  const int64_t block_bytes = generator_->chunk_bytes();
  const int64_t num_blocks = (options_.events - 1) / kBlockEvents / context_.parallelism + 1;
  const int64_t bytes = num_blocks > std::numeric_limits<int64_t>::max() / block_bytes
                            ? std::numeric_limits<int64_t>::max() / 2
                            : num_blocks * block_bytes;
  if (!context_.charge) {
    return absl::OkStatus();
  }
  if (const absl::Status charged = context_.charge("prepared events", bytes); !charged.ok()) {
    return base::ResourceExhausted(fmt::format(
        "option replay keeps all events in memory: {} events over {} subtasks need about {} MiB "
        "each; set fewer events, or raise worker.memory-limit\n  {}",
        options_.events, context_.parallelism, bytes >> 20, base::FromAbsl(charged.message())));
  }
  reserved_bytes_ = bytes;
  return absl::OkStatus();
}

absl::StatusOr<PollResult> NexmarkSource::Prepare(data::Chunk& chunk) {
  const std::optional<EventRange> range = NextRange(kBlockEvents);
  if (!range.has_value()) {
    LAMINAR_RETURN_IF_ERROR(CheckTimes());
    preparing_ = false;
    return PollReplay(chunk);
  }
  data::Chunk made = Make(*range);
  if (prepared_.empty()) {
    LAMINAR_RETURN_IF_ERROR(Reserve());
  }
  prepared_.push_back({std::move(made), NextTime()});
  // In between the task can be stopped.
  context_.wake();
  return PollResult{};
}

PollResult NexmarkSource::PollReplay(data::Chunk& chunk) {
  if (next_prepared_ == prepared_.size()) {
    return {.state = PollState::kEnd};
  }
  const Prepared& prepared = prepared_[next_prepared_++];
  return Deliver(prepared.chunk.Share(), context_.clock.Now(), prepared.next, chunk);
}

absl::StatusOr<PollResult> NexmarkSource::PollUnlimited(data::Chunk& chunk) {
  const base::MonotonicTime now = context_.clock.Now();
  if (now.nanos - opened_.nanos >= options_.run_nanos) {
    return PollResult{.state = PollState::kEnd};
  }
  const std::optional<EventRange> range = NextRange(kBlockEvents);
  if (!range.has_value()) {
    LAMINAR_RETURN_IF_ERROR(CheckTimes());
    return PollResult{.state = PollState::kEnd};
  }
  data::Chunk made = Make(*range);
  return Deliver(std::move(made), now, NextTime(), chunk);
}

absl::StatusOr<PollResult> NexmarkSource::PollPaced(RateSchedule& schedule, data::Chunk& chunk) {
  const base::MonotonicTime now = context_.clock.Now();
  const int64_t next = NextEvent();
  if (next >= num_events_) {
    LAMINAR_RETURN_IF_ERROR(CheckTimes());
    return PollResult{.state = PollState::kEnd};
  }
  const int64_t due = schedule.AllowedCount(now);
  if (due <= next) {
    PollResult idle;
    idle.wake_at = schedule.NextPoll(next);
    return idle;
  }
  const int64_t wanted = (due - next - 1) / context_.parallelism + 1;
  if (wanted <= base::kRowsPerChunkMax) {
    schedule.Pause(now);
  }
  const std::optional<EventRange> range =
      NextRange(std::min<int64_t>(wanted, base::kRowsPerChunkMax));
  LAMINAR_ASSERT(range.has_value(), next);
  data::Chunk made = Make(*range);
  // An event came in when it was due, even if nobody asked for it then.
  return Deliver(std::move(made), schedule.DueTime(next), NextTime(), chunk);
}

void NexmarkSource::Close() {
  // Giving prepared events back is part of making them, not of what the engine does with them.
  const int64_t cpu = base::ThreadCpuNanos();
  prepared_.clear();
  generator_.reset();
  if (reserved_bytes_ > 0) {
    context_.charge("prepared events", -std::exchange(reserved_bytes_, 0)).IgnoreError();
  }
  context_.counters.generator_cpu_nanos += base::ThreadCpuNanos() - cpu;
}

}  // namespace laminar::connectors::nexmark
