// EventClock: tells each row's event time and what it promises about the rows to come. Owned by a
// source operator; task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_SOURCE_EVENT_CLOCK_H_
#define LAMINAR_ENGINE_OPERATORS_SOURCE_EVENT_CLOCK_H_

#include <memory>
#include <optional>

#include "base/clock.h"
#include "base/status.h"
#include "connectors/api/source_reader.h"
#include "data/chunk.h"
#include "data/event_time.h"
#include "expression/evaluator.h"
#include "formats/bad_record_policy.h"
#include "plan/job_graph.h"

namespace laminar::engine {

class EventClock {
 public:
  /// What a chunk has told.
  struct Reading {
    data::Chunk chunk;  // the rows with the event time as last column; empty when all were bad
    /// No row below follows. Min when the chunk promises nothing.
    data::EventTime watermark = data::EventTime::Min();
  };

  /// `spec` and `counters` outlive the clock.
  EventClock(const plan::SourceSpec& spec,
             const base::Clock& clock,
             const connectors::SourceCounters& counters);
  ~EventClock();

  /// Checks the expressions' types; opens the dead-letter file where one is wanted.
  absl::Status Open();
  /// An earlier clock has promised `watermark`: arrival times go on from there, even if the wall
  /// clock was set back.
  void Restore(data::EventTime watermark);
  /// Rows whose event time is NULL or infinite are bad records: the source's policy decides. Rows
  /// further in the future than spec.max_future pass, but promise nothing.
  absl::StatusOr<Reading> Read(data::Chunk chunk);
  /// Of a stream whose event time is arrival time: what now is promised without any row. Else
  /// nullopt.
  std::optional<data::EventTime> PromiseOfNow();
  /// Rows that had no event time, counted beside the reader's bad records.
  formats::BadRecordCounters bad_rows() const;
  /// Returns when bad records up to now are in their file and on the device. BLOCKS: shortly, where
  /// there were any since the last call.
  absl::Status Sync();
  /// Writes what is left for the dead-letter file.
  absl::Status Close();

 private:
  struct Span;

  absl::StatusOr<data::Vector> EventTimesOf(const data::Chunk& chunk);
  absl::StatusOr<data::Chunk> DropBadRows(data::Chunk chunk);
  absl::StatusOr<data::EventTime> EvaluateWatermark(const data::Chunk& chunk, int64_t latest);
  int64_t ArrivalNow();

  const plan::SourceSpec& spec_;
  const base::Clock& clock_;
  const connectors::SourceCounters& counters_;
  std::unique_ptr<expression::ProjectionEvaluator> event_time_;
  std::unique_ptr<expression::ProjectionEvaluator> watermark_;
  std::unique_ptr<formats::BadRecordPolicy> bad_rows_;
  int64_t last_arrival_micros_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_SOURCE_EVENT_CLOCK_H_
