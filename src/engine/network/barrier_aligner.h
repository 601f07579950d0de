// BarrierAligner: holds back the channels whose barrier has come until the barriers of all the
// others have, so that a snapshot separates the same rows on every channel (Carbone et al.,
// Lightweight Asynchronous Snapshots, 2015). An epoch may be given up while its barriers are on
// their way, and a source that could not take one sends the next: a newer barrier ends the
// alignment of an older one, which never completes. Pure; owned by an InputGate.
#ifndef LAMINAR_ENGINE_NETWORK_BARRIER_ALIGNER_H_
#define LAMINAR_ENGINE_NETWORK_BARRIER_ALIGNER_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "data/stream_event.h"

namespace laminar::engine {

class BarrierAligner {
 public:
  explicit BarrierAligner(size_t num_channels);

  /// A barrier came on `channel`; returns it when all open channels have it now. One that is older
  /// than what is aligned, or was, counts for nothing. REQUIRES: the channel is open and not held
  /// back.
  std::optional<data::Barrier> Arrive(size_t channel, data::Barrier barrier);
  /// Nothing more comes on `channel`; returns the barrier that only waited for it.
  std::optional<data::Barrier> End(size_t channel);

  /// Whether events of the channel must wait.
  bool held_back(size_t channel) const { return states_[channel] == State::kHeldBack; }
  bool aligning() const { return num_held_back_ > 0; }

 private:
  enum class State { kOpen, kHeldBack, kEnded };

  std::optional<data::Barrier> Complete();
  void Release();

  std::vector<State> states_;
  size_t num_open_;  // neither held back nor ended
  size_t num_held_back_ = 0;
  data::Barrier current_;  // the newest seen
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_NETWORK_BARRIER_ALIGNER_H_
