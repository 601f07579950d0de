#include "engine/operators/window_aggregate/session_aggregate.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/operators/window_rows/late_counts.h"

namespace laminar::engine {
namespace {

using data::idx_t;

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();
constexpr int64_t kForever = std::numeric_limits<int64_t>::max();
// TIMESTAMP's infinities are its greatest value and the negative of it: bounds of sessions stay
// between them.
constexpr int64_t kTimeMax = kForever - 1;
constexpr int64_t kGapMax = int64_t{100'000} * 366 * 86'400 * 1'000'000;  // 100,000 years

}  // namespace

SessionAggregate::SessionAggregate(const plan::WindowAggregateSpec& spec,
                                   const data::Schema& input,
                                   const data::Schema& output)
    : spec_(spec), input_schema_(input), output_schema_(output), watermark_(kNever) {}

absl::Status SessionAggregate::Open(OperatorContext& context) {
  LAMINAR_ASSERT(spec_.phase == plan::AggregatePhase::kComplete, spec_.aggregates.size());
  metrics_ = &context.metrics;
  gap_ = spec_.window->width.micros;
  if (gap_ <= 0 || gap_ > kGapMax) {
    return base::InvalidArgument(
        "the gap of a session window must be positive and at most 100,000 years");
  }
  // A session's row holds states only; its keys are in the key's row.
  plan::WindowAggregateSpec states = spec_;
  states.keys.clear();
  LAMINAR_ASSIGN_OR_RETURN(
      plan_, AggregatePlan::Make(states, input_schema_, {.row_count = false, .sets = false}));
  std::vector<data::Field> keys;
  for (const size_t key : spec_.keys) {
    keys.push_back(input_schema_.fields[key]);
    keys.back().nullable = true;
  }
  sessions_ =
      std::make_unique<SessionTable>(*plan_, keys, gap_, context.num_key_groups, context.memory);
  input_ = std::make_unique<ChunkInput>(*plan_, sessions_->key_layout(), spec_.keys);
  close_ = std::make_unique<SessionClose>(*plan_, *sessions_, context.memory);
  return absl::OkStatus();
}

absl::Status SessionAggregate::Process(int input, data::Chunk chunk) {
  LAMINAR_RETURN_IF_ERROR(restored_);
  LAMINAR_ASSERT(due_.empty(), input);
  LAMINAR_ASSERT(chunk.row_kinds().empty(), chunk.num_rows());
  input_->Set(chunk, sequence_);
  sequence_ += static_cast<int64_t>(chunk.num_rows());
  uint8_t* key_rows[base::kRowsPerChunkMax];
  std::vector<duckdb::sel_t> inserted;
  sessions_->FindKeys(input_->keys(), chunk.num_rows(), key_rows, &inserted);

  data::UnifiedVectorFormat times;
  chunk.column(spec_.window_column).ToUnifiedFormat(chunk.num_rows(), times);
  const auto* values = data::UnifiedVectorFormat::GetData<int64_t>(times);
  for (idx_t i = 0; i < chunk.num_rows(); ++i) {
    const idx_t position = times.sel->get_index(i);
    if (!times.validity.RowIsValid(position) || values[position] > kTimeMax - gap_ ||
        values[position] < -kTimeMax + gap_) {
      metrics_->invalid_time_rows.Add(1);
      continue;
    }
    LAMINAR_RETURN_IF_ERROR(ProcessRow(key_rows[i], values[position], i));
  }
  LAMINAR_RETURN_IF_ERROR(Flush());
  for (const duckdb::sel_t i : inserted) {
    sessions_->DropIfEmpty(key_rows[i]);
  }
  return sessions_->status();
}

absl::Status SessionAggregate::ProcessRow(uint8_t* key_row, int64_t time, idx_t position) {
  const SessionTable::Found found = sessions_->Find(key_row, time);
  uint8_t* session = found.session;
  if (session == nullptr) {
    if (time + gap_ < watermark_) {
      metrics_->late_rows.Add(1);
      return absl::OkStatus();
    }
    session = sessions_->Add(key_row, time, found);
  } else {
    if (found.joins != nullptr) {
      // Rows before this one may be on their way to the session that goes.
      LAMINAR_RETURN_IF_ERROR(Flush());
      LAMINAR_RETURN_IF_ERROR(sessions_->Merge(session, found.joins));
    }
    sessions_->Extend(session, time);
  }
  pending_.positions.push_back(static_cast<duckdb::sel_t>(position));
  pending_.groups.push_back(session);
  return absl::OkStatus();
}

absl::Status SessionAggregate::Flush() {
  if (pending_.positions.empty()) {
    return absl::OkStatus();
  }
  const GroupedRows rows = pending_.Rows(/*one_group=*/false);
  LAMINAR_RETURN_IF_ERROR(input_->UpdateNatives(rows, sessions_->strings()));
  for (size_t i = 0; i < plan_->rows().size(); ++i) {
    const AggregatePlan::Rows& kept = plan_->rows()[i];
    const GroupedRows passing = input_->Filter(kept.filter, rows);
    if (passing.count > 0) {
      LAMINAR_RETURN_IF_ERROR(sessions_->Append(
          i, input_->Arguments(kept.columns, kept.types, passing), passing.groups));
    }
  }
  pending_.positions.clear();
  pending_.groups.clear();
  return absl::OkStatus();
}

absl::Status SessionAggregate::ProcessWatermark(data::Watermark watermark) {
  LAMINAR_ASSERT(due_.empty(), due_.size());
  LAMINAR_RETURN_IF_ERROR(restored_);
  watermark_ = std::max(watermark_, watermark.time.micros);
  watermark_arrival_ = watermark.arrival;
  metrics_->state_bytes.Set(sessions_->bytes());
  metrics_->state_keys.Set(sessions_->num_rows());
  due_ = sessions_->TakeDue(watermark_);
  num_done_ = 0;
  return absl::OkStatus();
}

absl::StatusOr<std::optional<data::Chunk>> SessionAggregate::Produce() {
  if (num_done_ == due_.size()) {
    due_.clear();
    num_done_ = 0;
    return std::nullopt;
  }
  const idx_t count = std::min<idx_t>(due_.size() - num_done_, base::kRowsPerChunkMax);
  uint8_t* const* sessions = due_.data() + num_done_;
  LAMINAR_ASSIGN_OR_RETURN(data::Chunk chunk, close_->Emit(output_schema_, sessions, count));
  for (idx_t i = 0; i < count; ++i) {
    sessions_->Remove(sessions[i]);
  }
  num_done_ += count;
  chunk.set_arrival(watermark_arrival_);
  return chunk;
}

// A session that ends at the watermark may still be extended: its result is 1 microsecond older.
data::EventTime SessionAggregate::OutputWatermark(data::EventTime input) const {
  if (input == data::EventTime::Min() || input == data::EventTime::Max()) {
    return input;
  }
  return {input.micros - 1};
}

std::vector<StateTable*> SessionAggregate::StateTables() {
  values_.Set("sequence", sequence_, ValueTable::Merge::kGreatest);
  values_.Set("watermark", watermark_, ValueTable::Merge::kLeast);
  SaveLateCounts(*metrics_, values_);
  std::vector<StateTable*> tables{sessions_.get()};
  for (StateTable* table : sessions_->PartTables()) {
    tables.push_back(table);
  }
  tables.push_back(&values_);
  return tables;
}

void SessionAggregate::StateRestored() {
  sequence_ = values_.Restored("sequence", 1, ValueTable::Merge::kGreatest);
  watermark_ = values_.Restored("watermark", kNever, ValueTable::Merge::kLeast);
  RestoreLateCounts(values_, *metrics_);
  restored_ = sessions_->Restored();
}

void SessionAggregate::Close() {
  due_.clear();
  close_.reset();
  input_.reset();
  sessions_.reset();
  plan_.reset();
}

}  // namespace laminar::engine
