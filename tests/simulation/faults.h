// What goes wrong in a simulated cluster, and when: drawn from the seed before it begins, so that a
// failing history can be run again with some of it left out. Plain data.
#ifndef LAMINAR_TESTS_SIMULATION_FAULTS_H_
#define LAMINAR_TESTS_SIMULATION_FAULTS_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace laminar::simulation {

enum class FaultKind {
  kCrashWorker,
  kCrashController,
  kCrashInRecovery,  // of a worker or controller, shortly after a restore has begun
  kPauseWorker,
  kPauseController,
  kTaskFails,
  kPartition,
  kPartitionOneWay,
  kDelays,
  kDoubles,
  kLosses,
  kStoreRefuses,
  kStoreLosesAnswers,
  kStoreOutage,
  kDiskFull,
  kDamage,
  kLogRefuses,
  kLogLosesAnswers,
  kSinkRefuses,
  kSinkLosesAnswers,
  kLeaseExpires,
  kClockJump,
  kRescale,
  kStopAndStart,
  kUpgrade,  // a stop and start with every process replaced in between
  kSavepoint,
};
inline constexpr size_t kNumFaultKinds = 26;

inline constexpr std::array<std::string_view, kNumFaultKinds> kFaultNames = {"worker crash",
                                                                             "controller crash",
                                                                             "crash in recovery",
                                                                             "worker pause",
                                                                             "controller pause",
                                                                             "task failure",
                                                                             "partition",
                                                                             "one-way partition",
                                                                             "delays",
                                                                             "doubled messages",
                                                                             "lost messages",
                                                                             "store refusals",
                                                                             "store answers lost",
                                                                             "store outage",
                                                                             "disk full",
                                                                             "bit flip at rest",
                                                                             "log refusals",
                                                                             "log answers lost",
                                                                             "sink refusals",
                                                                             "sink answers lost",
                                                                             "lease expiry",
                                                                             "clock jump",
                                                                             "rescale",
                                                                             "stop and start",
                                                                             "upgrade",
                                                                             "savepoint"};

struct Fault {
  FaultKind kind = FaultKind::kCrashWorker;
  int64_t at = 0;
  int64_t duration = 0;
  uint64_t target = 0;  // what it means depends on the kind
  double rate = 0;
};

/// Between `from` and `until`, in order of time.
std::vector<Fault> DrawFaults(uint64_t seed, int64_t from, int64_t until);
std::string Describe(const Fault& fault);

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_FAULTS_H_
