#include "engine/task/task.h"

#include <algorithm>
#include <exception>
#include <utility>

#include "base/assert.h"

namespace laminar::engine {
namespace {

using State = RunResult::State;

constexpr size_t kBarriersMax = 8;

// A sink that is busy wakes its task; should it forget, it is asked again after this time.
constexpr int64_t kSinkRetryNanos = 20'000'000;

// Arrival numbers of a generation are above those of all before it: as many rows as a subtask takes
// in a month at millions a second, for a quarter of a million attempts. After more rows than that,
// only what the state itself knows keeps them apart; after more attempts, likewise.
constexpr int kArrivalBits = 44;
constexpr int64_t kGenerationsMax = int64_t{1} << (62 - kArrivalBits);

int64_t FirstArrival(const CheckpointFiles& files) {
  return (std::min(files.generation().value, kGenerationsMax) << kArrivalBits) + 1;
}

void Earliest(std::optional<base::MonotonicTime>& wake_at, base::MonotonicTime time) {
  if (!wake_at.has_value() || time < *wake_at) {
    wake_at = time;
  }
}

}  // namespace

Task::Task(std::string name,
           const base::Clock& clock,
           MemoryBudget& memory,
           TaskMetrics& metrics,
           TaskListener& listener,
           std::shared_ptr<base::ReadyQueue<Task>> queue)
    : name_(std::move(name)),
      clock_(clock),
      memory_(memory),
      metrics_(metrics),
      listener_(listener),
      slot_(std::make_shared<base::ReadySlot<Task>>(std::move(queue), *this)),
      barriers_(kBarriersMax) {
  metrics_.blocked_on.Set(-1);
}

Task::~Task() { LAMINAR_ASSERT(done() || !opened_, num_chunks_); }

void Task::Assemble(TaskParts parts) {
  LAMINAR_ASSERT(!chain_.has_value(), parts.subtask);
  LAMINAR_ASSERT((parts.source == nullptr) != (parts.gate == nullptr), parts.subtask);
  parts_ = std::move(parts);
  chain_.emplace(std::move(parts_.stages), *parts_.tail, parts_.tail_node, *parts_.tail_metrics,
                 clock_);
}

void Task::Stop() {
  stop_.Raise();
  slot_->Wake();
}

void Task::Cancel() {
  cancel_.Raise();
  slot_->Wake();
}

bool Task::SendBarrier(data::Barrier barrier) {
  if (!barriers_.TrySend(barrier)) {
    return false;
  }
  slot_->Wake();
  return true;
}

RunResult Task::Run(RunBudget budget) {
  LAMINAR_ASSERT(chain_.has_value() && !done(), num_chunks_);
  const base::MonotonicTime start = clock_.Now();
  EndBlocked(start);
  chain_->StartMeasuring(start);
  RunResult result;
  try {
    result = RunSteps(budget);
  } catch (const std::exception& error) {
    // The vector library reports what should not happen, and lack of memory, by exceptions.
    result = Fail(base::Internal(error.what()), chain_->failed_node());
  }
  const base::MonotonicTime end = clock_.Now();
  metrics_.busy_nanos.Add(end.nanos - start.nanos);
  if (result.state == State::kBlocked) {
    StartBlocked(result.reason, end);
  }
  return result;
}

RunResult Task::RunSteps(RunBudget budget) {
  if (cancel_.raised()) {
    return End({absl::OkStatus(), {}, /*cancelled=*/true});
  }
  if (!opened_) {
    if (absl::Status status = OpenAll(); !status.ok()) {
      return Fail(status, chain_->failed_node());
    }
  }
  if (checkpoint_.has_value()) {
    if (absl::Status status = checkpoint_->status(); !status.ok()) {
      return Fail(status, parts_.tail_node);
    }
  }
  const int64_t deadline = chain_->now().nanos + budget.nanos;
  num_chunks_ = 0;
  while (true) {
    RunResult blocked{.state = State::kBlocked, .reason = BlockingReason::kNoInput, .wake_at = {}};
    absl::StatusOr<bool> moved = Step(blocked);
    if (moved.ok() && finished_) {
      return End({absl::OkStatus(), {}, /*cancelled=*/false});
    }
    if (moved.ok() && *moved && chain_->now().nanos < deadline && num_chunks_ < budget.num_chunks) {
      continue;
    }
    if (moved.ok()) {
      absl::StatusOr<RunResult> result = Block(*moved ? RunResult{} : blocked);
      if (result.ok()) {
        return *result;
      }
      moved = result.status();
    }
    return Fail(moved.status(), chain_->failed_node());
  }
}

// One call of whatever has its turn. False when it cannot go on: `blocked` says why.
absl::StatusOr<bool> Task::Step(RunResult& blocked) {
  if (restore_.has_value()) {
    return Restore(blocked);
  }
  const bool draining = checkpoint_.has_value() && checkpoint_->draining();
  if (!chain_->empty()) {
    blocked.reason = parts_.tail->blocking_reason();
    LAMINAR_ASSIGN_OR_RETURN(const bool moved, chain_->Step());
    if (const auto barrier = chain_->TakePassedBarrier(); barrier.has_value()) {
      LAMINAR_RETURN_IF_ERROR(TakeCut(*barrier));
    }
    // A slow consumer must not hold up the snapshot, too.
    return moved || !draining ? moved : Drain();
  }
  // Rows of the stream and rows of a cut have their turns.
  if (draining && chain_->ended()) {
    blocked.reason = BlockingReason::kSnapshot;
    return Drain();
  }
  if (draining && !drained_last_) {
    drained_last_ = true;
    LAMINAR_ASSIGN_OR_RETURN(const bool moved, Drain());
    if (moved) {
      return true;
    }
  }
  drained_last_ = false;
  if (stopping_sink_.has_value()) {
    blocked.reason = parts_.tail->blocking_reason();
    LAMINAR_ASSIGN_OR_RETURN(const bool moved, FinishSink());
    return moved || !draining ? moved : Drain();
  }
  absl::StatusOr<bool> moved = chain_->ended() ? FinishTail(blocked) : TakeFromHead(blocked);
  if (draining && moved.ok() && !*moved) {
    return Drain();
  }
  return moved;
}

// Before the task rests, the tail hands on what has waited long enough.
absl::StatusOr<RunResult> Task::Block(RunResult blocked) {
  LAMINAR_ASSIGN_OR_RETURN(const std::optional<base::MonotonicTime> flush_at, parts_.tail->Flush());
  if (blocked.state != State::kBlocked) {
    return blocked;
  }
  if (flush_at.has_value()) {
    Earliest(blocked.wake_at, *flush_at);
  }
  if (blocked.reason == BlockingReason::kSinkBusy) {
    Earliest(blocked.wake_at, {clock_.Now().nanos + kSinkRetryNanos});
  }
  return blocked;
}

absl::Status Task::OpenAll() {
  opened_ = true;
  LAMINAR_RETURN_IF_ERROR(chain_->Open(
      {.subtask = parts_.subtask,
       .parallelism = parts_.parallelism,
       .num_key_groups = parts_.num_key_groups,
       .first_arrival =
           parts_.checkpoint == nullptr ? 1 : FirstArrival(parts_.checkpoint->setup.files)},
      memory_));
  if (parts_.source != nullptr) {
    if (absl::Status status = parts_.source->Open(); !status.ok()) {
      chain_->BlameNode(parts_.head_node);
      return status;
    }
  }
  if (parts_.checkpoint != nullptr) {
    OpenCheckpoint(*parts_.checkpoint);
  }
  return absl::OkStatus();
}

void Task::OpenCheckpoint(const CheckpointParts& parts) {
  for (size_t i = 0; i < chain_->stages().size(); ++i) {
    const CheckpointParts::Name& name = parts.stages[i];
    stateful_.push_back({.op = chain_->stages()[i].op.get(),
                         .id = name.id,
                         .name = name.name,
                         .description = name.description});
  }
  const KeyGroupRange key_groups = KeyGroupsOfSubtask(parts_.subtask, parts_.parallelism,
                                                      static_cast<uint32_t>(parts_.num_key_groups));
  const auto wake = [slot = slot_] { slot->Wake(); };
  checkpoint_.emplace(
      TaskCheckpoint::Identity{.task = name_, .subtask = parts_.subtask, .key_groups = key_groups},
      stateful_, parts.setup, clock_, wake);
  if (parts.restored != nullptr) {
    restore_.emplace(stateful_, *parts.restored, key_groups, parts.setup, wake);
  }
}

// The tables come back from the checkpoint before the first row.
absl::StatusOr<bool> Task::Restore(RunResult& blocked) {
  chain_->BlameNode(parts_.head_node);
  LAMINAR_ASSIGN_OR_RETURN(const TaskRestore::Progress progress, restore_->Step());
  chain_->StartMeasuring(clock_.Now());
  if (progress == TaskRestore::Progress::kDone) {
    restore_->Close();
    restore_.reset();
    for (const OperatorChain::Stage& stage : chain_->stages()) {
      stage.op->StateRestored();
    }
    return true;
  }
  blocked.reason = BlockingReason::kRestoring;
  return progress == TaskRestore::Progress::kMoved;
}

absl::StatusOr<bool> Task::Drain() {
  LAMINAR_ASSIGN_OR_RETURN(const bool moved, checkpoint_->Drain());
  chain_->StartMeasuring(clock_.Now());
  return moved;
}

// A barrier has left the task.
absl::Status Task::TakeCut(data::Barrier barrier) {
  if (!checkpoint_.has_value()) {
    return absl::OkStatus();
  }
  LAMINAR_RETURN_IF_ERROR(checkpoint_->Begin(barrier, CutSoFar()));
  if (parts_.tail->is_sink() && barrier.stop) {
    stopping_sink_ = barrier.epoch;
  } else if (parts_.tail->is_sink()) {
    parts_.tail->SnapshotSink(barrier.epoch, checkpoint_->SinkDone());
  }
  return absl::OkStatus();
}

// The job stops with this checkpoint, which publishes all that the sink has taken: nobody is to
// look for rows in files that would have gone on growing.
absl::StatusOr<bool> Task::FinishSink() {
  LAMINAR_ASSIGN_OR_RETURN(const bool finished, parts_.tail->Finish());
  if (finished) {
    parts_.tail->SnapshotSink(*std::exchange(stopping_sink_, std::nullopt),
                              checkpoint_->SinkDone());
  }
  return finished;
}

TaskCut Task::CutSoFar() {
  TaskCut cut{.source = std::exchange(source_state_, std::nullopt),
              .edges = {},
              .align_nanos = std::exchange(align_nanos_, 0),
              .has_sink = parts_.tail->is_sink()};
  const auto add = [&cut](const EdgeEnd& edge, bool sent, const RowAudit& audit) {
    cut.edges.push_back({.from = edge.from,
                         .to = edge.to,
                         .input = edge.input,
                         .sent = sent,
                         .num_rows = audit.num_rows(),
                         .hash = audit.hash()});
  };
  if (parts_.gate != nullptr) {
    for (size_t i = 0; i < parts_.checkpoint->inputs.size(); ++i) {
      add(parts_.checkpoint->inputs[i], /*sent=*/false, parts_.gate->audits()[i]);
    }
  }
  const std::vector<RowAudit> sent = parts_.tail->audits();
  for (size_t i = 0; i < sent.size(); ++i) {
    add(parts_.checkpoint->outputs[i], /*sent=*/true, sent[i]);
  }
  return cut;
}

// The end has passed the tail: the task is done once the tail is, and its last snapshot durable.
absl::StatusOr<bool> Task::FinishTail(RunResult& blocked) {
  blocked.reason = parts_.tail->blocking_reason();
  if (!tail_finished_) {
    LAMINAR_ASSIGN_OR_RETURN(tail_finished_, parts_.tail->Finish());
    if (!tail_finished_) {
      return false;
    }
    if (checkpoint_.has_value()) {
      if (parts_.source != nullptr) {
        LAMINAR_ASSIGN_OR_RETURN(source_state_, parts_.source->Snapshot());
      }
      const data::Epoch epoch = checkpoint_->End(CutSoFar());
      if (parts_.tail->is_sink()) {
        parts_.tail->SnapshotSink(epoch, checkpoint_->SinkDone());
      }
    }
  }
  finished_ = !checkpoint_.has_value() || checkpoint_->Settled();
  if (!finished_) {
    blocked.reason = BlockingReason::kSnapshot;
    LAMINAR_RETURN_IF_ERROR(checkpoint_->status());
  }
  return finished_;
}

absl::StatusOr<bool> Task::TakeFromHead(RunResult& blocked) {
  if (head_ended_) {
    chain_->Accept(data::EndOfInput());
    return true;
  }
  return parts_.source != nullptr ? TakeFromSource(blocked) : TakeFromGate(blocked);
}

absl::StatusOr<bool> Task::TakeFromSource(RunResult& blocked) {
  if (parts_.source->AtCut()) {
    if (stop_barrier_) {
      return false;
    }
    if (const auto barrier = barriers_.TryReceive(); barrier.has_value()) {
      if (checkpoint_.has_value()) {
        chain_->BlameNode(parts_.head_node);
        LAMINAR_ASSIGN_OR_RETURN(source_state_, parts_.source->Snapshot());
      }
      stop_barrier_ = barrier->stop;
      chain_->Accept(*barrier);
      return true;
    }
  }
  if (!stopping_ && stop_.raised()) {
    stopping_ = true;
    parts_.source->Stop();
  }
  absl::StatusOr<SourceStep> step = parts_.source->Next();
  const base::MonotonicTime now = clock_.Now();
  parts_.source_metrics->busy_nanos.Add(now.nanos - chain_->now().nanos);
  chain_->StartMeasuring(now);
  if (!step.ok()) {
    chain_->BlameNode(parts_.head_node);
    return step.status();
  }
  switch (step->state) {
    case SourceStep::State::kEvent:
      if (auto* chunk = std::get_if<data::Chunk>(&step->event)) {
        ++num_chunks_;
        chain_->Accept(InputChunk{0, std::move(*chunk)});
      } else {
        chain_->Accept(std::get<data::Watermark>(step->event));
      }
      return true;
    case SourceStep::State::kAgain:
      return true;
    case SourceStep::State::kIdle:
      blocked.reason = step->timed ? BlockingReason::kTimer : BlockingReason::kNoInput;
      blocked.wake_at = step->wake_at;
      return false;
    case SourceStep::State::kEnd:
      head_ended_ = true;
      chain_->Accept(InputEnd{0});
      return true;
  }
  return base::Internal("unknown source state");
}

absl::StatusOr<bool> Task::TakeFromGate(RunResult& blocked) {
  std::optional<GateEvent> event = parts_.gate->Next();
  if (parts_.gate->aligning() && !aligning_since_.has_value()) {
    aligning_since_ = chain_->now();
  }
  if (event.has_value() && std::holds_alternative<data::Barrier>(*event)) {
    align_nanos_ = aligning_since_.has_value() ? chain_->now().nanos - aligning_since_->nanos : 0;
    aligning_since_.reset();
  }
  if (!event.has_value()) {
    blocked.reason = parts_.gate->aligning() ? BlockingReason::kAligning : BlockingReason::kNoInput;
    return false;
  }
  if (std::holds_alternative<InputChunk>(*event)) {
    ++num_chunks_;
  }
  chain_->Accept(std::move(*event));
  return true;
}

RunResult Task::Fail(const absl::Status& status, plan::NodeId node) {
  return End({status, node, /*cancelled=*/false});
}

RunResult Task::End(TaskOutcome outcome) {
  outcome_ = std::move(outcome);
  if (opened_) {
    if (parts_.source != nullptr) {
      parts_.source->Close();
    }
    if (restore_.has_value()) {
      restore_->Close();
    }
    // Rows of a cut may still be handed over, and operators drop their tables when they are closed.
    if (checkpoint_.has_value()) {
      checkpoint_->Close();
    }
    chain_->Close();
  }
  return {.state = State::kDone, .reason = BlockingReason::kNoInput, .wake_at = std::nullopt};
}

void Task::StartBlocked(BlockingReason reason, base::MonotonicTime now) {
  blocked_on_ = reason;
  blocked_since_ = now;
  metrics_.blocked_on.Set(static_cast<int64_t>(reason));
  metrics_.blocked_since_nanos.Set(now.nanos);
}

void Task::EndBlocked(base::MonotonicTime now) {
  if (!blocked_on_.has_value()) {
    return;
  }
  metrics_.blocked_nanos[static_cast<size_t>(*blocked_on_)].Add(now.nanos - blocked_since_.nanos);
  metrics_.blocked_on.Set(-1);
  metrics_.blocked_since_nanos.Set(0);
  blocked_on_.reset();
}

}  // namespace laminar::engine
