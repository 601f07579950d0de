#include "engine/operators/window_aggregate/sliced_aggregate.h"

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

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

}  // namespace

SlicedAggregate::SlicedAggregate(const plan::WindowAggregateSpec& spec,
                                 const data::Schema& input,
                                 const data::Schema& output)
    : spec_(spec),
      input_schema_(input),
      output_schema_(output),
      closed_(kNever),
      watermark_(kNever) {}

absl::Status SlicedAggregate::Open(OperatorContext& context) {
  metrics_ = &context.metrics;
  sequence_ = context.first_arrival;
  const bool global = spec_.phase == plan::AggregatePhase::kGlobal;
  if (spec_.window) {
    LAMINAR_ASSIGN_OR_RETURN(geometry_, WindowGeometry::Make(*spec_.window));
  }
  assigner_ = geometry_ && !global ? SliceAssigner::ByTime(*geometry_, spec_.window_column)
                                   : SliceAssigner::ByWindow(spec_.window_column);
  LAMINAR_ASSIGN_OR_RETURN(
      plan_, AggregatePlan::Make(spec_, input_schema_, {.row_count = false, .sets = true}));
  if (geometry_ && WindowAssembler::NeedsRowCount(*plan_, *geometry_)) {
    LAMINAR_ASSIGN_OR_RETURN(
        plan_, AggregatePlan::Make(spec_, input_schema_, {.row_count = true, .sets = true}));
  }
  tables_ = std::make_unique<SliceTables>(
      *plan_,
      SliceTables::KeyGroups{.rule = key_group_rule(),
                             .num_key_groups = static_cast<uint32_t>(context.num_key_groups)},
      context.memory);
  input_ = std::make_unique<ChunkInput>(*plan_, tables_->layout(), spec_.keys);
  assembler_ = std::make_unique<WindowAssembler>(*plan_, geometry_, *tables_, context.memory);
  if (global) {
    partials_ = std::make_unique<PartialRows>(*plan_, tables_->layout(), spec_.keys.size() + 1);
  }
  return absl::OkStatus();
}

// As the exchange before it is made: by the keys; without keys, windowed input by its window.
KeyGroupRule SlicedAggregate::key_group_rule() const {
  return !spec_.keys.empty() ? KeyGroupRule::kKeys
         : spec_.window      ? KeyGroupRule::kZero
                             : KeyGroupRule::kSlice;
}

// --- input ---

absl::Status SlicedAggregate::Process(int input, data::Chunk chunk) {
  LAMINAR_RETURN_IF_ERROR(restored_);
  LAMINAR_ASSERT(!emission_, input);
  LAMINAR_ASSERT(chunk.row_kinds().empty(), chunk.num_rows());
  const SliceAssigner::Parts& parts = assigner_->Assign(chunk);
  if (parts.num_invalid > 0) {
    metrics_->invalid_time_rows.Add(static_cast<int64_t>(parts.num_invalid));
  }
  tables_->MakeRoom();
  input_->Set(chunk, sequence_);
  sequence_ += static_cast<int64_t>(chunk.num_rows());
  if (partials_ != nullptr) {
    partials_->Set(chunk);
  }
  for (const SliceAssigner::Part& part : parts.parts) {
    LAMINAR_RETURN_IF_ERROR(ProcessPart(part, part.all ? chunk.num_rows() : part.positions.size()));
  }
  return absl::OkStatus();
}

absl::Status SlicedAggregate::ProcessPart(const SliceAssigner::Part& part, idx_t count) {
  if (LastEnd(part.slice) <= closed_) {
    metrics_->late_rows.Add(NumLateRows(part, count));
    return absl::OkStatus();
  }
  return UpdateSlice(tables_->Open(part.slice), part, count);
}

absl::Status SlicedAggregate::UpdateSlice(SliceTables::Slice& slice,
                                          const SliceAssigner::Part& part,
                                          idx_t count) {
  const bool held = assembler_->Holds(slice.id);
  if (partials_ == nullptr) {
    std::vector<SliceTables::NewInSet> news;
    LAMINAR_RETURN_IF_ERROR(
        tables_->Update(slice, *input_, part.selection(), count, held ? &news : nullptr));
    return held ? assembler_->AddLate(slice.id, *input_, part.selection(), count, news)
                : absl::OkStatus();
  }
  std::vector<uint8_t*> selected;
  uint8_t* const* rows = partials_->rows();
  if (!part.all) {
    for (const duckdb::sel_t position : part.positions) {
      selected.push_back(partials_->rows()[position]);
    }
    rows = selected.data();
  }
  LAMINAR_RETURN_IF_ERROR(tables_->Merge(slice, *input_, part.selection(), count, rows));
  return held ? assembler_->MergeLate(slice.id, *input_, part.selection(), count, rows)
              : absl::OkStatus();
}

int64_t SlicedAggregate::NumLateRows(const SliceAssigner::Part& part, idx_t count) const {
  if (partials_ == nullptr) {
    return static_cast<int64_t>(count);
  }
  int64_t num_rows = 0;
  for (idx_t i = 0; i < count; ++i) {
    num_rows += partials_->NumRows(part.all ? i : part.positions[i]);
  }
  return num_rows;
}

absl::Status SlicedAggregate::ProcessWatermark(data::Watermark watermark) {
  // After a restore the sources may be behind what they had reached.
  watermark_ = std::max(watermark_, watermark.time.micros);
  watermark_arrival_ = watermark.arrival;
  UpdateGauges();
  return absl::OkStatus();
}

// --- output ---

absl::StatusOr<std::optional<data::Chunk>> SlicedAggregate::Produce() {
  LAMINAR_RETURN_IF_ERROR(restored_);
  while (true) {
    if (!emission_) {
      LAMINAR_ASSIGN_OR_RETURN(const bool started, StartWindow());
      if (!started) {
        return std::nullopt;
      }
    }
    uint8_t* rows[base::kRowsPerChunkMax];
    const idx_t count = emission_->groups->Next(emission_->cursor, base::kRowsPerChunkMax, rows);
    if (count > 0) {
      LAMINAR_ASSIGN_OR_RETURN(data::Chunk chunk, EmitChunk(rows, count));
      return chunk;
    }
    LAMINAR_RETURN_IF_ERROR(emission_->groups->status());
    LAMINAR_RETURN_IF_ERROR(FinishWindow());
  }
}

// The next window is found from the oldest slice, so that stretches of time without rows cost
// nothing.
absl::StatusOr<bool> SlicedAggregate::StartWindow() {
  if (tables_->slices().empty()) {
    closed_ = watermark_;
    return false;
  }
  const SliceId oldest = tables_->slices().begin()->first;
  const SliceId window = geometry_ ? geometry_->FirstOpenWindow(oldest, closed_) : oldest;
  if (window.end > watermark_) {
    closed_ = watermark_;
    return false;
  }
  LAMINAR_ASSIGN_OR_RETURN(const KeyedTable* groups, assembler_->Assemble(window));
  emission_ = Emission{.window = window, .groups = groups, .cursor = {}};
  return true;
}

absl::StatusOr<data::Chunk> SlicedAggregate::EmitChunk(uint8_t* const* rows, idx_t count) {
  data::Chunk chunk = MakeResultChunk(output_schema_, count);
  GatherKeys(tables_->layout(), rows, count, chunk);
  SetWindow(emission_->window, spec_.keys.size(), chunk);
  const size_t first = spec_.keys.size() + 1;
  LAMINAR_RETURN_IF_ERROR(plan_->Finalize(rows, count, chunk, first));
  LAMINAR_RETURN_IF_ERROR(assembler_->collected().Finish(rows, count, chunk, first));
  chunk.set_arrival(watermark_arrival_);
  return chunk;
}

absl::Status SlicedAggregate::FinishWindow() {
  const SliceId window = emission_->window;
  emission_.reset();  // before what it walks over
  assembler_->Finish();
  if (!geometry_) {
    tables_->Drop(window);
    return absl::OkStatus();
  }
  closed_ = window.end;
  while (!tables_->slices().empty()) {
    const SliceTables::Slice& oldest = tables_->slices().begin()->second;
    if (LastEnd(oldest.id) > closed_) {
      break;
    }
    LAMINAR_RETURN_IF_ERROR(assembler_->Drop(oldest));
    tables_->Drop(oldest.id);
  }
  return absl::OkStatus();
}

// --- the rest ---

void SlicedAggregate::UpdateGauges() {
  metrics_->state_bytes.Set(tables_->bytes() + assembler_->bytes());
  metrics_->state_keys.Set(tables_->num_groups());
}

std::vector<StateTable*> SlicedAggregate::StateTables() {
  values_.Set("closed", closed_, ValueTable::Merge::kLeast);
  values_.Set("sequence", sequence_, ValueTable::Merge::kGreatest);
  SaveLateCounts(*metrics_, values_);
  std::vector<StateTable*> tables = tables_->tables();
  tables.push_back(&values_);
  return tables;
}

void SlicedAggregate::StateRestored() {
  closed_ = values_.Restored("closed", kNever, ValueTable::Merge::kLeast);
  watermark_ = closed_;
  sequence_ = std::max(sequence_, values_.Restored("sequence", 1, ValueTable::Merge::kGreatest));
  RestoreLateCounts(values_, *metrics_);
  restored_ = tables_->Restored();
}

void SlicedAggregate::Close() {
  emission_.reset();
  assembler_.reset();
  partials_.reset();
  input_.reset();
  tables_.reset();
  plan_.reset();
}

}  // namespace laminar::engine
