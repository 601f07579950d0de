#include "engine/task/chain_tail.h"

#include <utility>

#include "base/assert.h"
#include "engine/network/chunk_sharing.h"

namespace laminar::engine {

OutputTail::OutputTail(std::vector<std::unique_ptr<OutputPartition>> outputs)
    : outputs_(std::move(outputs)) {
  LAMINAR_ASSERT(!outputs_.empty(), 0);
}

bool OutputTail::CanTakeChunk() {
  for (const auto& output : outputs_) {
    if (!output->HasCredit()) {
      return false;
    }
  }
  return true;
}

bool OutputTail::CanTakeEvent() {
  for (const auto& output : outputs_) {
    if (!output->HasRoom()) {
      return false;
    }
  }
  return true;
}

absl::Status OutputTail::TakeChunk(data::Chunk chunk) {
  if (outputs_.size() == 1) {
    outputs_[0]->WriteChunk(std::move(chunk), /*shared=*/false);
    return absl::OkStatus();
  }
  PrepareForSharing(chunk);
  for (const auto& output : outputs_) {
    output->WriteChunk(ShareWithTask(chunk), /*shared=*/true);
  }
  return absl::OkStatus();
}

absl::Status OutputTail::TakeWatermark(const data::Watermark& watermark) {
  for (const auto& output : outputs_) {
    output->WriteToAll(watermark);
  }
  return absl::OkStatus();
}

absl::Status OutputTail::TakeBarrier(const data::Barrier& barrier) {
  for (const auto& output : outputs_) {
    output->WriteToAll(barrier);
  }
  return absl::OkStatus();
}

std::vector<RowAudit> OutputTail::audits() const {
  std::vector<RowAudit> audits;
  audits.reserve(outputs_.size());
  for (const auto& output : outputs_) {
    audits.push_back(output->audit());
  }
  return audits;
}

absl::Status OutputTail::TakeEnd() {
  for (const auto& output : outputs_) {
    output->WriteToAll(data::EndOfInput());
  }
  return absl::OkStatus();
}

}  // namespace laminar::engine
