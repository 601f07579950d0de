#include "model_store.h"

#include <iterator>
#include <optional>

#include "base/random.h"

namespace laminar::simulation {

uint32_t Rows::Checksum() const {
  uint64_t sum = 1;
  for (const auto& [key, count] : counts) {
    sum = base::MixBits(sum ^ (static_cast<uint64_t>(key) << 40) ^ static_cast<uint64_t>(count));
  }
  return static_cast<uint32_t>(sum);
}

void ModelStore::Put(Node from,
                     const std::string& key,
                     ModelObject object,
                     std::function<void(base::Outcome)> done) {
  Change(
      from, Label::kStorePut,
      [this, key, object = std::move(object)] {
        if (world_.Happens(disk_full)) {
          return base::Outcome::NotApplied(base::ResourceExhausted("the disk is full"));
        }
        const auto [found, added] = objects_.try_emplace(key, object);
        if (!added && found->second.crc32c != object.crc32c) {
          world_.Violation("an object was written again with other bytes: " + key);
        }
        return base::Outcome::Applied();
      },
      std::move(done));
}

void ModelStore::Get(Node from,
                     const std::string& key,
                     std::function<void(absl::StatusOr<ModelObject>)> done) {
  Read<ModelObject>(
      from, Label::kStoreGet,
      [this, key]() -> absl::StatusOr<ModelObject> {
        const auto found = objects_.find(key);
        if (found == objects_.end()) {
          return base::NotFound("no such object: " + key);
        }
        if (found->second.damaged) {
          return base::DataLoss("an object is damaged: " + key);
        }
        return found->second;
      },
      std::move(done));
}

void ModelStore::Head(Node from,
                      const std::string& key,
                      std::function<void(absl::StatusOr<int64_t>)> done) {
  Read<int64_t>(
      from, Label::kStoreHead,
      [this, key]() -> absl::StatusOr<int64_t> {
        const auto found = objects_.find(key);
        if (found == objects_.end()) {
          return base::NotFound("no such object: " + key);
        }
        return found->second.bytes;
      },
      std::move(done));
}

void ModelStore::List(Node from,
                      std::function<void(absl::StatusOr<std::vector<std::string>>)> done) {
  Read<std::vector<std::string>>(
      from, Label::kStoreList,
      [this] {
        std::vector<std::string> keys;
        for (const auto& [key, object] : objects_) {
          keys.push_back(key);
        }
        return keys;
      },
      std::move(done));
}

void ModelStore::Delete(Node from,
                        const std::string& key,
                        std::function<void(base::Outcome)> done) {
  Change(
      from, Label::kStoreDelete,
      [this, key] {
        if (objects_.erase(key) > 0) {
          on_delete(key);
        }
        return base::Outcome::Applied();
      },
      std::move(done));
}

std::string ModelStore::Damage(uint64_t n) {
  if (objects_.empty()) {
    return "";
  }
  const auto object = std::next(objects_.begin(), static_cast<int64_t>(n % objects_.size()));
  object->second.damaged = true;
  was_damaged_ = true;
  return object->first;
}

void ModelStore::Repair() {
  for (auto& [key, object] : objects_) {
    object.damaged = false;
  }
}

}  // namespace laminar::simulation
