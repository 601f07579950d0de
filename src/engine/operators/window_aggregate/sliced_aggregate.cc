#include "engine/operators/window_aggregate/sliced_aggregate.h"

#include <limits>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/operators/window_aggregate/result_chunk.h"

namespace laminar::engine {
namespace {

using data::idx_t;

constexpr int64_t kNever = std::numeric_limits<int64_t>::min();

// Carrying pays when a window has more slices than the two that come and go.
constexpr int64_t kCarriedSlicesMin = 3;

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
  const bool global = spec_.phase == plan::AggregatePhase::kGlobal;
  if (spec_.window) {
    LAMINAR_ASSIGN_OR_RETURN(geometry_, WindowGeometry::Make(*spec_.window));
  }
  assigner_ = geometry_ && !global ? SliceAssigner::ByTime(*geometry_, spec_.window_column)
                                   : SliceAssigner::ByWindow(spec_.window_column);
  const bool overlaps = geometry_ && !geometry_->single();
  LAMINAR_ASSIGN_OR_RETURN(
      plan_, AggregatePlan::Make(spec_, input_schema_, {.row_count = false, .sets = true}));
  if (overlaps) {
    LAMINAR_RETURN_IF_ERROR(ChooseAssembly());
  }
  tables_ = std::make_unique<SliceTables>(*plan_, context.memory);
  input_ = std::make_unique<ChunkInput>(*plan_, tables_->layout(), spec_.keys);
  collected_ = std::make_unique<CollectedCalls>(*plan_);
  if (global) {
    partials_ = std::make_unique<PartialRows>(*plan_, tables_->layout(), spec_.keys.size() + 1);
  }
  if (overlaps) {
    window_groups_ = std::make_unique<WindowGroups>(*plan_, tables_->layout(), context.memory);
  }
  return absl::OkStatus();
}

absl::Status SlicedAggregate::ChooseAssembly() {
  if (geometry_->cumulates()) {
    assembly_ = plan_->collected().empty() ? Assembly::kCarried : Assembly::kAfresh;
    return absl::OkStatus();
  }
  assembly_ = Assembly::kAfresh;
  if (plan_->subtractable() && geometry_->slices_per_window() >= kCarriedSlicesMin) {
    assembly_ = Assembly::kCarried;
    // A group leaves when its last row does.
    LAMINAR_ASSIGN_OR_RETURN(
        plan_, AggregatePlan::Make(spec_, input_schema_, {.row_count = true, .sets = true}));
  }
  return absl::OkStatus();
}

// --- input ---

absl::Status SlicedAggregate::Process(int input, data::Chunk chunk) {
  LAMINAR_ASSERT(!emission_, input);
  LAMINAR_ASSERT(chunk.row_kinds().empty(), chunk.num_rows());
  const SliceAssigner::Parts& parts = assigner_->Assign(chunk);
  if (parts.num_invalid > 0) {
    metrics_->invalid_time_rows.Add(static_cast<int64_t>(parts.num_invalid));
  }
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
  const bool is_in_window = window_groups_ != nullptr && window_groups_->Contains(slice.id);
  if (partials_ == nullptr) {
    std::vector<SliceTables::NewInSet> news;
    LAMINAR_RETURN_IF_ERROR(
        tables_->Update(slice, *input_, part.selection(), count, is_in_window ? &news : nullptr));
    return is_in_window ? window_groups_->AddLate(*input_, part.selection(), count, news)
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
  return is_in_window ? window_groups_->MergeLate(*input_, part.selection(), count, rows)
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
  watermark_ = watermark.time.micros;
  watermark_arrival_ = watermark.arrival;
  UpdateGauges();
  return absl::OkStatus();
}

// --- output ---

absl::StatusOr<std::optional<data::Chunk>> SlicedAggregate::Produce() {
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
  LAMINAR_RETURN_IF_ERROR(Assemble(window));
  return true;
}

absl::Status SlicedAggregate::Assemble(SliceId window) {
  std::vector<SliceTables::Slice*> slices;
  for (auto& [id, slice] : tables_->slices()) {
    if (id.end > window.end) {
      break;
    }
    if (id.start >= window.start) {
      slices.push_back(&slice);
    }
  }
  emission_ = Emission{.window = window, .groups = nullptr, .cursor = {}};
  if (assembly_ == Assembly::kCarried) {
    for (const SliceTables::Slice* slice : slices) {
      if (!window_groups_->Contains(slice->id)) {
        LAMINAR_RETURN_IF_ERROR(window_groups_->Add(*slice, nullptr));
      }
    }
    emission_->groups = &window_groups_->groups();
    return absl::OkStatus();
  }
  if (assembly_ == Assembly::kOneSlice && !geometry_) {
    // Windows of other starts may end at the same time.
    slices = {&tables_->slices().at(window)};
  }
  if (slices.size() == 1) {
    emission_->groups = slices[0]->groups;
    return StartCollected(slices);
  }
  return AssembleAfresh(slices);
}

absl::Status SlicedAggregate::AssembleAfresh(const std::vector<SliceTables::Slice*>& slices) {
  window_groups_->Clear();
  std::vector<std::vector<int64_t>> numbers(slices.size());
  for (size_t i = 0; i < slices.size(); ++i) {
    LAMINAR_RETURN_IF_ERROR(window_groups_->Add(*slices[i], &numbers[i]));
  }
  emission_->groups = &window_groups_->groups();
  if (plan_->collected().empty()) {
    return absl::OkStatus();
  }
  collected_->Start(window_groups_->groups().num_rows());
  for (size_t set = 0; set < plan_->sets().size(); ++set) {
    LAMINAR_RETURN_IF_ERROR(collected_->AddSet(set, window_groups_->set(set)));
  }
  for (size_t i = 0; i < slices.size(); ++i) {
    for (size_t rows = 0; rows < plan_->rows().size(); ++rows) {
      for (const data::Chunk& chunk : tables_->RowsOf(*slices[i], rows)) {
        LAMINAR_RETURN_IF_ERROR(collected_->AddRows(rows, chunk, &numbers[i]));
      }
    }
  }
  return absl::OkStatus();
}

// Of a window that is one slice: its sets and rows are the window's.
absl::Status SlicedAggregate::StartCollected(const std::vector<SliceTables::Slice*>& slices) {
  if (plan_->collected().empty()) {
    return absl::OkStatus();
  }
  const SliceTables::Slice& slice = *slices[0];
  collected_->Start(slice.groups->num_rows());
  for (size_t set = 0; set < plan_->sets().size(); ++set) {
    LAMINAR_RETURN_IF_ERROR(collected_->AddSet(set, *slice.sets[set]));
  }
  for (size_t rows = 0; rows < plan_->rows().size(); ++rows) {
    for (const data::Chunk& chunk : tables_->RowsOf(slice, rows)) {
      LAMINAR_RETURN_IF_ERROR(collected_->AddRows(rows, chunk, nullptr));
    }
  }
  return absl::OkStatus();
}

absl::StatusOr<data::Chunk> SlicedAggregate::EmitChunk(uint8_t* const* rows, idx_t count) {
  data::Chunk chunk = MakeResultChunk(output_schema_, count);
  GatherKeys(tables_->layout(), rows, count, chunk);
  SetWindow(emission_->window, spec_.keys.size(), chunk);
  const size_t first = spec_.keys.size() + 1;
  LAMINAR_RETURN_IF_ERROR(plan_->Finalize(rows, count, chunk, first));
  LAMINAR_RETURN_IF_ERROR(collected_->Finish(rows, count, chunk, first));
  chunk.set_arrival(watermark_arrival_);
  return chunk;
}

absl::Status SlicedAggregate::FinishWindow() {
  collected_->Clear();
  closed_ = geometry_ ? emission_->window.end : closed_;
  if (assembly_ == Assembly::kAfresh) {
    window_groups_->Clear();
  }
  const SliceId window = emission_->window;
  emission_.reset();
  if (!geometry_) {
    tables_->Drop(window);
    return absl::OkStatus();
  }
  while (!tables_->slices().empty()) {
    const SliceTables::Slice& oldest = tables_->slices().begin()->second;
    if (LastEnd(oldest.id) > closed_) {
      break;
    }
    if (assembly_ == Assembly::kCarried && window_groups_->Contains(oldest.id)) {
      if (geometry_->cumulates() || window_groups_->slices().size() == 1) {
        window_groups_->Clear();
      } else {
        LAMINAR_RETURN_IF_ERROR(window_groups_->Remove(oldest));
      }
    }
    tables_->Drop(oldest.id);
  }
  return absl::OkStatus();
}

// --- the rest ---

void SlicedAggregate::UpdateGauges() {
  metrics_->state_bytes.Set(tables_->bytes() +
                            (window_groups_ == nullptr ? 0 : window_groups_->bytes()));
  metrics_->state_keys.Set(tables_->num_groups());
}

std::vector<StateTable*> SlicedAggregate::StateTables() {
  values_.Set("closed", closed_);
  values_.Set("sequence", sequence_);
  std::vector<StateTable*> tables = tables_->tables();
  tables.push_back(&values_);
  return tables;
}

void SlicedAggregate::StateRestored() {
  closed_ = values_.Get("closed", kNever);
  watermark_ = closed_;
  sequence_ = values_.Get("sequence", 1);
  tables_->Restored();
}

void SlicedAggregate::Close() {
  emission_.reset();
  collected_.reset();
  window_groups_.reset();
  partials_.reset();
  input_.reset();
  tables_.reset();
  plan_.reset();
}

}  // namespace laminar::engine
