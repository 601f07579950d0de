#include "connectors/nexmark/nexmark_source.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::connectors::nexmark {
namespace {

// Whole epochs, so that every block has the same layout.
constexpr int64_t kBlockEvents = 40 * kEventsPerEpoch;
static_assert(kBlockEvents <= base::kRowsPerChunkMax);

}  // namespace

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
  if (options_.replay) {
    while (const std::optional<EventRange> range = NextRange(kBlockEvents)) {
      data::Chunk chunk = generator_->Generate(*range);
      Advance(*range);
      prepared_.push_back({std::move(chunk), {generator_->times().MicrosOf(NextEvent())}});
    }
  }
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
  if (range.first >= options_.events) {
    return std::nullopt;
  }
  range.count = std::min(range.count, (options_.events - range.first - 1) / range.stride + 1);
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

absl::StatusOr<PollResult> NexmarkSource::Poll(data::Chunk& chunk) {
  if (options_.replay) {
    return PollReplay(chunk);
  }
  return schedule_.has_value() ? PollPaced(*schedule_, chunk) : PollUnlimited(chunk);
}

PollResult NexmarkSource::PollReplay(data::Chunk& chunk) {
  if (next_prepared_ == prepared_.size()) {
    return {.state = PollState::kEnd};
  }
  const Prepared& prepared = prepared_[next_prepared_++];
  return Deliver(prepared.chunk.Share(), context_.clock.Now(), prepared.next, chunk);
}

PollResult NexmarkSource::PollUnlimited(data::Chunk& chunk) {
  const base::MonotonicTime now = context_.clock.Now();
  const std::optional<EventRange> range = NextRange(kBlockEvents);
  if (!range.has_value() || now.nanos - opened_.nanos >= options_.run_nanos) {
    return {.state = PollState::kEnd};
  }
  data::Chunk made = Make(*range);
  return Deliver(std::move(made), now, {generator_->times().MicrosOf(NextEvent())}, chunk);
}

PollResult NexmarkSource::PollPaced(RateSchedule& schedule, data::Chunk& chunk) {
  const base::MonotonicTime now = context_.clock.Now();
  const int64_t next = NextEvent();
  if (next >= options_.events) {
    return {.state = PollState::kEnd};
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
  return Deliver(std::move(made), schedule.DueTime(next),
                 {generator_->times().MicrosOf(NextEvent())}, chunk);
}

void NexmarkSource::Close() {
  // Giving prepared events back is part of making them, not of what the engine does with them.
  const int64_t cpu = base::ThreadCpuNanos();
  prepared_.clear();
  generator_.reset();
  context_.counters.generator_cpu_nanos += base::ThreadCpuNanos() - cpu;
}

}  // namespace laminar::connectors::nexmark
