// OutputPartition: one outgoing edge of a task. Decides for each row which subtask of the consumer
// gets it; watermarks, barriers and the end go to all of them. Owned by the producing task; task's
// thread.
#ifndef LAMINAR_ENGINE_NETWORK_OUTPUT_PARTITION_H_
#define LAMINAR_ENGINE_NETWORK_OUTPUT_PARTITION_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "data/stream_event.h"
#include "engine/network/channel.h"
#include "engine/network/row_audit.h"
#include "plan/job_graph.h"

namespace laminar::engine {

class OutputPartition {
 public:
  /// `targets` are the channels to the consumer's subtasks, in their order; of a forward edge, the
  /// one to the subtask's counterpart. With one target every kind of partitioning is a forward.
  OutputPartition(const plan::Partitioning& partitioning,
                  int num_key_groups,
                  std::vector<std::shared_ptr<Channel>> targets);

  /// Whether a chunk may be written, whatever its rows. When not, the task is woken once that may
  /// have changed.
  bool HasCredit();
  /// Whether another event may be written; wakes as above.
  bool HasRoom();

  /// Hands the rows over. With `shared`, other partitions get the chunk, too. REQUIRES:
  /// HasCredit(), and PrepareForSharing when `shared`.
  void WriteChunk(data::Chunk chunk, bool shared);
  /// REQUIRES: HasRoom(), and no Chunk.
  void WriteToAll(const data::Watermark& watermark) { WriteEvent(watermark); }
  void WriteToAll(const data::Barrier& barrier) { WriteEvent(barrier); }
  void WriteToAll(const data::EndOfInput& end) { WriteEvent(end); }

  /// What was written since the job began.
  const RowAudit& audit() const { return audit_; }

  /// Share of the credits of the fullest channel that is taken, 0 to 1. Any thread.
  double fill() const;

 private:
  template <typename Event>
  void WriteEvent(const Event& event);
  void Scatter(data::Chunk chunk);
  void Broadcast(const data::Chunk& chunk);
  void WriteRoundRobin(data::Chunk chunk);

  const plan::Partitioning partitioning_;
  const uint32_t num_key_groups_;
  std::vector<std::shared_ptr<Channel>> targets_;
  size_t next_target_ = 0;  // of kRebalance
  RowAudit audit_;

  // Scratch of Scatter.
  std::vector<uint16_t> subtask_of_key_group_;
  std::vector<uint16_t> subtask_of_row_;
  std::vector<uint32_t> rows_per_target_;
  std::unique_ptr<data::Vector> hashes_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_NETWORK_OUTPUT_PARTITION_H_
