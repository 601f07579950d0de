#include "connectors/impulse/impulse_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::connectors::impulse {

using data::LogicalType;

namespace {

constexpr char kNext[] = "next";
constexpr char kBaseMicros[] = "base_micros";

}  // namespace

const data::Schema& ImpulseSchema() {
  static const data::Schema schema = {{{"counter", LogicalType::BIGINT, false},
                                       {"subtask_index", LogicalType::BIGINT, false},
                                       {"datetime", LogicalType::TIMESTAMP, false}},
                                      false};
  return schema;
}

int64_t CountTimedEvents(int64_t base_micros, int64_t interval_micros) {
  constexpr int64_t kMax = std::numeric_limits<int64_t>::max();
  if (interval_micros == 0) {
    return kMax;
  }
  // The greatest number stands for infinity.
  const __int128 last = static_cast<__int128>(kMax) - 1 - base_micros;
  return static_cast<int64_t>(std::min<__int128>(last / interval_micros + 1, kMax));
}

absl::Status TimeOverflow(int64_t event, int64_t interval_micros) {
  return base::InvalidArgument(fmt::format(
      "option event_time_interval: event {} comes after the year 294246, where TIMESTAMP ends, at "
      "one event in {} microseconds; set a shorter interval, or a lower message_count",
      event, interval_micros));
}

ImpulseSource::ImpulseSource(SourceContext context, const ImpulseOptions& options)
    : context_(std::move(context)), options_(options) {
  for (const size_t column : context_.columns) {
    const auto known = ImpulseSchema().Find(context_.table.schema.fields[column].name);
    LAMINAR_ASSERT(known.has_value(), column);
    columns_.push_back(*known);
  }
}

absl::Status ImpulseSource::Open() {
  base_micros_ = options_.base_micros.value_or(context_.clock.Wall().micros);
  LAMINAR_RETURN_IF_ERROR(TakeSplits());
  num_timed_ = CountTimedEvents(base_micros_, options_.interval_micros.value_or(0));
  if (options_.event_rate > 0) {
    schedule_.emplace(context_.clock.Now(), options_.event_rate);
    const Split* const first = FirstSplit();
    if (first != nullptr && fixed_.own.front().saved.has_value()) {
      // A stream that goes on does not catch up with the time that it stood still.
      schedule_.emplace(
          base::MonotonicTime{context_.clock.Now().nanos - schedule_->NanosOf(first->next)},
          options_.event_rate);
    }
  }
  return absl::OkStatus();
}

absl::Status ImpulseSource::TakeSplits() {
  LAMINAR_ASSIGN_OR_RETURN(fixed_, FixedSplits::Of(context_));
  for (const FixedSplits::Split& split : fixed_.own) {
    splits_.push_back({.number = split.number, .next = split.number});
    if (split.saved.has_value()) {
      LAMINAR_ASSIGN_OR_RETURN(splits_.back().next, split.saved->Integer(kNext));
      LAMINAR_ASSIGN_OR_RETURN(base_micros_, split.saved->Integer(kBaseMicros));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<data::SplitPosition>> ImpulseSource::Positions() {
  std::vector<data::SplitPosition> positions;
  for (const Split& split : splits_) {
    SavedObject saved;
    saved.Set(kNext, split.next).Set(kBaseMicros, base_micros_);
    positions.push_back(fixed_.PositionOf(split.number, std::move(saved)));
  }
  return positions;
}

ImpulseSource::Split* ImpulseSource::FirstSplit() {
  Split* first = nullptr;
  for (Split& split : splits_) {
    if (split.next < options_.message_count && (first == nullptr || split.next < first->next)) {
      first = &split;
    }
  }
  return first;
}

int64_t ImpulseSource::EventMicros(int64_t n, int64_t now_micros) const {
  if (options_.interval_micros.has_value()) {
    return base_micros_ + n * *options_.interval_micros;
  }
  return schedule_.has_value() ? base_micros_ + schedule_->NanosOf(n) / 1000 : now_micros;
}

data::Chunk ImpulseSource::Make(const Split& split, int64_t count, int64_t now_micros) const {
  std::vector<LogicalType> types;
  for (const size_t column : columns_) {
    types.push_back(ImpulseSchema().fields[column].type);
  }
  data::Chunk chunk = data::Chunk::Allocate(types);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i] == kSubtaskColumn) {
      chunk.column(i).Reference(data::Value::BIGINT(split.number));
      continue;
    }
    auto* values = reinterpret_cast<int64_t*>(chunk.column(i).GetData());
    for (int64_t row = 0; row < count; ++row) {
      const int64_t n = split.next + row * fixed_.num_splits;
      values[row] = columns_[i] == kCounterColumn ? n : EventMicros(n, now_micros);
    }
  }
  chunk.set_num_rows(static_cast<data::idx_t>(count));
  return chunk;
}

absl::StatusOr<PollResult> ImpulseSource::Poll(data::Chunk& chunk) {
  PollResult result;
  Split* const split = FirstSplit();
  if (split == nullptr) {
    result.state = PollState::kEnd;
    return result;
  }
  if (split->next >= num_timed_) {
    LAMINAR_ASSERT(options_.interval_micros.has_value(), split->next);
    return TimeOverflow(num_timed_, *options_.interval_micros);
  }
  const base::MonotonicTime now = context_.clock.Now();
  int64_t bound = std::min(options_.message_count, num_timed_);
  if (schedule_.has_value()) {
    bound = std::min(bound, schedule_->AllowedCount(now));
    if (bound <= split->next) {
      result.wake_at = schedule_->NextPoll(split->next);
      return result;
    }
  }
  return Take(*split, bound, now, chunk);
}

// The next events of the split, of those below `bound`.
PollResult ImpulseSource::Take(Split& split,
                               int64_t bound,
                               base::MonotonicTime now,
                               data::Chunk& chunk) {
  const int64_t available = (bound - split.next - 1) / fixed_.num_splits + 1;
  const int64_t count = std::min<int64_t>(available, base::kRowsPerChunkMax);
  const int64_t now_micros = context_.clock.Wall().micros;
  chunk = Make(split, count, now_micros);
  chunk.set_arrival(schedule_.has_value() ? schedule_->DueTime(split.next) : now);
  context_.counters.rows += count;
  split.next += count * fixed_.num_splits;
  PollResult result;
  result.state = PollState::kChunk;
  const Split* const first = FirstSplit();
  if (schedule_.has_value() && (first == nullptr || first->next >= bound)) {
    schedule_->Pause(now);
  }
  // Events of a split come in order of time, so the next ones tell what cannot follow.
  result.splits_wait = first != nullptr && first != &split;
  const int64_t next = first == nullptr ? split.next : first->next;
  if (next < num_timed_) {
    result.watermark = data::EventTime{EventMicros(next, now_micros)};
  }
  return result;
}

}  // namespace laminar::connectors::impulse
