#include "engine/network/barrier_aligner.h"

#include "base/assert.h"

namespace laminar::engine {

BarrierAligner::BarrierAligner(size_t num_channels)
    : states_(num_channels, State::kOpen), num_open_(num_channels) {}

std::optional<data::Barrier> BarrierAligner::Arrive(size_t channel, data::Barrier barrier) {
  LAMINAR_ASSERT(states_[channel] == State::kOpen, channel);
  if (barrier.epoch < current_.epoch) {
    return std::nullopt;
  }
  if (barrier.epoch > current_.epoch) {
    Release();
  }
  current_ = barrier;
  states_[channel] = State::kHeldBack;
  ++num_held_back_;
  --num_open_;
  return Complete();
}

std::optional<data::Barrier> BarrierAligner::End(size_t channel) {
  LAMINAR_ASSERT(states_[channel] == State::kOpen, channel);
  states_[channel] = State::kEnded;
  --num_open_;
  return Complete();
}

std::optional<data::Barrier> BarrierAligner::Complete() {
  if (num_open_ > 0 || num_held_back_ == 0) {
    return std::nullopt;
  }
  Release();
  return current_;
}

void BarrierAligner::Release() {
  for (State& state : states_) {
    if (state == State::kHeldBack) {
      state = State::kOpen;
      ++num_open_;
    }
  }
  num_held_back_ = 0;
}

}  // namespace laminar::engine
