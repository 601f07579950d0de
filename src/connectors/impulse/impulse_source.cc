#include "connectors/impulse/impulse_source.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::connectors::impulse {

using data::LogicalType;

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
    : context_(std::move(context)), options_(options), next_(context_.subtask) {
  for (const size_t column : context_.columns) {
    const auto known = ImpulseSchema().Find(context_.table.schema.fields[column].name);
    LAMINAR_ASSERT(known.has_value(), column);
    columns_.push_back(*known);
  }
}

absl::Status ImpulseSource::Open() {
  base_micros_ = options_.base_micros.value_or(context_.clock.Wall().micros);
  num_timed_ = CountTimedEvents(base_micros_, options_.interval_micros.value_or(0));
  if (options_.event_rate > 0) {
    schedule_.emplace(context_.clock.Now(), options_.event_rate);
  }
  return absl::OkStatus();
}

int64_t ImpulseSource::EventMicros(int64_t n, int64_t now_micros) const {
  if (options_.interval_micros.has_value()) {
    return base_micros_ + n * *options_.interval_micros;
  }
  return schedule_.has_value() ? base_micros_ + schedule_->NanosOf(n) / 1000 : now_micros;
}

data::Chunk ImpulseSource::Make(int64_t count, int64_t now_micros) const {
  std::vector<LogicalType> types;
  for (const size_t column : columns_) {
    types.push_back(ImpulseSchema().fields[column].type);
  }
  data::Chunk chunk = data::Chunk::Allocate(types);
  for (size_t i = 0; i < columns_.size(); ++i) {
    if (columns_[i] == kSubtaskColumn) {
      chunk.column(i).Reference(data::Value::BIGINT(context_.subtask));
      continue;
    }
    auto* values = reinterpret_cast<int64_t*>(chunk.column(i).GetData());
    for (int64_t row = 0; row < count; ++row) {
      const int64_t n = next_ + row * context_.parallelism;
      values[row] = columns_[i] == kCounterColumn ? n : EventMicros(n, now_micros);
    }
  }
  chunk.set_num_rows(static_cast<data::idx_t>(count));
  return chunk;
}

absl::StatusOr<PollResult> ImpulseSource::Poll(data::Chunk& chunk) {
  PollResult result;
  if (next_ >= options_.message_count) {
    result.state = PollState::kEnd;
    return result;
  }
  if (next_ >= num_timed_) {
    LAMINAR_ASSERT(options_.interval_micros.has_value(), next_);
    return TimeOverflow(num_timed_, *options_.interval_micros);
  }
  const base::MonotonicTime now = context_.clock.Now();
  base::MonotonicTime arrival = now;
  int64_t bound = std::min(options_.message_count, num_timed_);
  if (schedule_.has_value()) {
    bound = std::min(bound, schedule_->AllowedCount(now));
    if (bound <= next_) {
      result.wake_at = schedule_->NextPoll(next_);
      return result;
    }
    arrival = schedule_->DueTime(next_);
  }
  const int64_t available = (bound - next_ - 1) / context_.parallelism + 1;
  const int64_t count = std::min<int64_t>(available, base::kRowsPerChunkMax);
  if (schedule_.has_value() && count == available) {
    schedule_->Pause(now);
  }
  const int64_t now_micros = context_.clock.Wall().micros;
  chunk = Make(count, now_micros);
  chunk.set_arrival(arrival);
  context_.counters.rows += count;
  next_ += count * context_.parallelism;
  result.state = PollState::kChunk;
  if (next_ < num_timed_) {
    // Events come in order of time, so the next one tells what cannot follow.
    result.watermark = data::EventTime{EventMicros(next_, now_micros)};
  }
  return result;
}

}  // namespace laminar::connectors::impulse
