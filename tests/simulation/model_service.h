// ModelService: what the store, the log and the sinks of a simulated cluster have in common: they
// are asked over the network, and a call may be refused, carried out without an answer, or never
// come. One thread.
#ifndef LAMINAR_TESTS_SIMULATION_MODEL_SERVICE_H_
#define LAMINAR_TESTS_SIMULATION_MODEL_SERVICE_H_

#include <functional>
#include <optional>
#include <utility>

#include "base/outcome.h"
#include "base/status.h"
#include "world.h"

namespace laminar::simulation {

class ModelService {
 public:
  // Faults.
  Window refusals;      // nothing happens, and that is said
  Window lost_answers;  // it happens, nobody knows

 protected:
  /// `refused`: what a change is answered while it is refused.
  ModelService(World& world, Node node, base::Outcome refused)
      : world_(world), node_(node), refused_(std::move(refused)) {}
  ~ModelService() = default;

  /// Makes a change, unless it is refused. Unknown when its answer is lost.
  void Change(Node from,
              Label label,
              std::function<base::Outcome()> change,
              std::function<void(base::Outcome)> done) {
    AskForChange(
        from, label,
        [this, change = std::move(change)] {
          if (world_.Happens(refusals)) {
            return refused_;
          }
          base::Outcome outcome = change();
          if (world_.Happens(lost_answers)) {
            return base::Outcome::Unknown(base::Unavailable("the answer was lost"));
          }
          return outcome;
        },
        std::move(done));
  }

  /// Reads, unless it is refused.
  template <typename T>
  void Read(Node from,
            Label label,
            std::function<absl::StatusOr<T>()> read,
            std::function<void(absl::StatusOr<T>)> done) {
    AskFor<T>(
        from, label,
        [this, read = std::move(read)]() -> absl::StatusOr<T> {
          if (world_.Happens(refusals) || world_.Happens(lost_answers)) {
            return base::Unavailable("the service refuses");
          }
          return read();
        },
        std::move(done));
  }

  /// Asks as it is; Unknown when no answer comes in time.
  void AskForChange(Node from,
                    Label label,
                    std::function<base::Outcome()> change,
                    std::function<void(base::Outcome)> done) {
    world_.Ask<base::Outcome>(
        from, node_, label, std::move(change),
        [done = std::move(done)](std::optional<base::Outcome> outcome) {
          done(outcome.has_value()
                   ? *std::move(outcome)
                   : base::Outcome::Unknown(base::Unavailable("no answer in time")));
        });
  }

  /// Asks as it is; Unavailable when no answer comes in time.
  template <typename T>
  void AskFor(Node from,
              Label label,
              std::function<absl::StatusOr<T>()> asked,
              std::function<void(absl::StatusOr<T>)> done) {
    using Answer = absl::StatusOr<T>;
    world_.Ask<Answer>(from, node_, label, std::move(asked),
                       [done = std::move(done)](std::optional<Answer> answer) {
                         done(answer.has_value() ? *std::move(answer)
                                                 : Answer(base::Unavailable("no answer in time")));
                       });
  }

  World& world_;
  const Node node_;

 private:
  const base::Outcome refused_;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_MODEL_SERVICE_H_
