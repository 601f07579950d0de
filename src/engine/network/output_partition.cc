#include "engine/network/output_partition.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "data/key_group.h"
#include "engine/network/chunk_sharing.h"

namespace laminar::engine {

using Kind = plan::Partitioning::Kind;

OutputPartition::OutputPartition(const plan::Partitioning& partitioning,
                                 int num_key_groups,
                                 std::vector<std::shared_ptr<Channel>> targets)
    : partitioning_(partitioning),
      num_key_groups_(static_cast<uint32_t>(num_key_groups)),
      targets_(std::move(targets)) {
  LAMINAR_ASSERT(!targets_.empty() && targets_.size() <= base::kParallelismMax, targets_.size());
  LAMINAR_ASSERT(partitioning_.kind != Kind::kForward || targets_.size() == 1, targets_.size());
  if (partitioning_.kind != Kind::kHash || targets_.size() == 1) {
    return;
  }
  subtask_of_key_group_.reserve(num_key_groups_);
  for (uint32_t group = 0; group < num_key_groups_; ++group) {
    subtask_of_key_group_.push_back(static_cast<uint16_t>(
        data::SubtaskOfKeyGroup(group, num_key_groups_, static_cast<uint32_t>(targets_.size()))));
  }
  subtask_of_row_.resize(base::kRowsPerChunkMax);
  rows_per_target_.resize(targets_.size());
  hashes_ = std::make_unique<data::Vector>(data::LogicalType::HASH);
}

bool OutputPartition::HasCredit() {
  if (partitioning_.kind == Kind::kRebalance) {
    // Each is asked, so that each wakes the task.
    bool any = false;
    for (const auto& target : targets_) {
      any = target->HasCredit() || any;
    }
    return any;
  }
  return std::all_of(targets_.begin(), targets_.end(),
                     [](const auto& target) { return target->HasCredit(); });
}

bool OutputPartition::HasRoom() {
  return std::all_of(targets_.begin(), targets_.end(),
                     [](const auto& target) { return target->HasRoom(); });
}

void OutputPartition::WriteChunk(data::Chunk chunk, bool shared) {
  LAMINAR_ASSERT(chunk.num_rows() > 0 && chunk.num_rows() <= base::kRowsPerChunkMax,
                 chunk.num_rows());
  if (!shared) {
    PrepareForSharing(chunk);
  }
  audit_.Add(chunk,
             partitioning_.kind == Kind::kBroadcast ? static_cast<int64_t>(targets_.size()) : 1);
  const bool hash = partitioning_.kind == Kind::kHash;
  if (targets_.size() == 1 || (hash && partitioning_.columns.empty())) {
    targets_[0]->Push(std::move(chunk));
  } else if (hash) {
    Scatter(std::move(chunk));
  } else if (partitioning_.kind == Kind::kBroadcast) {
    Broadcast(chunk);
  } else {
    WriteRoundRobin(std::move(chunk));
  }
}

void OutputPartition::Broadcast(const data::Chunk& chunk) {
  for (const auto& target : targets_) {
    target->Push(ShareWithTask(chunk));
  }
}

void OutputPartition::WriteRoundRobin(data::Chunk chunk) {
  for (size_t i = 0; i < targets_.size(); ++i) {
    Channel& target = *targets_[next_target_];
    next_target_ = (next_target_ + 1) % targets_.size();
    if (target.HasCredit()) {
      target.Push(std::move(chunk));
      return;
    }
  }
  LAMINAR_ASSERT(false, targets_.size());
}

void OutputPartition::Scatter(data::Chunk chunk) {
  const auto num_rows = static_cast<uint32_t>(chunk.num_rows());
  data::HashKeys(chunk, partitioning_.columns, *hashes_);
  const auto* hashes = duckdb::FlatVector::GetData<duckdb::hash_t>(*hashes_);
  std::fill(rows_per_target_.begin(), rows_per_target_.end(), 0);
  for (uint32_t row = 0; row < num_rows; ++row) {
    const uint16_t target = subtask_of_key_group_[data::KeyGroupOf(hashes[row], num_key_groups_)];
    subtask_of_row_[row] = target;
    ++rows_per_target_[target];
  }
  // One target for all rows: nothing to select.
  if (rows_per_target_[subtask_of_row_[0]] == num_rows) {
    targets_[subtask_of_row_[0]]->Push(std::move(chunk));
    return;
  }
  std::vector<data::SelectionVector> selections;
  selections.reserve(targets_.size());
  for (const uint32_t rows : rows_per_target_) {
    // Each owns its positions: the vectors that are selected keep them.
    selections.emplace_back(std::max<data::idx_t>(rows, 1));
  }
  std::fill(rows_per_target_.begin(), rows_per_target_.end(), 0);
  for (uint32_t row = 0; row < num_rows; ++row) {
    const uint16_t target = subtask_of_row_[row];
    selections[target].set_index(rows_per_target_[target]++, row);
  }
  for (size_t target = 0; target < targets_.size(); ++target) {
    if (rows_per_target_[target] > 0) {
      targets_[target]->Push(SelectForTask(chunk, selections[target], rows_per_target_[target]));
    }
  }
}

template <typename Event>
void OutputPartition::WriteEvent(const Event& event) {
  for (const auto& target : targets_) {
    target->Push(event);
  }
}
template void OutputPartition::WriteEvent(const data::Watermark& event);
template void OutputPartition::WriteEvent(const data::Barrier& event);
template void OutputPartition::WriteEvent(const data::EndOfInput& event);

double OutputPartition::fill() const {
  double fill = 0;
  for (const auto& target : targets_) {
    fill = std::max(fill, static_cast<double>(target->num_chunks()) / target->chunks_max());
  }
  return fill;
}

}  // namespace laminar::engine
