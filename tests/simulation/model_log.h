// ModelLog: the log of epochs of the simulated cluster, as CheckpointLog is specified: every change
// is one conditional write. It watches, independently of what it answers, that the log stays what
// it has to be. And the lease beside it, and what the user wants.
#ifndef LAMINAR_TESTS_SIMULATION_MODEL_LOG_H_
#define LAMINAR_TESTS_SIMULATION_MODEL_LOG_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "base/status.h"
#include "bugs.h"
#include "control/metadata/checkpoint_log.h"
#include "model_service.h"
#include "world.h"

namespace laminar::simulation {

class ModelLog : public ModelService {
 public:
  ModelLog(World& world, Bug bug)
      : ModelService(world,
                     kLogNode,
                     base::Outcome::NotApplied(base::Unavailable("the log refuses"))),
        bug_(bug) {}

  void Claim(Node from,
             const std::string& nonce,
             std::function<void(absl::StatusOr<data::Generation>)> done);
  void Append(Node from,
              const control::EpochRecord& record,
              std::function<void(base::Outcome)> done);
  void ReadBack(Node from,
                const control::EpochRecord& record,
                std::function<void(base::Outcome)> done);
  void Mark(Node from,
            data::Epoch epoch,
            data::Generation generation,
            std::function<void(base::Outcome)> done);
  void Remove(Node from,
              const std::vector<data::Epoch>& epochs,
              data::Generation generation,
              std::function<void(base::Outcome)> done);
  void Read(Node from, std::function<void(absl::StatusOr<control::CheckpointHistory>)> done);

  const control::CheckpointHistory& history() const { return history_; }
  /// Called when an epoch has become complete, is marked, or was forgotten.
  std::function<void(const control::EpochRecord&)> on_append;
  std::function<void(const control::EpochRecord&)> on_mark;
  std::function<void(const control::EpochRecord&)> on_remove;

 private:
  base::Outcome Fenced(data::Generation generation) const;
  base::Outcome AppendNow(const control::EpochRecord& record);
  base::Outcome MarkNow(data::Epoch epoch, data::Generation generation);
  base::Outcome RemoveNow(const std::vector<data::Epoch>& epochs, data::Generation generation);
  data::Generation ClaimNow(const std::string& nonce);

  const Bug bug_;
  control::CheckpointHistory history_;
  std::map<std::string, data::Generation> claims_;
  std::set<std::string> nonces_;    // of records that were ever appended
  std::set<data::Epoch> recorded_;  // ever
  data::Generation newest_record_generation_;
};

/// What the user wants of the job, and who may run it.
struct Wishes {
  bool running = true;
  bool finished = false;  // the job has come to its end by itself
  int parallelism = 2;
  int64_t starts = 0;  // grows when a failed job is to be started again
  int64_t checkpoints = 0;
};

struct LeaseAnswer {
  bool granted = false;
  Wishes wishes;
};

class ModelLease {
 public:
  static constexpr int64_t kNanos = 6 * kSecond;

  explicit ModelLease(World& world) : world_(world) {}

  void Ask(Node from, std::function<void(std::optional<LeaseAnswer>)> done);
  void Finish(Node from);
  /// The holder loses it, and does not know.
  void Expire();

  Wishes wishes;

 private:
  World& world_;
  Node holder_ = -1;
  int64_t expires_ = 0;
  Node banned_ = -1;
  int64_t banned_until_ = 0;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_MODEL_LOG_H_
