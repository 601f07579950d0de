#include "engine/operators/window_aggregate/local_aggregate.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/operators/window_aggregate/result_chunk.h"
#include "engine/operators/window_rows/late_counts.h"

namespace laminar::engine {
namespace {

using data::idx_t;

// States that fit the cache: beyond it, holding a key longer costs more than it saves.
constexpr int64_t kHeldBytesMax = 1 << 20;
// A chunk that brings more new groups than this share of its rows is not worth holding; tried again
// after so many chunks.
constexpr int64_t kNewGroupsPercentMax = 50;
constexpr int64_t kChunksBetweenSamples = 256;

}  // namespace

LocalAggregate::LocalAggregate(const plan::WindowAggregateSpec& spec,
                               const data::Schema& input,
                               const data::Schema& output)
    : spec_(spec),
      input_schema_(input),
      output_schema_(output),
      watermark_(std::numeric_limits<int64_t>::min()) {}

absl::Status LocalAggregate::Open(OperatorContext& context) {
  metrics_ = &context.metrics;
  sequence_ = context.first_arrival;
  if (spec_.window) {
    LAMINAR_ASSIGN_OR_RETURN(geometry_, WindowGeometry::Make(*spec_.window));
  }
  assigner_ = geometry_ ? SliceAssigner::ByTime(*geometry_, spec_.window_column)
                        : SliceAssigner::ByWindow(spec_.window_column);
  LAMINAR_ASSIGN_OR_RETURN(
      plan_, AggregatePlan::Make(spec_, input_schema_, {.row_count = true, .sets = true}));
  LAMINAR_ASSERT(plan_->plain(), plan_->sets().size());
  tables_ = std::make_unique<SliceTables>(*plan_, SliceTables::KeyGroups{}, context.memory);
  input_ = std::make_unique<ChunkInput>(*plan_, tables_->layout(), spec_.keys);
  return absl::OkStatus();
}

absl::Status LocalAggregate::Process(int input, data::Chunk chunk) {
  LAMINAR_ASSERT(chunk.row_kinds().empty(), input);
  if (tables_->slices().empty()) {
    arrival_ = chunk.arrival();
  }
  const int64_t num_groups_before = tables_->num_groups();
  const SliceAssigner::Parts& parts = assigner_->Assign(chunk);
  if (parts.num_invalid > 0) {
    metrics_->invalid_time_rows.Add(static_cast<int64_t>(parts.num_invalid));
  }
  input_->Set(chunk, sequence_);
  sequence_ += static_cast<int64_t>(chunk.num_rows());
  for (const SliceAssigner::Part& part : parts.parts) {
    const idx_t count = part.all ? chunk.num_rows() : part.positions.size();
    LAMINAR_RETURN_IF_ERROR(
        tables_->Update(tables_->Open(part.slice), *input_, part.selection(), count, nullptr));
  }
  DecideToHold(num_groups_before, static_cast<int64_t>(chunk.num_rows()));
  flush_all_ = !holds_ || tables_->bytes() > kHeldBytesMax;
  return absl::OkStatus();
}

void LocalAggregate::DecideToHold(int64_t num_groups_before, int64_t num_rows) {
  if (chunks_until_sample_-- > 0) {
    return;
  }
  chunks_until_sample_ = kChunksBetweenSamples;
  // Of a sample: whether this chunk, with what was held before it, repeats keys.
  holds_ = (tables_->num_groups() - num_groups_before) * 100 <= num_rows * kNewGroupsPercentMax;
}

absl::Status LocalAggregate::ProcessWatermark(data::Watermark watermark) {
  watermark_ = watermark.time.micros;
  metrics_->state_bytes.Set(tables_->bytes());
  metrics_->state_keys.Set(tables_->num_groups());
  return absl::OkStatus();
}

// Partial states go on before the barrier: rows of a key are in any subtask here, and would have no
// owner after a restore at another parallelism.
absl::Status LocalAggregate::ProcessBarrier(data::Barrier barrier) {
  flush_all_ = true;
  return absl::OkStatus();
}

absl::Status LocalAggregate::EndInput(int input) {
  flush_all_ = true;
  return absl::OkStatus();
}

// Whether a window over the slice ends at the watermark or before: its states must be gone when the
// watermark is forwarded.
bool LocalAggregate::IsDue(SliceId slice) const {
  const int64_t first_end =
      geometry_ ? geometry_->FirstOpenWindow(slice, std::numeric_limits<int64_t>::min()).end
                : slice.end;
  return first_end <= watermark_;
}

absl::StatusOr<std::optional<data::Chunk>> LocalAggregate::Produce() {
  while (!tables_->slices().empty()) {
    const SliceTables::Slice& slice = tables_->slices().begin()->second;
    if (!emitting_ && !flush_all_ && !IsDue(slice.id)) {
      return std::nullopt;
    }
    emitting_ = true;
    uint8_t* rows[base::kRowsPerChunkMax];
    const idx_t count = slice.groups->Next(cursor_, base::kRowsPerChunkMax, rows);
    if (count > 0) {
      return EmitChunk(slice.id, rows, count);
    }
    emitting_ = false;
    cursor_ = {};
    tables_->Drop(slice.id);
  }
  flush_all_ = false;
  return std::nullopt;
}

data::Chunk LocalAggregate::EmitChunk(SliceId slice, uint8_t* const* rows, idx_t count) const {
  data::Chunk chunk = MakeResultChunk(output_schema_, count);
  GatherKeys(tables_->layout(), rows, count, chunk);
  size_t column = spec_.keys.size();
  SetWindow(slice, column++, chunk);
  auto* num_rows = duckdb::FlatVector::GetData<int64_t>(chunk.column(column++));
  for (idx_t i = 0; i < count; ++i) {
    num_rows[i] = plan_->LoadRows(rows[i]);
  }
  for (const AggregatePlan::Native& native : plan_->natives()) {
    for (size_t i = 0; i < native.function->columns().size(); ++i, ++column) {
      tables_->layout().Gather(native.first_column + i, rows, count, chunk.column(column), 0);
      OwnText(chunk.column(column), count);
    }
  }
  chunk.set_arrival(arrival_);
  return chunk;
}

std::vector<StateTable*> LocalAggregate::StateTables() {
  LAMINAR_ASSERT(tables_->slices().empty(), tables_->num_groups());
  values_.Set("sequence", sequence_, ValueTable::Merge::kGreatest);
  SaveLateCounts(*metrics_, values_);
  return {&values_};
}

void LocalAggregate::StateRestored() {
  sequence_ = std::max(sequence_, values_.Restored("sequence", 1, ValueTable::Merge::kGreatest));
  RestoreLateCounts(values_, *metrics_);
}

void LocalAggregate::Close() {
  input_.reset();
  tables_.reset();
  plan_.reset();
}

}  // namespace laminar::engine
