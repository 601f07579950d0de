// State directories for tests: over objects in memory, or in a folder.
#ifndef LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_FOR_TEST_H_
#define LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_FOR_TEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "control/checkpoint/manifest_for_test.h"
#include "control/checkpoint/state_directory.h"
#include "storage/object_store.h"

namespace laminar::control {

/// Lets several state directories use one store, as a bucket is used.
class BorrowedStoreForTest : public storage::ObjectStore {
 public:
  explicit BorrowedStoreForTest(storage::ObjectStore& store) : store_(store) {}
  std::string url() const override { return store_.url(); }
  base::Outcome Put(const std::string& key, std::string_view bytes) override {
    return store_.Put(key, bytes);
  }
  base::Outcome PutIfAbsent(const std::string& key, std::string_view bytes) override {
    return store_.PutIfAbsent(key, bytes);
  }
  base::Outcome PutFile(const std::string& key, const std::string& path) override {
    return store_.PutFile(key, path);
  }
  base::Outcome Delete(const std::string& key) override { return store_.Delete(key); }
  absl::StatusOr<std::string> Get(const std::string& key) override { return store_.Get(key); }
  absl::StatusOr<std::string> GetRange(const std::string& key,
                                       int64_t offset,
                                       int64_t size) override {
    return store_.GetRange(key, offset, size);
  }
  absl::Status GetFile(const std::string& key, const std::string& path) override {
    return store_.GetFile(key, path);
  }
  absl::StatusOr<storage::ObjectInfo> Head(const std::string& key) override {
    return store_.Head(key);
  }
  absl::StatusOr<std::vector<storage::ObjectInfo>> List(const std::string& prefix) override {
    return store_.List(prefix);
  }

 private:
  storage::ObjectStore& store_;
};

inline StateDirectoryOptions StateOptionsForTest(const std::string& location = "",
                                                 StateAccess access = StateAccess::kRun) {
  auto random = std::make_shared<base::Random>(1);
  return {.location = location,
          .access = access,
          .engine_version = "0.1.0",
          .clock = &base::SystemClock(),
          .random = [random] { return random->Next(); },
          .store = {}};
}

/// Completes an epoch of two files of state, as a job would. Returns its record.
inline EpochRecord AddCheckpointForTest(StateDirectory& directory,
                                        int64_t epoch,
                                        int64_t generation) {
  for (int subtask = 0; subtask < 2; ++subtask) {
    EXPECT_TRUE(directory.store()
                    .Put(StateFileKeyForTest(epoch, generation, subtask),
                         StateFileBytesForTest(epoch, subtask))
                    .applied());
  }
  Manifest manifest = ManifestForTest(epoch, generation);
  manifest.header.pipeline = directory.pipeline();
  const std::string bytes = EncodeManifest(manifest);
  const std::string key = ManifestKey({generation}, {epoch});
  EXPECT_TRUE(directory.store().PutIfAbsent(key, bytes).applied());
  EpochRecord record;
  record.epoch = {epoch};
  record.generation = {generation};
  record.manifest = StoredObjectForTest(key, bytes);
  record.nonce = key;
  EXPECT_TRUE(directory.log().AppendEpoch(record).applied());
  return record;
}

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_FOR_TEST_H_
