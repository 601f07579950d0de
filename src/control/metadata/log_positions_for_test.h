// Positions of a log in memory that several logs share, with the faults of a network on command:
// answers that are lost, requests that are lost, and requests that arrive much later.
#ifndef LAMINAR_CONTROL_METADATA_LOG_POSITIONS_FOR_TEST_H_
#define LAMINAR_CONTROL_METADATA_LOG_POSITIONS_FOR_TEST_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "control/metadata/log_positions.h"

namespace laminar::control {

/// What all logs share.
struct SharedPositionsForTest {
  enum class Fault { kNone, kAnswerLost, kRequestLost, kDelayed, kReadFails };

  std::map<int64_t, std::string> entries;
  std::vector<std::pair<int64_t, std::string>> delayed;
  /// Asked before every call; kNone where unset.
  std::function<Fault(bool is_create)> next_fault;
  /// Called before every create: others may write in between.
  std::function<void(int64_t position)> before_create;

  /// What was delayed arrives.
  void Deliver() {
    for (auto& [position, bytes] : delayed) {
      entries.emplace(position, std::move(bytes));
    }
    delayed.clear();
  }
};

class PositionsForTest : public LogPositions {
 public:
  using Fault = SharedPositionsForTest::Fault;

  explicit PositionsForTest(SharedPositionsForTest& shared) : shared_(shared) {}

  std::string Name(int64_t position) const override {
    return "position " + std::to_string(position);
  }
  absl::StatusOr<int64_t> Newest() override {
    if (Next(false) == Fault::kReadFails) {
      return base::Unavailable("no list");
    }
    return shared_.entries.empty() ? 0 : shared_.entries.rbegin()->first;
  }
  absl::StatusOr<std::string> Get(int64_t position) override {
    const auto entry = shared_.entries.find(position);
    if (entry == shared_.entries.end()) {
      return base::NotFound("no such position");
    }
    return entry->second;
  }
  base::Outcome Create(int64_t position, std::string_view bytes) override {
    if (shared_.before_create) {
      std::exchange(shared_.before_create, nullptr)(position);
    }
    const Fault fault = Next(true);
    if (fault == Fault::kDelayed) {
      shared_.delayed.emplace_back(position, bytes);
    }
    if (fault == Fault::kDelayed || fault == Fault::kRequestLost) {
      return base::Outcome::Unknown(base::Unavailable("no answer"));
    }
    const bool created = shared_.entries.emplace(position, bytes).second;
    if (fault == Fault::kAnswerLost) {
      return base::Outcome::Unknown(base::Unavailable("no answer"));
    }
    return created ? base::Outcome::Applied()
                   : base::Outcome::NotApplied(absl::AlreadyExistsError("it is there"));
  }
  void RemoveBelow(int64_t position) override {
    shared_.entries.erase(shared_.entries.begin(), shared_.entries.lower_bound(position));
  }

 private:
  Fault Next(bool is_create) {
    return shared_.next_fault ? shared_.next_fault(is_create) : Fault::kNone;
  }

  SharedPositionsForTest& shared_;
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_LOG_POSITIONS_FOR_TEST_H_
