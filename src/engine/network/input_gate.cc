#include "engine/network/input_gate.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"

namespace laminar::engine {

InputGate::InputGate(std::vector<Entry> channels)
    : channels_(std::move(channels)),
      watermarks_(channels_.size()),
      aligner_(channels_.size()),
      ended_(channels_.size(), false) {
  for (const Entry& entry : channels_) {
    const auto input = static_cast<size_t>(entry.input);
    num_open_by_input_.resize(std::max(num_open_by_input_.size(), input + 1), 0);
    ++num_open_by_input_[input];
  }
  num_open_inputs_ = num_open_by_input_.size();
  audits_.resize(num_open_inputs_);
  for (const size_t num_channels : num_open_by_input_) {
    LAMINAR_ASSERT(num_channels > 0, channels_.size());
  }
}

std::optional<GateEvent> InputGate::TakePending() {
  if (pending_.empty()) {
    return std::nullopt;
  }
  GateEvent event = std::move(pending_.front());
  pending_.pop_front();
  return event;
}

std::optional<GateEvent> InputGate::Next() {
  if (!pending_.empty()) {
    return TakePending();
  }
  size_t num_passed = 0;
  while (num_passed < channels_.size()) {
    const size_t channel = next_;
    next_ = next_ + 1 == channels_.size() ? 0 : next_ + 1;
    if (ended_[channel] || aligner_.held_back(channel) || channels_[channel].channel->empty()) {
      ++num_passed;
      continue;
    }
    // An event may lead to nothing (a watermark below the others); the channel has had its turn.
    num_passed = 0;
    if (std::optional<GateEvent> event = TakeFrom(channel); event.has_value()) {
      return event;
    }
  }
  return std::nullopt;
}

std::optional<GateEvent> InputGate::TakeFrom(size_t channel) {
  data::StreamEvent event = channels_[channel].channel->Pop();
  if (auto* chunk = std::get_if<data::Chunk>(&event)) {
    const int input = channels_[channel].input;
    audits_[static_cast<size_t>(input)].Add(*chunk);
    return InputChunk{input, std::move(*chunk)};
  }
  if (const auto* watermark = std::get_if<data::Watermark>(&event)) {
    return watermarks_.Update(channel, *watermark);
  }
  if (const auto* barrier = std::get_if<data::Barrier>(&event)) {
    return aligner_.Arrive(channel, *barrier);
  }
  End(channel);
  return TakePending();
}

void InputGate::End(size_t channel) {
  LAMINAR_ASSERT(!ended_[channel], channel);
  ended_[channel] = true;
  if (const std::optional<data::Barrier> barrier = aligner_.End(channel); barrier.has_value()) {
    pending_.emplace_back(*barrier);
  }
  // Its watermark stays in the combination: at its real end a stream has said Max; one that was
  // stopped earlier must not let windows close that it would have added to.
  const int input = channels_[channel].input;
  if (--num_open_by_input_[input] > 0) {
    return;
  }
  pending_.emplace_back(InputEnd{input});
  if (--num_open_inputs_ == 0) {
    pending_.emplace_back(data::EndOfInput());
  }
}

}  // namespace laminar::engine
