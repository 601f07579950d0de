#include "engine/network/watermark_combiner.h"

#include <algorithm>

#include "base/assert.h"

namespace laminar::engine {

WatermarkCombiner::WatermarkCombiner(size_t num_channels) : channels_(num_channels) {
  LAMINAR_ASSERT(num_channels > 0, num_channels);
}

std::optional<data::Watermark> WatermarkCombiner::Update(size_t channel,
                                                         const data::Watermark& watermark) {
  LAMINAR_ASSERT(channel < channels_.size(), channel);
  data::Watermark& own = channels_[channel];
  own.time = std::max(own.time, watermark.time);
  own.idle = watermark.idle;

  bool idle = true;
  data::EventTime least = data::EventTime::Max();
  data::EventTime greatest = data::EventTime::Min();
  for (const data::Watermark& each : channels_) {
    greatest = std::max(greatest, each.time);
    if (!each.idle) {
      idle = false;
      least = std::min(least, each.time);
    }
  }
  const data::EventTime time = std::max(combined_.time, idle ? greatest : least);
  if (time == combined_.time && idle == combined_.idle) {
    return std::nullopt;
  }
  combined_ = {time, idle, watermark.arrival};
  return combined_;
}

}  // namespace laminar::engine
