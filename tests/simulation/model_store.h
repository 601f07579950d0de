// ModelStore: the object store of the simulated cluster. Calls take time, fail before or after they
// have taken effect, or for a while all; objects can be damaged at rest, which reading notices (by
// their checksum) and looking at their size does not.
#ifndef LAMINAR_TESTS_SIMULATION_MODEL_STORE_H_
#define LAMINAR_TESTS_SIMULATION_MODEL_STORE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/outcome.h"
#include "base/status.h"
#include "control/checkpoint/manifest.h"
#include "model_service.h"
#include "rpc/checkpoint_messages.h"
#include "world.h"

namespace laminar::simulation {

/// Counts of keys: a file of state, or rows that a sink publishes.
struct Rows {
  std::vector<std::pair<uint32_t, int64_t>> counts;

  uint32_t Checksum() const;
};

struct ModelObject {
  std::shared_ptr<const Rows> rows;                   // of a file of state
  std::shared_ptr<const control::Manifest> manifest;  // of a manifest
  int64_t bytes = 0;
  uint32_t crc32c = 0;
  bool damaged = false;
};

class ModelStore : public ModelService {
 public:
  explicit ModelStore(World& world)
      : ModelService(world,
                     kStoreNode,
                     base::Outcome::NotApplied(base::Unavailable("the store refuses"))) {}

  void Put(Node from,
           const std::string& key,
           ModelObject object,
           std::function<void(base::Outcome)> done);
  void Get(Node from,
           const std::string& key,
           std::function<void(absl::StatusOr<ModelObject>)> done);
  void Head(Node from, const std::string& key, std::function<void(absl::StatusOr<int64_t>)> done);
  void List(Node from, std::function<void(absl::StatusOr<std::vector<std::string>>)> done);
  void Delete(Node from, const std::string& key, std::function<void(base::Outcome)> done);

  // Faults.
  Window disk_full;  // of puts: a fault
  /// Damages the n-th object, modulo their number; "" when there is none.
  std::string Damage(uint64_t n);
  void Repair();
  bool was_damaged() const { return was_damaged_; }

  const std::map<std::string, ModelObject>& objects() const { return objects_; }
  /// Called for every object that is deleted.
  std::function<void(const std::string&)> on_delete;

 private:
  std::map<std::string, ModelObject> objects_;
  bool was_damaged_ = false;
};

}  // namespace laminar::simulation

#endif  // LAMINAR_TESTS_SIMULATION_MODEL_STORE_H_
