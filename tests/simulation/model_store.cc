#include "model_store.h"

#include <iterator>
#include <optional>

#include "base/random.h"

namespace laminar::simulation {
namespace {

base::Outcome OrUnknown(std::optional<base::Outcome> outcome) {
  return outcome.has_value() ? *std::move(outcome)
                             : base::Outcome::Unknown(base::Unavailable("no answer in time"));
}

template <typename T>
absl::StatusOr<T> OrUnavailable(std::optional<absl::StatusOr<T>> answer) {
  return answer.has_value() ? *std::move(answer)
                            : absl::StatusOr<T>(base::Unavailable("no answer in time"));
}

}  // namespace

uint32_t Rows::Checksum() const {
  uint64_t sum = 1;
  for (const auto& [key, count] : counts) {
    sum = base::MixBits(sum ^ (static_cast<uint64_t>(key) << 40) ^ static_cast<uint64_t>(count));
  }
  return static_cast<uint32_t>(sum);
}

base::Outcome ModelStore::Change(const std::function<void()>& change, bool takes_space) {
  if (world_.Happens(refusals)) {
    return base::Outcome::NotApplied(base::Unavailable("the store refuses"));
  }
  if (takes_space && world_.Happens(disk_full)) {
    return base::Outcome::NotApplied(base::ResourceExhausted("the disk is full"));
  }
  change();
  if (world_.Happens(lost_answers)) {
    return base::Outcome::Unknown(base::Unavailable("the answer was lost"));
  }
  return base::Outcome::Applied();
}

absl::Status ModelStore::BeforeRead() {
  return world_.Happens(refusals) || world_.Happens(lost_answers)
             ? base::Unavailable("the store refuses")
             : absl::OkStatus();
}

void ModelStore::Put(Node from,
                     const std::string& key,
                     ModelObject object,
                     std::function<void(base::Outcome)> done) {
  world_.Ask<base::Outcome>(
      from, kStoreNode, Label::kStorePut,
      [this, key, object = std::move(object)] {
        return Change(
            [&] {
              const auto [found, added] = objects_.try_emplace(key, object);
              if (!added && found->second.crc32c != object.crc32c) {
                world_.Violation("an object was written again with other bytes: " + key);
              }
            },
            /*takes_space=*/true);
      },
      [done = std::move(done)](auto outcome) { done(OrUnknown(std::move(outcome))); });
}

void ModelStore::Get(Node from,
                     const std::string& key,
                     std::function<void(absl::StatusOr<ModelObject>)> done) {
  using Answer = absl::StatusOr<ModelObject>;
  world_.Ask<Answer>(
      from, kStoreNode, Label::kStoreGet,
      [this, key]() -> Answer {
        LAMINAR_RETURN_IF_ERROR(BeforeRead());
        const auto found = objects_.find(key);
        if (found == objects_.end()) {
          return base::NotFound("no such object: " + key);
        }
        if (found->second.damaged) {
          return base::DataLoss("an object is damaged: " + key);
        }
        return found->second;
      },
      [done = std::move(done)](auto answer) { done(OrUnavailable(std::move(answer))); });
}

void ModelStore::Head(Node from,
                      const std::string& key,
                      std::function<void(absl::StatusOr<int64_t>)> done) {
  using Answer = absl::StatusOr<int64_t>;
  world_.Ask<Answer>(
      from, kStoreNode, Label::kStoreHead,
      [this, key]() -> Answer {
        LAMINAR_RETURN_IF_ERROR(BeforeRead());
        const auto found = objects_.find(key);
        if (found == objects_.end()) {
          return base::NotFound("no such object: " + key);
        }
        return found->second.bytes;
      },
      [done = std::move(done)](auto answer) { done(OrUnavailable(std::move(answer))); });
}

void ModelStore::List(Node from,
                      std::function<void(absl::StatusOr<std::vector<std::string>>)> done) {
  using Answer = absl::StatusOr<std::vector<std::string>>;
  world_.Ask<Answer>(
      from, kStoreNode, Label::kStoreList,
      [this]() -> Answer {
        LAMINAR_RETURN_IF_ERROR(BeforeRead());
        std::vector<std::string> keys;
        for (const auto& [key, object] : objects_) {
          keys.push_back(key);
        }
        return keys;
      },
      [done = std::move(done)](auto answer) { done(OrUnavailable(std::move(answer))); });
}

void ModelStore::Delete(Node from,
                        const std::string& key,
                        std::function<void(base::Outcome)> done) {
  world_.Ask<base::Outcome>(
      from, kStoreNode, Label::kStoreDelete,
      [this, key] {
        return Change(
            [&] {
              if (objects_.erase(key) > 0) {
                on_delete(key);
              }
            },
            /*takes_space=*/false);
      },
      [done = std::move(done)](auto outcome) { done(OrUnknown(std::move(outcome))); });
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
