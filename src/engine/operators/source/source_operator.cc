#include "engine/operators/source/source_operator.h"

#include <algorithm>
#include <string>
#include <utility>

#include "base/assert.h"
#include "base/kill_point.h"
#include "base/limits.h"
#include "connectors/api/connector_factory.h"

namespace laminar::engine {
namespace {

using connectors::PollResult;
using connectors::PollState;
using State = SourceStep::State;

// How often a quiet stream whose event time is arrival time moves its watermark: windows of the
// last rows close without new ones.
constexpr int64_t kTickNanos = 100'000'000;

// Rows that are due one by one are gathered for so long: chunk by chunk costs far less than row by
// row, and nobody sees the delay.
constexpr int64_t kGatherNanos = 1'000'000;

void Earliest(std::optional<base::MonotonicTime>& wake_at, base::MonotonicTime time) {
  if (!wake_at.has_value() || time < *wake_at) {
    wake_at = time;
  }
}

}  // namespace

SourceOperator::SourceOperator(const plan::Node& node, Context context)
    : node_(node),
      spec_(std::get<plan::SourceSpec>(node.spec)),
      context_(std::move(context)),
      event_clock_(spec_, context_.clock, counters_) {}

SourceOperator::~SourceOperator() { LAMINAR_ASSERT(reader_ == nullptr, context_.subtask); }

absl::Status SourceOperator::Open() {
  const connectors::ConnectorFactory* factory =
      connectors::ConnectorRegistry::Global().Find(spec_.table.connector);
  if (factory == nullptr) {
    return base::NotFound("unknown connector: " + spec_.table.connector);
  }
  std::optional<std::vector<data::SplitPosition>> splits;
  if (context_.restored.has_value()) {
    watermark_ = context_.restored->watermark;
    event_clock_.Restore(watermark_);
    splits = context_.restored->splits;
    if (LAMINAR_SEEDED_BUG("ignore_restored_positions")) {
      splits->clear();
    }
  }
  context_.metrics.watermark_micros.Set(watermark_.micros);
  last_rows_ = context_.clock.Now();
  const bool has_ended = context_.restored.has_value() && context_.restored->ended;
  if (has_ended || (context_.subtask > 0 && !factory->traits().parallel_source)) {
    // Of a source that is not parallel, the first subtask reads everything.
    TakeEnd();
    return absl::OkStatus();
  }
  LAMINAR_RETURN_IF_ERROR(event_clock_.Open());
  LAMINAR_ASSIGN_OR_RETURN(reader_, factory->MakeSource({.table = spec_.table,
                                                         .columns = spec_.columns,
                                                         .subtask = context_.subtask,
                                                         .parallelism = context_.parallelism,
                                                         .clock = context_.clock,
                                                         .wake = context_.wake,
                                                         .counters = counters_,
                                                         .charge = context_.charge,
                                                         .restored = std::move(splits)}));
  return reader_->Open();
}

SourceOperator::Restored SourceOperator::Restored::Of(const std::vector<rpc::SourceState>& states,
                                                      int subtask,
                                                      int parallelism) {
  Restored restored;
  restored.ended = !states.empty();
  restored.watermark = states.empty() ? data::EventTime::Min() : data::EventTime::Max();
  for (const rpc::SourceState& state : states) {
    restored.splits.insert(restored.splits.end(), state.splits.begin(), state.splits.end());
    restored.watermark = std::min(restored.watermark, data::EventTime{state.watermark_micros});
    restored.ended = restored.ended && state.ended;
  }
  if (std::ssize(states) == parallelism && !states[static_cast<size_t>(subtask)].ended) {
    restored.watermark = data::EventTime{states[static_cast<size_t>(subtask)].watermark_micros};
  }
  return restored;
}

absl::StatusOr<rpc::SourceState> SourceOperator::Snapshot() {
  LAMINAR_ASSERT(AtCut(), context_.subtask);
  rpc::SourceState state;
  state.op = {node_.fingerprint};
  state.name = node_.name;
  state.watermark_micros = watermark_.micros;
  state.ended = ended_ && !stopped_;
  if (reader_ != nullptr) {
    LAMINAR_ASSIGN_OR_RETURN(state.splits, reader_->Positions());
    LAMINAR_RETURN_IF_ERROR(event_clock_.Sync());
  } else if (context_.restored.has_value() && context_.subtask == 0) {
    // Ended before: its splits stay known, so that none is taken for a new one.
    state.splits = context_.restored->splits;
  }
  return state;
}

void SourceOperator::Close() {
  if (reader_ != nullptr) {
    reader_->Close();
    reader_.reset();
    PublishCounters();
  }
}

void SourceOperator::PublishCounters() {
  SourceMetrics& metrics = context_.source_metrics;
  metrics.rows.Set(counters_.rows);
  metrics.bytes.Set(counters_.bytes);
  const formats::BadRecordCounters untimed = event_clock_.bad_rows();
  metrics.bad_records.Set(counters_.bad_records + untimed.bad_records);
  metrics.dropped_records.Set(counters_.dropped_records + untimed.dropped_records);
  metrics.dead_letter_records.Set(counters_.dead_letter_records + untimed.dead_letter_records);
  metrics.generator_cpu_nanos.Set(counters_.generator_cpu_nanos);
}

std::optional<data::Watermark> SourceOperator::Advance(data::EventTime promised,
                                                       base::MonotonicTime arrival) {
  if (promised <= watermark_ && !idle_) {
    return std::nullopt;
  }
  watermark_ = std::max(watermark_, promised);
  idle_ = false;
  context_.metrics.watermark_micros.Set(watermark_.micros);
  return data::Watermark{watermark_, /*idle=*/false, arrival};
}

SourceStep SourceOperator::Emit(data::StreamEvent event) {
  if (const auto* chunk = std::get_if<data::Chunk>(&event)) {
    context_.metrics.rows_out.Add(static_cast<int64_t>(chunk->num_rows()));
    context_.metrics.chunks_out.Add(1);
  }
  SourceStep step;
  step.state = State::kEvent;
  step.event = std::move(event);
  return step;
}

absl::StatusOr<SourceStep> SourceOperator::Next() {
  if (next_chunk_.has_value()) {
    data::Chunk chunk = std::move(*next_chunk_);
    next_chunk_.reset();
    return Emit(std::move(chunk));
  }
  if (next_watermark_.has_value()) {
    return Emit(*std::exchange(next_watermark_, std::nullopt));
  }
  if (ended_) {
    // Of a stream that was stopped nothing has been written yet.
    LAMINAR_RETURN_IF_ERROR(event_clock_.Close());
    SourceStep step;
    step.state = State::kEnd;
    return step;
  }
  data::Chunk chunk;
  LAMINAR_ASSIGN_OR_RETURN(const PollResult poll, reader_->Poll(chunk));
  PublishCounters();
  switch (poll.state) {
    case PollState::kChunk:
      return TakeChunk(std::move(chunk), poll);
    case PollState::kIdle:
      return TakeIdle(poll);
    case PollState::kEnd:
      LAMINAR_RETURN_IF_ERROR(event_clock_.Close());
      return TakeEnd();
  }
  return base::Internal("unknown poll state");
}

absl::StatusOr<SourceStep> SourceOperator::TakeChunk(data::Chunk chunk, const PollResult& poll) {
  LAMINAR_ASSERT(chunk.num_rows() > 0 && chunk.num_rows() <= base::kRowsPerChunkMax,
                 chunk.num_rows());
  LAMINAR_ASSERT(chunk.num_columns() == spec_.columns.size(), chunk.num_columns());
  if (chunk.arrival().nanos == 0) {
    chunk.set_arrival(context_.clock.Now());
  }
  const base::MonotonicTime arrival = chunk.arrival();
  last_rows_ = arrival;
  LAMINAR_ASSIGN_OR_RETURN(EventClock::Reading reading, event_clock_.Read(std::move(chunk)));
  PublishCounters();
  if (reading.chunk.num_rows() == 0) {
    return SourceStep{};
  }
  const bool held = poll.splits_wait && spec_.event_time.has_value();
  const data::EventTime promised = std::max(held ? data::EventTime::Min() : reading.watermark,
                                            poll.watermark.value_or(data::EventTime::Min()));
  if (idle_) {
    // Speaks up before its rows: they may be what others would not wait for.
    idle_ = false;
    next_chunk_ = std::move(reading.chunk);
    const data::Watermark awake{watermark_, /*idle=*/false, arrival};
    next_watermark_ = Advance(promised, arrival);
    return Emit(awake);
  }
  next_watermark_ = Advance(promised, arrival);
  return Emit(std::move(reading.chunk));
}

SourceStep SourceOperator::TakeIdle(const PollResult& poll) {
  const base::MonotonicTime now = context_.clock.Now();
  SourceStep step;
  step.state = State::kIdle;
  if (poll.wake_at.nanos != 0) {
    step.wake_at = std::max(poll.wake_at, base::MonotonicTime{now.nanos + kGatherNanos});
    step.timed = true;
  }
  if (poll.watermark.has_value() && *poll.watermark > watermark_) {
    return Emit(*Advance(*poll.watermark, now));
  }
  if (idle_) {
    return step;
  }
  const int64_t idle_after = spec_.table.idle_after.micros;
  if (idle_after > 0) {
    const base::MonotonicTime deadline{last_rows_.nanos +
                                       std::min(idle_after, INT64_MAX / 4000) * 1000};
    if (now >= deadline) {
      idle_ = true;
      return Emit(data::Watermark{watermark_, /*idle=*/true, now});
    }
    Earliest(step.wake_at, deadline);
  }
  if (const std::optional<data::EventTime> promise = event_clock_.PromiseOfNow();
      promise.has_value()) {
    if (now.nanos - last_tick_.nanos >= kTickNanos && *promise > watermark_) {
      last_tick_ = now;
      return Emit(*Advance(*promise, now));
    }
    Earliest(step.wake_at, {std::max(last_tick_.nanos + kTickNanos, now.nanos + kTickNanos / 10)});
  }
  return step;
}

SourceStep SourceOperator::TakeEnd() {
  ended_ = true;
  idle_ = false;
  watermark_ = data::EventTime::Max();
  context_.metrics.watermark_micros.Set(watermark_.micros);
  next_watermark_ = data::Watermark{watermark_, /*idle=*/false, context_.clock.Now()};
  return {};
}

}  // namespace laminar::engine
