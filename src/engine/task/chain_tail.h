// ChainTail: where the events of a chain go: into the channels to other tasks, or into a sink.
// Owned by its task; task's thread.
#ifndef LAMINAR_ENGINE_TASK_CHAIN_TAIL_H_
#define LAMINAR_ENGINE_TASK_CHAIN_TAIL_H_

#include <functional>
#include <memory>
#include <optional>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/status.h"
#include "data/stream_event.h"
#include "engine/metrics/blocking_reason.h"
#include "engine/network/output_partition.h"
#include "engine/network/row_audit.h"
#include "engine/operators/sink/sink_operator.h"
#include "rpc/checkpoint_messages.h"

namespace laminar::engine {

class ChainTail {
 public:
  virtual ~ChainTail() = default;

  virtual absl::Status Open() { return absl::OkStatus(); }
  /// Whether rows, or other events, can be taken now; when not, the task is woken once that has
  /// changed.
  virtual bool CanTakeChunk() = 0;
  virtual bool CanTakeEvent() = 0;
  /// REQUIRES: CanTakeChunk() for the first, CanTakeEvent() for the others.
  virtual absl::Status TakeChunk(data::Chunk chunk) = 0;
  virtual absl::Status TakeWatermark(const data::Watermark& watermark) = 0;
  virtual absl::Status TakeBarrier(const data::Barrier& barrier) = 0;
  virtual absl::Status TakeEnd() = 0;
  /// A sink's part of the epoch whose barrier, or the end, has come: see SinkOperator::Snapshot.
  /// REQUIRES: is_sink().
  virtual void SnapshotSink(data::Epoch epoch,
                            std::function<void(absl::StatusOr<rpc::SinkState>)> done) {}
  virtual bool is_sink() const { return false; }
  /// What has passed, per output.
  virtual std::vector<RowAudit> audits() const { return {}; }
  /// After TakeEnd: true once nothing is left to be done.
  virtual absl::StatusOr<bool> Finish() { return true; }
  /// Hands on what has waited long enough; returns when to call again, nullopt when nothing waits.
  virtual absl::StatusOr<std::optional<base::MonotonicTime>> Flush() { return std::nullopt; }
  virtual void Close() {}

  /// What the task waits for when nothing can be taken.
  virtual BlockingReason blocking_reason() const = 0;
};

/// Sends everything to each of the consumers.
class OutputTail final : public ChainTail {
 public:
  explicit OutputTail(std::vector<std::unique_ptr<OutputPartition>> outputs);

  bool CanTakeChunk() override;
  bool CanTakeEvent() override;
  absl::Status TakeChunk(data::Chunk chunk) override;
  absl::Status TakeWatermark(const data::Watermark& watermark) override;
  absl::Status TakeBarrier(const data::Barrier& barrier) override;
  absl::Status TakeEnd() override;
  std::vector<RowAudit> audits() const override;
  BlockingReason blocking_reason() const override { return BlockingReason::kNoCredit; }

 private:
  std::vector<std::unique_ptr<OutputPartition>> outputs_;
};

/// Writes to a connector.
class SinkTail final : public ChainTail {
 public:
  explicit SinkTail(std::unique_ptr<SinkOperator> sink) : sink_(std::move(sink)) {}

  absl::Status Open() override { return sink_->Open(); }
  bool CanTakeChunk() override { return sink_->Ready(); }
  bool CanTakeEvent() override { return true; }
  absl::Status TakeChunk(data::Chunk chunk) override { return sink_->Write(chunk); }
  absl::Status TakeWatermark(const data::Watermark& watermark) override {
    return sink_->AdvanceWatermark(watermark);
  }
  absl::Status TakeBarrier(const data::Barrier& barrier) override { return absl::OkStatus(); }
  absl::Status TakeEnd() override { return absl::OkStatus(); }
  void SnapshotSink(data::Epoch epoch,
                    std::function<void(absl::StatusOr<rpc::SinkState>)> done) override {
    sink_->Snapshot(epoch, std::move(done));
  }
  bool is_sink() const override { return true; }
  absl::StatusOr<bool> Finish() override { return sink_->Finish(); }
  absl::StatusOr<std::optional<base::MonotonicTime>> Flush() override { return sink_->Flush(); }
  void Close() override { sink_->Close(); }
  BlockingReason blocking_reason() const override { return BlockingReason::kSinkBusy; }

 private:
  std::unique_ptr<SinkOperator> sink_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_TASK_CHAIN_TAIL_H_
