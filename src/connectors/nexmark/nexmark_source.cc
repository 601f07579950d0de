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

// Of positions.
constexpr char kDelivered[] = "delivered";
constexpr char kBlock[] = "block";
constexpr char kBaseMicros[] = "base_micros";
constexpr char kRanNanos[] = "ran_nanos";
constexpr char kEnded[] = "ended";

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
  base_micros_ = options_.base_micros.value_or(context_.clock.Wall().micros);
  block_events_ = options_.event_rate > 0 && !options_.replay ? 1 : kBlockEvents;
  LAMINAR_RETURN_IF_ERROR(TakeSplits());
  if (splits_.empty()) {
    return absl::OkStatus();
  }
  GeneratorOptions generator;
  generator.seed = options_.seed;
  generator.base_micros = base_micros_;
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
  num_events_ = std::min(options_.events, generator_->times().Count());
  preparing_ = options_.replay;
  context_.counters.generator_cpu_nanos += base::ThreadCpuNanos() - cpu;
  opened_ = context_.clock.Now();
  if (options_.event_rate > 0) {
    schedule_.emplace(opened_, options_.event_rate);
    if (fixed_.own.front().saved.has_value()) {
      // A stream that goes on does not catch up with the time that it stood still.
      schedule_.emplace(
          base::MonotonicTime{opened_.nanos - schedule_->NanosOf(NextEvent(FirstSplit()))},
          options_.event_rate);
    }
  }
  return absl::OkStatus();
}

absl::Status NexmarkSource::TakeSplits() {
  LAMINAR_ASSIGN_OR_RETURN(fixed_, FixedSplits::Of(context_));
  has_ended_ = true;
  for (const FixedSplits::Split& split : fixed_.own) {
    splits_.push_back({.number = split.number});
    if (!split.saved.has_value()) {
      has_ended_ = false;
      continue;
    }
    LAMINAR_ASSIGN_OR_RETURN(splits_.back().made, split.saved->Integer(kDelivered));
    splits_.back().delivered = splits_.back().made;
    LAMINAR_ASSIGN_OR_RETURN(block_events_, split.saved->Integer(kBlock));
    LAMINAR_ASSIGN_OR_RETURN(base_micros_, split.saved->Integer(kBaseMicros));
    LAMINAR_ASSIGN_OR_RETURN(const int64_t ran_nanos, split.saved->Integer(kRanNanos));
    ran_nanos_ = std::max(ran_nanos_, ran_nanos);
    has_ended_ = has_ended_ && split.saved->Flag(kEnded);
  }
  if (block_events_ != 1 && block_events_ != kBlockEvents) {
    return base::DataLoss(
        fmt::format("the checkpoint's positions are of blocks of {} events", block_events_));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<data::SplitPosition>> NexmarkSource::Positions() {
  std::vector<data::SplitPosition> positions;
  const int64_t ran_nanos = ran_nanos_ + context_.clock.Now().nanos - opened_.nanos;
  for (const Split& split : splits_) {
    SavedObject saved;
    saved.Set(kDelivered, split.delivered)
        .Set(kBlock, block_events_)
        .Set(kBaseMicros, base_micros_)
        .Set(kRanNanos, ran_nanos)
        .Set(kEnded, has_ended_);
    positions.push_back(fixed_.PositionOf(split.number, std::move(saved)));
  }
  return positions;
}

// Block b belongs to split b modulo their number.
int64_t NexmarkSource::NextEvent(const Split& split) const {
  const int64_t block = split.number + split.made / block_events_ * fixed_.num_splits;
  return block * block_events_ + split.made % block_events_;
}

NexmarkSource::Split& NexmarkSource::FirstSplit() {
  return *std::ranges::min_element(splits_, {},
                                   [this](const Split& split) { return NextEvent(split); });
}

std::optional<EventRange> NexmarkSource::NextRange(const Split& split, int64_t count_max) const {
  EventRange range;
  range.first = NextEvent(split);
  if (block_events_ == 1) {
    range.stride = fixed_.num_splits;
    range.count = count_max;
  } else {
    range.count = std::min(count_max, block_events_ - split.made % block_events_);
  }
  if (range.first >= num_events_) {
    return std::nullopt;
  }
  range.count = std::min(range.count, (num_events_ - range.first - 1) / range.stride + 1);
  return range;
}

data::Chunk NexmarkSource::Make(Split& split, const EventRange& range) {
  const int64_t cpu = base::ThreadCpuNanos();
  data::Chunk chunk = generator_->Generate(range);
  context_.counters.generator_cpu_nanos += base::ThreadCpuNanos() - cpu;
  split.made += range.count;
  return chunk;
}

PollResult NexmarkSource::Deliver(Prepared made, base::MonotonicTime arrival, data::Chunk& chunk) {
  chunk = std::move(made.chunk);
  chunk.set_arrival(arrival);
  const auto num_rows = static_cast<int64_t>(chunk.num_rows());
  made.split->delivered += num_rows;
  context_.counters.rows += num_rows;
  PollResult result;
  result.state = PollState::kChunk;
  // Events of a split come in order of time, so the next ones tell what cannot follow.
  result.watermark = made.next;
  result.splits_wait = made.splits_wait;
  return result;
}

PollResult NexmarkSource::End() {
  has_ended_ = true;
  return {.state = PollState::kEnd};
}

// No promise when the next event has no time.
data::EventTime NexmarkSource::NextTime() {
  const int64_t next = NextEvent(FirstSplit());
  return next < generator_->times().Count() ? data::EventTime{generator_->times().MicrosOf(next)}
                                            : data::EventTime::Min();
}

// At the end: whether it is the one that was wanted.
absl::Status NexmarkSource::CheckTimes() const {
  return num_events_ == options_.events ? absl::OkStatus()
                                        : TimeOverflow(num_events_, options_.event_time_rate);
}

absl::StatusOr<PollResult> NexmarkSource::Poll(data::Chunk& chunk) {
  if (has_ended_) {
    return PollResult{.state = PollState::kEnd};
  }
  if (options_.replay) {
    return preparing_ ? PrepareBlock(chunk) : PollReplay(chunk);
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

NexmarkSource::Prepared NexmarkSource::Prepare(Split& split, const EventRange& range) {
  Prepared prepared;
  prepared.chunk = Make(split, range);
  prepared.split = &split;
  prepared.next = NextTime();
  prepared.splits_wait = &FirstSplit() != &split;
  return prepared;
}

absl::StatusOr<PollResult> NexmarkSource::PrepareBlock(data::Chunk& chunk) {
  Split& split = FirstSplit();
  const std::optional<EventRange> range = NextRange(split, kBlockEvents);
  if (!range.has_value()) {
    LAMINAR_RETURN_IF_ERROR(CheckTimes());
    preparing_ = false;
    return PollReplay(chunk);
  }
  Prepared made = Prepare(split, *range);
  if (prepared_.empty()) {
    LAMINAR_RETURN_IF_ERROR(Reserve());
  }
  prepared_.push_back(std::move(made));
  // In between the task can be stopped.
  context_.wake();
  return PollResult{};
}

PollResult NexmarkSource::PollReplay(data::Chunk& chunk) {
  if (next_prepared_ == prepared_.size()) {
    return End();
  }
  const Prepared& prepared = prepared_[next_prepared_++];
  return Deliver({.chunk = prepared.chunk.Share(),
                  .split = prepared.split,
                  .next = prepared.next,
                  .splits_wait = prepared.splits_wait},
                 context_.clock.Now(), chunk);
}

absl::StatusOr<PollResult> NexmarkSource::PollUnlimited(data::Chunk& chunk) {
  const base::MonotonicTime now = context_.clock.Now();
  if (ran_nanos_ + (now.nanos - opened_.nanos) >= options_.run_nanos) {
    return End();
  }
  Split& split = FirstSplit();
  const std::optional<EventRange> range = NextRange(split, kBlockEvents);
  if (!range.has_value()) {
    LAMINAR_RETURN_IF_ERROR(CheckTimes());
    return End();
  }
  return Deliver(Prepare(split, *range), now, chunk);
}

absl::StatusOr<PollResult> NexmarkSource::PollPaced(RateSchedule& schedule, data::Chunk& chunk) {
  const base::MonotonicTime now = context_.clock.Now();
  Split& split = FirstSplit();
  const int64_t next = NextEvent(split);
  if (next >= num_events_) {
    LAMINAR_RETURN_IF_ERROR(CheckTimes());
    return End();
  }
  const int64_t due = schedule.AllowedCount(now);
  if (due <= next) {
    PollResult idle;
    idle.wake_at = schedule.NextPoll(next);
    return idle;
  }
  // Of blocks, which a stream without a rate has begun, a part may be due.
  const int64_t wanted = block_events_ == 1 ? (due - next - 1) / fixed_.num_splits + 1 : due - next;
  const std::optional<EventRange> range =
      NextRange(split, std::min<int64_t>(wanted, base::kRowsPerChunkMax));
  LAMINAR_ASSERT(range.has_value(), next);
  Prepared made = Prepare(split, *range);
  if (NextEvent(FirstSplit()) >= due) {
    schedule.Pause(now);
  }
  // An event came in when it was due, even if nobody asked for it then.
  return Deliver(std::move(made), schedule.DueTime(next), chunk);
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
