#include "engine/operators/source/event_clock.h"

#include <algorithm>
#include <limits>
#include <string>
#include <utility>
#include <vector>

#include "base/limits.h"

namespace laminar::engine {

using data::EventTime;
using data::idx_t;
using data::Vector;

namespace {

// TIMESTAMP 'infinity' and '-infinity', as DuckDB stores them.
constexpr int64_t kInfinity = std::numeric_limits<int64_t>::max();
constexpr int64_t kMinusInfinity = -kInfinity;

bool IsFinite(int64_t micros) { return micros < kInfinity && micros > kMinusInfinity; }

int64_t AddSaturating(int64_t a, int64_t b) {
  int64_t sum = 0;
  if (__builtin_add_overflow(a, b, &sum)) {
    return b > 0 ? kInfinity : kMinusInfinity;
  }
  return sum;
}

absl::Status CheckType(const expression::BoundExpression& expression, const char* what) {
  if (expression.type().id() != data::LogicalTypeId::TIMESTAMP) {
    return base::Internal(std::string(what) + " must be a TIMESTAMP: " + expression.ToString() +
                          " is " + expression.type().ToString());
  }
  return absl::OkStatus();
}

std::string RowText(const data::Schema& schema,
                    const std::vector<size_t>& columns,
                    const data::Chunk& chunk,
                    idx_t row) {
  std::string text;
  for (size_t i = 0; i < columns.size(); ++i) {
    text += (text.empty() ? "" : ", ") + schema.fields[columns[i]].name + ": " +
            chunk.column(i).GetValue(row).ToString();
  }
  return text;
}

}  // namespace

// The times of a chunk at a glance: a first pass, without a branch per row where the times are
// flat.
struct EventClock::Span {
  int64_t least = kInfinity;
  int64_t greatest = kMinusInfinity;
  bool bad = false;  // a NULL, or an infinite time

  static Span Of(Vector& times, idx_t num_rows) {
    data::UnifiedVectorFormat format;
    times.ToUnifiedFormat(num_rows, format);
    const auto* micros = data::UnifiedVectorFormat::GetData<int64_t>(format);
    Span span;
    if (times.GetVectorType() == duckdb::VectorType::FLAT_VECTOR && format.validity.AllValid()) {
      for (idx_t row = 0; row < num_rows; ++row) {
        span.least = std::min(span.least, micros[row]);
        span.greatest = std::max(span.greatest, micros[row]);
      }
    } else {
      for (idx_t row = 0; row < num_rows; ++row) {
        const idx_t position = format.sel->get_index(row);
        if (!format.validity.RowIsValid(position)) {
          span.bad = true;
          continue;
        }
        span.least = std::min(span.least, micros[position]);
        span.greatest = std::max(span.greatest, micros[position]);
      }
    }
    span.bad = span.bad || span.least <= kMinusInfinity || span.greatest >= kInfinity;
    return span;
  }

  // The greatest time up to `limit`; minus infinity when there is none.
  static int64_t GreatestUpTo(Vector& times, idx_t num_rows, int64_t limit) {
    data::UnifiedVectorFormat format;
    times.ToUnifiedFormat(num_rows, format);
    const auto* micros = data::UnifiedVectorFormat::GetData<int64_t>(format);
    int64_t greatest = kMinusInfinity;
    for (idx_t row = 0; row < num_rows; ++row) {
      const idx_t position = format.sel->get_index(row);
      if (format.validity.RowIsValid(position) && micros[position] <= limit) {
        greatest = std::max(greatest, micros[position]);
      }
    }
    return greatest;
  }
};

EventClock::EventClock(const plan::SourceSpec& spec,
                       const base::Clock& clock,
                       const connectors::SourceCounters& counters)
    : spec_(spec), clock_(clock), counters_(counters) {}

EventClock::~EventClock() = default;

absl::Status EventClock::Open() {
  if (spec_.event_time.has_value()) {
    LAMINAR_RETURN_IF_ERROR(CheckType(*spec_.event_time, "event time"));
    if (!spec_.event_time->AsColumn().has_value()) {
      event_time_ = std::make_unique<expression::ProjectionEvaluator>(
          std::vector<expression::BoundExpression>{*spec_.event_time});
    }
  }
  if (spec_.watermark.has_value()) {
    LAMINAR_RETURN_IF_ERROR(CheckType(*spec_.watermark, "watermark"));
    watermark_ = std::make_unique<expression::ProjectionEvaluator>(
        std::vector<expression::BoundExpression>{*spec_.watermark});
  }
  LAMINAR_ASSIGN_OR_RETURN(bad_rows_, formats::BadRecordPolicy::Make(spec_.table));
  bad_rows_->set_source("table " + spec_.table.name);
  return absl::OkStatus();
}

void EventClock::Restore(EventTime watermark) {
  if (watermark > EventTime::Min() && watermark < EventTime::Max()) {
    last_arrival_micros_ = AddSaturating(watermark.micros, spec_.watermark_delay.micros);
  }
}

absl::Status EventClock::Sync() {
  return bad_rows_ == nullptr ? absl::OkStatus() : bad_rows_->Sync();
}

formats::BadRecordCounters EventClock::bad_rows() const {
  return bad_rows_ == nullptr ? formats::BadRecordCounters() : bad_rows_->counters();
}

absl::Status EventClock::Close() {
  return bad_rows_ == nullptr ? absl::OkStatus() : bad_rows_->Flush();
}

int64_t EventClock::ArrivalNow() {
  // The wall clock may be set back; arrival time must not.
  last_arrival_micros_ = std::max(last_arrival_micros_, clock_.Wall().micros);
  return last_arrival_micros_;
}

std::optional<EventTime> EventClock::PromiseOfNow() {
  if (spec_.event_time.has_value() || spec_.watermark.has_value()) {
    return std::nullopt;
  }
  return EventTime{AddSaturating(ArrivalNow(), -spec_.watermark_delay.micros)};
}

absl::StatusOr<Vector> EventClock::EventTimesOf(const data::Chunk& chunk) {
  if (!spec_.event_time.has_value()) {
    return Vector(data::Value::TIMESTAMP(duckdb::timestamp_t(ArrivalNow())));
  }
  Vector times(data::LogicalType::TIMESTAMP, nullptr);
  if (const std::optional<size_t> column = spec_.event_time->AsColumn(); column.has_value()) {
    times.Reference(chunk.column(*column));
    return times;
  }
  LAMINAR_ASSIGN_OR_RETURN(data::Chunk result, event_time_->Evaluate(chunk));
  times.Reference(result.column(0));
  return times;
}

absl::StatusOr<EventClock::Reading> EventClock::Read(data::Chunk chunk) {
  LAMINAR_ASSIGN_OR_RETURN(Vector times, EventTimesOf(chunk));
  std::vector<data::LogicalType> types = chunk.columns().GetTypes();
  types.push_back(data::LogicalType::TIMESTAMP);
  data::Chunk stamped = data::Chunk::Shell(types);
  for (idx_t i = 0; i < chunk.num_columns(); ++i) {
    stamped.column(i).Reference(chunk.column(i));
  }
  stamped.column(chunk.num_columns()).Reference(times);
  stamped.set_num_rows(chunk.num_rows());
  stamped.row_kinds() = std::move(chunk.row_kinds());
  stamped.set_arrival(chunk.arrival());

  Span span = Span::Of(times, chunk.num_rows());
  if (span.bad) {
    LAMINAR_ASSIGN_OR_RETURN(stamped, DropBadRows(std::move(stamped)));
    if (stamped.num_rows() == 0) {
      return Reading{std::move(stamped), EventTime::Min()};
    }
    span = Span::Of(stamped.column(stamped.num_columns() - 1), stamped.num_rows());
  }

  const int64_t latest = AddSaturating(clock_.Wall().micros, spec_.max_future.micros);
  if (watermark_ != nullptr) {
    LAMINAR_ASSIGN_OR_RETURN(const EventTime watermark, EvaluateWatermark(stamped, latest));
    return Reading{std::move(stamped), watermark};
  }
  int64_t greatest = span.greatest;
  if (greatest > latest) {
    greatest =
        Span::GreatestUpTo(stamped.column(stamped.num_columns() - 1), stamped.num_rows(), latest);
  }
  const EventTime watermark =
      greatest == kMinusInfinity
          ? EventTime::Min()
          : EventTime{AddSaturating(greatest, -spec_.watermark_delay.micros)};
  return Reading{std::move(stamped), watermark};
}

absl::StatusOr<EventTime> EventClock::EvaluateWatermark(const data::Chunk& chunk, int64_t latest) {
  LAMINAR_ASSIGN_OR_RETURN(data::Chunk result, watermark_->Evaluate(chunk));
  const idx_t num_rows = chunk.num_rows();
  data::UnifiedVectorFormat times;
  Vector event_times(data::LogicalType::TIMESTAMP, nullptr);
  event_times.Reference(chunk.column(chunk.num_columns() - 1));
  event_times.ToUnifiedFormat(num_rows, times);
  data::UnifiedVectorFormat watermarks;
  result.column(0).ToUnifiedFormat(num_rows, watermarks);
  const auto* time_micros = data::UnifiedVectorFormat::GetData<int64_t>(times);
  const auto* watermark_micros = data::UnifiedVectorFormat::GetData<int64_t>(watermarks);
  int64_t greatest = kMinusInfinity;
  for (idx_t row = 0; row < num_rows; ++row) {
    const idx_t position = watermarks.sel->get_index(row);
    if (watermarks.validity.RowIsValid(position) && watermark_micros[position] <= latest &&
        time_micros[times.sel->get_index(row)] <= latest) {
      greatest = std::max(greatest, watermark_micros[position]);
    }
  }
  return greatest == kMinusInfinity ? EventTime::Min() : EventTime{greatest};
}

absl::StatusOr<data::Chunk> EventClock::DropBadRows(data::Chunk chunk) {
  const idx_t num_rows = chunk.num_rows();
  data::UnifiedVectorFormat times;
  chunk.column(chunk.num_columns() - 1).ToUnifiedFormat(num_rows, times);
  const auto* micros = data::UnifiedVectorFormat::GetData<int64_t>(times);
  data::SelectionVector good(num_rows);
  idx_t num_good = 0;
  for (idx_t row = 0; row < num_rows; ++row) {
    const idx_t position = times.sel->get_index(row);
    const bool valid = times.validity.RowIsValid(position);
    if (valid && IsFinite(micros[position])) {
      good.set_index(num_good++, row);
      continue;
    }
    const std::string text = RowText(spec_.table.schema, spec_.columns, chunk, row);
    LAMINAR_RETURN_IF_ERROR(
        bad_rows_->Handle({.bytes = text,
                           .error = valid ? "the event time is infinite" : "the event time is NULL",
                           .position = counters_.rows - static_cast<int64_t>(num_rows - row),
                           .unit = "row"}));
  }
  return chunk.Select(good, num_good);
}

}  // namespace laminar::engine
