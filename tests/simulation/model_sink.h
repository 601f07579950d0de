// ModelSink: the world outside, where the sinks' output becomes visible: sinks stage rows under a
// name, a commit publishes them, once whatever happens. It knows what should be there: every key's
// count goes up by one from row to row, and no row is published before its epoch is complete.
#ifndef LAMINAR_TESTS_SIMULATION_MODEL_SINK_H_
#define LAMINAR_TESTS_SIMULATION_MODEL_SINK_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "base/outcome.h"
#include "data/epoch.h"
#include "model_service.h"
#include "model_store.h"
#include "world.h"

namespace laminar::simulation {

class ModelSink : public ModelService {
 public:
  ModelSink(World& world, uint32_t num_keys)
      : ModelService(world,
                     kSinkNode,
                     base::Outcome::Unknown(base::Unavailable("the sink refuses"))),
        counts_(num_keys, 0) {}

  void Stage(Node from,
             const std::string& name,
             std::shared_ptr<const Rows> rows,
             std::function<void(base::Outcome)> done);
  /// NotApplied: it was never staged, or is gone.
  void Publish(Node from, const std::string& name, std::function<void(base::Outcome)> done);
  /// As if it had another name, which is a mistake.
  void PublishAs(Node from,
                 const std::string& name,
                 const std::string& as,
                 std::function<void(base::Outcome)> done);
  /// Removes what generations before this one have staged, but for `named`.
  void RemoveLeftovers(Node from,
                       data::Generation generation,
                       std::set<std::string> named,
                       std::function<void(base::Outcome)> done);

  /// The output of a complete epoch, in order; later ones after earlier ones.
  void Expect(data::Epoch epoch, const std::vector<std::string>& names);
  bool IsPublished(const std::string& name) const { return published_.contains(name); }
  const std::vector<int64_t>& counts() const { return counts_; }
  int64_t num_rows() const { return num_rows_; }
  /// Staged and not published, of generations before this one.
  std::vector<std::string> Leftovers(data::Generation generation) const;

 private:
  base::Outcome PublishNow(const std::string& name, const std::string& as);

  std::map<std::string, std::shared_ptr<const Rows>> staged_;
  std::set<std::string> published_;
  std::map<std::string, data::Epoch> expected_;
  std::vector<int64_t> counts_;
  int64_t num_rows_ = 0;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_MODEL_SINK_H_
