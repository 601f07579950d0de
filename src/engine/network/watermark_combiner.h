// WatermarkCombiner: the watermark of several channels together, the least of theirs, idle channels
// left out. Pure; owned by an InputGate.
#ifndef LAMINAR_ENGINE_NETWORK_WATERMARK_COMBINER_H_
#define LAMINAR_ENGINE_NETWORK_WATERMARK_COMBINER_H_

#include <cstddef>
#include <optional>
#include <vector>

#include "data/stream_event.h"

namespace laminar::engine {

class WatermarkCombiner {
 public:
  /// REQUIRES: num_channels > 0.
  explicit WatermarkCombiner(size_t num_channels);

  /// Takes the watermark of one channel; one that goes back counts as the channel's last. Returns
  /// the combined watermark when its time has advanced or its idleness has changed. It never goes
  /// back: a channel that was idle and speaks of earlier times is late. When every channel is idle,
  /// so is the whole, at the greatest time that any of them has promised, as if the slower ones had
  /// been left out first.
  std::optional<data::Watermark> Update(size_t channel, const data::Watermark& watermark);

  const data::Watermark& combined() const { return combined_; }

 private:
  std::vector<data::Watermark> channels_;
  data::Watermark combined_;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_NETWORK_WATERMARK_COMBINER_H_
