// InputGate: merges the channels that lead to a task into one sequence of events: takes from them
// in turn, combines their watermarks, aligns their barriers, counts their ends. Owned by the task;
// task's thread.
#ifndef LAMINAR_ENGINE_NETWORK_INPUT_GATE_H_
#define LAMINAR_ENGINE_NETWORK_INPUT_GATE_H_

#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <variant>
#include <vector>

#include "data/stream_event.h"
#include "engine/network/barrier_aligner.h"
#include "engine/network/channel.h"
#include "engine/network/row_audit.h"
#include "engine/network/watermark_combiner.h"

namespace laminar::engine {

/// Rows of one input of the task's first operator.
struct InputChunk {
  int input = 0;
  data::Chunk chunk;
};

/// All channels of one input have ended; the others may go on.
struct InputEnd {
  int input = 0;
};

/// EndOfInput: every input has ended.
using GateEvent =
    std::variant<InputChunk, InputEnd, data::Watermark, data::Barrier, data::EndOfInput>;

class InputGate {
 public:
  struct Entry {
    std::shared_ptr<Channel> channel;
    int input = 0;
  };

  /// REQUIRES: at least one channel, and one for each input from 0 on.
  explicit InputGate(std::vector<Entry> channels);

  /// Returns the next event, or nullopt when nothing can be taken now; the task is woken when that
  /// changes.
  std::optional<GateEvent> Next();

  /// Whether some channel waits for the barriers of others.
  bool aligning() const { return aligner_.aligning(); }
  const std::vector<Entry>& channels() const { return channels_; }
  /// What was taken, by input.
  const std::vector<RowAudit>& audits() const { return audits_; }

 private:
  std::optional<GateEvent> TakeFrom(size_t channel);
  void End(size_t channel);
  std::optional<GateEvent> TakePending();

  std::vector<Entry> channels_;
  WatermarkCombiner watermarks_;
  BarrierAligner aligner_;
  std::vector<bool> ended_;
  std::vector<size_t> num_open_by_input_;
  size_t num_open_inputs_;
  std::vector<RowAudit> audits_;   // by input
  size_t next_ = 0;                // the channel whose turn it is
  std::deque<GateEvent> pending_;  // what one event of a channel has led to; at most three
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_NETWORK_INPUT_GATE_H_
