#include "engine/task/operator_chain.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "engine/state/key_group_range.h"

namespace laminar::engine {

OperatorChain::OperatorChain(std::vector<Stage> stages,
                             ChainTail& tail,
                             plan::NodeId tail_node,
                             OperatorMetrics& tail_metrics,
                             const base::Clock& clock)
    : stages_(std::move(stages)),
      progress_(stages_.size()),
      tail_(tail),
      tail_node_(tail_node),
      tail_metrics_(tail_metrics),
      clock_(clock) {}

absl::Status OperatorChain::Open(const Place& place, MemoryBudget& memory) {
  const KeyGroupRange key_groups = KeyGroupsOfSubtask(place.subtask, place.parallelism,
                                                      static_cast<uint32_t>(place.num_key_groups));
  for (Stage& stage : stages_) {
    failed_node_ = stage.node;
    stage.metrics->watermark_micros.Set(data::EventTime::Min().micros);
    OperatorContext context{.subtask = place.subtask,
                            .parallelism = place.parallelism,
                            .num_key_groups = place.num_key_groups,
                            .key_groups = key_groups,
                            .first_arrival = place.first_arrival,
                            .clock = clock_,
                            .memory = memory,
                            .metrics = *stage.metrics};
    LAMINAR_RETURN_IF_ERROR(stage.op->Open(context));
  }
  failed_node_ = tail_node_;
  return tail_.Open();
}

void OperatorChain::Close() {
  for (Stage& stage : stages_) {
    stage.op->Close();
  }
  tail_.Close();
}

void OperatorChain::Charge(OperatorMetrics& metrics) {
  const base::MonotonicTime now = clock_.Now();
  metrics.busy_nanos.Add(now.nanos - now_.nanos);
  now_ = now;
}

void OperatorChain::Accept(GateEvent event) {
  LAMINAR_ASSERT(empty() && !ended_, position_);
  incoming_ = std::move(event);
  position_ = kAccepted;
}

absl::StatusOr<bool> OperatorChain::Step() {
  LAMINAR_ASSERT(!empty(), position_);
  return position_ == kAccepted ? StepAccepted() : StepStage();
}

absl::StatusOr<bool> OperatorChain::StepAccepted() {
  if (auto* rows = std::get_if<InputChunk>(&*incoming_)) {
    if (size() == 0 && !tail_.CanTakeChunk()) {
      return false;
    }
    position_ = kEmpty;
    LAMINAR_RETURN_IF_ERROR(GiveChunk(0, rows->input, std::move(rows->chunk)));
  } else if (size() == 0 && !tail_.CanTakeEvent()) {
    return false;
  } else if (const auto* end = std::get_if<InputEnd>(&*incoming_)) {
    position_ = kEmpty;
    if (size() > 0) {
      position_ = 0;
      failed_node_ = stages_[0].node;
      LAMINAR_RETURN_IF_ERROR(stages_[0].op->EndInput(end->input));
      Charge(*stages_[0].metrics);
    }
  } else {
    position_ = kEmpty;
    Control control;
    if (const auto* watermark = std::get_if<data::Watermark>(&*incoming_)) {
      control = *watermark;
    } else if (const auto* barrier = std::get_if<data::Barrier>(&*incoming_)) {
      control = *barrier;
    } else {
      control = data::EndOfInput();
    }
    LAMINAR_RETURN_IF_ERROR(GiveControl(0, control));
  }
  incoming_.reset();
  return true;
}

absl::StatusOr<bool> OperatorChain::StepStage() {
  Stage& stage = stages_[position_];
  if (position_ + 1 == size() && !tail_.CanTakeChunk()) {
    return false;
  }
  failed_node_ = stage.node;
  LAMINAR_ASSIGN_OR_RETURN(std::optional<data::Chunk> chunk, stage.op->Produce());
  if (!chunk.has_value()) {
    return StepControl();
  }
  if (chunk->num_rows() == 0) {
    Charge(*stage.metrics);
    return true;
  }
  stage.metrics->rows_out.Add(static_cast<int64_t>(chunk->num_rows()));
  stage.metrics->chunks_out.Add(1);
  Charge(*stage.metrics);
  LAMINAR_RETURN_IF_ERROR(GiveChunk(position_ + 1, 0, std::move(*chunk)));
  return true;
}

// The operator has nothing to say: what it was given last moves on.
absl::StatusOr<bool> OperatorChain::StepControl() {
  Progress& progress = progress_[position_];
  if (!progress.leaving.has_value()) {
    position_ = position_ == 0 ? kEmpty : position_ - 1;
    return true;
  }
  if (auto* watermark = std::get_if<data::Watermark>(&*progress.leaving)) {
    data::EventTime time = watermark->time;
    if (time > data::EventTime::Min()) {
      time = std::max(progress.watermark_out, stages_[position_].op->OutputWatermark(time));
    }
    if (time == progress.watermark_out && watermark->idle == progress.idle_out) {
      progress.leaving.reset();
      return true;
    }
    if (position_ + 1 == size() && !tail_.CanTakeEvent()) {
      return false;
    }
    progress.watermark_out = time;
    progress.idle_out = watermark->idle;
    watermark->time = time;
  } else if (position_ + 1 == size() && !tail_.CanTakeEvent()) {
    return false;
  }
  const Control control = *std::exchange(progress.leaving, std::nullopt);
  LAMINAR_RETURN_IF_ERROR(GiveControl(position_ + 1, control));
  return true;
}

absl::Status OperatorChain::GiveChunk(int position, int input, data::Chunk chunk) {
  if (position == size()) {
    failed_node_ = tail_node_;
    const absl::Status status = tail_.TakeChunk(std::move(chunk));
    Charge(tail_metrics_);
    return status;
  }
  Stage& stage = stages_[position];
  failed_node_ = stage.node;
  position_ = position;
  stage.metrics->rows_in.Add(static_cast<int64_t>(chunk.num_rows()));
  stage.metrics->chunks_in.Add(1);
  const absl::Status status = stage.op->Process(input, std::move(chunk));
  Charge(*stage.metrics);
  return status;
}

absl::Status OperatorChain::GiveControl(int position, const Control& control) {
  if (position == size()) {
    return GiveControlToTail(control);
  }
  Stage& stage = stages_[position];
  Progress& progress = progress_[position];
  LAMINAR_ASSERT(!progress.leaving.has_value(), position);
  failed_node_ = stage.node;
  position_ = position;
  progress.leaving = control;
  if (const auto* watermark = std::get_if<data::Watermark>(&control)) {
    if (watermark->time > progress.watermark_in) {
      progress.watermark_in = watermark->time;
      stage.metrics->watermark_micros.Set(watermark->time.micros);
      LAMINAR_RETURN_IF_ERROR(stage.op->ProcessWatermark(*watermark));
      Charge(*stage.metrics);
    }
  } else if (const auto* barrier = std::get_if<data::Barrier>(&control)) {
    LAMINAR_RETURN_IF_ERROR(stage.op->ProcessBarrier(*barrier));
    Charge(*stage.metrics);
  } else if (std::holds_alternative<data::EndOfInput>(control) && position > 0) {
    // The first stage was told by input.
    LAMINAR_RETURN_IF_ERROR(stage.op->EndInput(0));
    Charge(*stage.metrics);
  }
  return absl::OkStatus();
}

absl::Status OperatorChain::GiveControlToTail(const Control& control) {
  failed_node_ = tail_node_;
  if (const auto* watermark = std::get_if<data::Watermark>(&control)) {
    return tail_.TakeWatermark(*watermark);
  }
  if (const auto* barrier = std::get_if<data::Barrier>(&control)) {
    passed_barrier_ = *barrier;
    return tail_.TakeBarrier(*barrier);
  }
  ended_ = true;
  return tail_.TakeEnd();
}

}  // namespace laminar::engine
