#include "world.h"

#include <algorithm>
#include <cstdio>

#include "base/assert.h"

namespace laminar::simulation {
namespace {

// Of one history; most have some ten thousand.
constexpr int64_t kEventsMax = 3'000'000;

// A connection that has been silent for so long is given up.
constexpr int64_t kConnectionTimeout = 8 * kSecond;

}  // namespace

World::World(uint64_t seed, bool traces) : random_(seed), traces_(traces) {}

void World::Enqueue(int64_t time, uint32_t tie, Event event) {
  size_t slot = slots_.size();
  if (free_slots_.empty()) {
    slots_.push_back(std::move(event));
  } else {
    slot = free_slots_.back();
    free_slots_.pop_back();
    slots_[slot] = std::move(event);
  }
  queue_.push({.time = time, .tie = tie, .number = ++num_queued_, .slot = slot});
}

void World::After(int64_t nanos, Node node, Label label, Action action) {
  LAMINAR_ASSERT(nanos >= 0, nanos);
  Enqueue(now_ + nanos, static_cast<uint32_t>(random_.Next()),
          {.node = node,
           .incarnation = machines_[node].incarnation,
           .from = -1,
           .from_incarnation = 0,
           .label = label,
           .action = std::move(action)});
}

int64_t World::Latency() {
  int64_t nanos = 100'000 + static_cast<int64_t>(random_.Uniform(2 * kMillisecond));
  if (Happens(delays)) {
    nanos += static_cast<int64_t>(random_.Uniform(4 * kSecond));
  }
  return nanos;
}

void World::Send(Node from, Node to, Label label, Action action) {
  if (now_ < blocked_until_[from][to] || Happens(losses)) {
    return;
  }
  const int copies = Happens(doubles) ? 2 : 1;
  for (int i = 0; i < copies; ++i) {
    Enqueue(now_ + Latency(), static_cast<uint32_t>(random_.Next()),
            {.node = to,
             .incarnation = machines_[to].incarnation,
             .from = from,
             .from_incarnation = machines_[from].incarnation,
             .label = label,
             .action = i + 1 < copies ? action : std::move(action)});
  }
}

std::optional<int64_t> World::StreamArrival(Node from, Node to) {
  const int64_t blocked_until = blocked_until_[from][to];
  if (blocked_until > now_ + kConnectionTimeout) {
    return std::nullopt;
  }
  return std::max(now_, blocked_until) + Latency();
}

void World::Crash(Node node) {
  Machine& machine = machines_[node];
  machine.alive = false;
  ++machine.incarnation;
  machine.paused_until = 0;
  machine.waiting.clear();
}

void World::Restart(Node node) { machines_[node].alive = true; }

void World::Pause(Node node, int64_t nanos) {
  machines_[node].paused_until = now_ + nanos;
  // The fault itself is an event of a machine that never pauses.
  After(nanos, kStoreNode, Label::kFault, [this, node, until = now_ + nanos] {
    if (machines_[node].paused_until == until) {
      Resume(node);
    }
  });
}

void World::Resume(Node node) {
  Machine& machine = machines_[node];
  machine.paused_until = 0;
  std::vector<Event> waiting = std::move(machine.waiting);
  machine.waiting.clear();
  for (Event& event : waiting) {
    Enqueue(now_, /*tie=*/0, std::move(event));
  }
}

void World::Block(Node from, Node to, int64_t until) {
  blocked_until_[from][to] = std::max(blocked_until_[from][to], until);
}

void World::Heal() {
  for (auto& row : blocked_until_) {
    row.fill(0);
  }
  delays = {};
  doubles = {};
  losses = {};
  for (Node node = 0; node < kNumNodes; ++node) {
    if (machines_[node].paused_until > now_) {
      Resume(node);
    }
  }
}

void World::RunUntil(int64_t until) {
  while (!queue_.empty() && queue_.top().time < until && violations_.empty()) {
    const Queued next = queue_.top();
    queue_.pop();
    now_ = next.time;
    Event event = std::move(slots_[next.slot]);
    free_slots_.push_back(next.slot);
    Dispatch(std::move(event));
  }
  if (violations_.empty()) {
    now_ = until;
  }
}

void World::Dispatch(Event event) {
  Machine& machine = machines_[event.node];
  if (!machine.alive || machine.incarnation != event.incarnation) {
    return;
  }
  // What a machine had not made durable when it crashed is lost, or not: it had been sent.
  if (event.from >= 0 && machines_[event.from].incarnation != event.from_incarnation &&
      random_.OneIn(2)) {
    return;
  }
  if (machine.paused_until > now_) {
    machine.waiting.push_back(std::move(event));
    return;
  }
  if (++num_events_ > kEventsMax) {
    Violation("the cluster turns in circles: too many events");
    return;
  }
  Note(static_cast<uint64_t>(now_));
  Note(static_cast<uint64_t>(event.label) << 8 | static_cast<uint64_t>(event.node));
  event.action();
}

void World::Trace(const std::string& text) {
  if (traces_) {
    std::printf("%12.6f  %s\n", static_cast<double>(now_) / kSecond, text.c_str());
  }
}

void World::Violation(const std::string& what) {
  Trace("VIOLATION: " + what);
  violations_.push_back(what);
}

}  // namespace laminar::simulation
