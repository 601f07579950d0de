// World: virtual time, the machines and the network of a simulated cluster. Everything that happens
// is an event on a machine; the queue is ordered by (time, tie-break drawn from the seed), so that
// one seed gives one history, on every machine. Machines can crash (their events are forgotten) and
// pause (their events wait). One thread.
#ifndef LAMINAR_TESTS_SIMULATION_WORLD_H_
#define LAMINAR_TESTS_SIMULATION_WORLD_H_

#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <queue>
#include <string>
#include <tuple>
#include <utility>
#include <vector>

#include "base/random.h"

namespace laminar::simulation {

inline constexpr int64_t kMillisecond = 1'000'000;
inline constexpr int64_t kSecond = 1000 * kMillisecond;

using Node = int;
inline constexpr int kNumControllers = 2;
inline constexpr int kNumWorkers = 3;
inline constexpr Node kFirstWorker = kNumControllers;
inline constexpr Node kStoreNode = kFirstWorker + kNumWorkers;
inline constexpr Node kLogNode = kStoreNode + 1;
inline constexpr Node kLeaseNode = kLogNode + 1;
inline constexpr Node kSinkNode = kLeaseNode + 1;
inline constexpr int kNumNodes = kSinkNode + 1;

/// What an event is about; part of the trace.
enum class Label : uint32_t {
  kTimer,
  kStorePut,
  kStoreGet,
  kStoreHead,
  kStoreList,
  kStoreDelete,
  kLogClaim,
  kLogAppend,
  kLogReadBack,
  kLogMark,
  kLogRemove,
  kLogRead,
  kLease,
  kSinkStage,
  kSinkPublish,
  kSinkClean,
  kHeartbeat,
  kDeploy,
  kRestore,
  kRun,
  kCancel,
  kBarrier,
  kSnapshot,
  kFrame,
  kSourceTick,
  kFault,
  kAnswer,
  kValue,
};

/// Something that goes on until a time, for a share of all cases.
struct Window {
  int64_t until = 0;
  double rate = 0;
};

class World {
 public:
  World(uint64_t seed, bool traces);

  int64_t now() const { return now_; }
  base::Random& random() { return random_; }
  /// Whether a share `rate` of all cases is one now.
  bool Happens(const Window& window) {
    return now_ < window.until && random_.NextDouble() < window.rate;
  }

  using Action = std::function<void()>;
  /// Does something on a machine after a while, unless it crashes first.
  void After(int64_t nanos, Node node, Label label, Action action);
  /// Sends a message: it may be lost, delayed, doubled and overtaken by others.
  void Send(Node from, Node to, Label label, Action action);
  /// Asks a machine, which may be asked more than once, and answers at most once; nullopt when no
  /// answer has come in time.
  template <typename Answer>
  void Ask(Node from,
           Node to,
           Label label,
           std::function<Answer()> asked,
           std::function<void(std::optional<Answer>)> answered,
           int64_t timeout = 5 * kSecond) {
    auto done = std::make_shared<bool>(false);
    auto take = std::make_shared<std::function<void(std::optional<Answer>)>>(std::move(answered));
    Send(from, to, label, [this, from, to, done, take, asked = std::move(asked)] {
      Answer answer = asked();
      Send(to, from, Label::kAnswer, [done, take, answer = std::move(answer)] {
        if (!*done) {
          *done = true;
          (*take)(std::move(answer));
        }
      });
    });
    After(timeout, from, Label::kTimer, [done, take] {
      if (!*done) {
        *done = true;
        (*take)(std::nullopt);
      }
    });
  }
  /// When what is sent now on a connection that keeps order arrives; nullopt: the connection
  /// breaks.
  std::optional<int64_t> StreamArrival(Node from, Node to);

  void Crash(Node node);
  void Restart(Node node);
  void Pause(Node node, int64_t nanos);
  void Resume(Node node);
  bool alive(Node node) const { return machines_[node].alive; }
  uint32_t incarnation(Node node) const { return machines_[node].incarnation; }
  void Block(Node from, Node to, int64_t until);
  /// Ends every pause, partition and window of the network.
  void Heal();
  Window delays;
  Window doubles;
  Window losses;

  /// Runs all events before `until`, or up to the first violation.
  void RunUntil(int64_t until);
  /// Makes a number part of the trace.
  void Note(uint64_t value) { hash_ = base::MixBits(hash_ ^ value) + 0x9e3779b97f4a7c15ULL; }
  uint64_t trace_hash() const { return hash_; }
  int64_t num_events() const { return num_events_; }

  bool traces() const { return traces_; }
  void Trace(const std::string& text);
  void Violation(const std::string& what);
  const std::vector<std::string>& violations() const { return violations_; }

 private:
  struct Event {
    Node node;
    uint32_t incarnation;
    Node from;  // -1: itself
    uint32_t from_incarnation;
    Label label;
    Action action;
  };
  struct Queued {
    int64_t time;
    uint32_t tie;
    uint64_t number;
    size_t slot;
    bool operator>(const Queued& other) const {
      return std::tie(time, tie, number) > std::tie(other.time, other.tie, other.number);
    }
  };
  struct Machine {
    bool alive = true;
    uint32_t incarnation = 1;
    int64_t paused_until = 0;
    std::vector<Event> waiting;
  };

  void Enqueue(int64_t time, uint32_t tie, Event event);
  void Dispatch(Event event);
  int64_t Latency();

  base::Random random_;
  const bool traces_;
  int64_t now_ = 0;
  uint64_t num_queued_ = 0;
  int64_t num_events_ = 0;
  uint64_t hash_ = 0;
  std::priority_queue<Queued, std::vector<Queued>, std::greater<>> queue_;
  std::vector<Event> slots_;
  std::vector<size_t> free_slots_;
  std::array<Machine, kNumNodes> machines_;
  std::array<std::array<int64_t, kNumNodes>, kNumNodes> blocked_until_ = {};
  std::vector<std::string> violations_;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_WORLD_H_
