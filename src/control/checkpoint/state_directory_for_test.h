// State directories for tests: over objects in memory, or in a folder.
#ifndef LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_FOR_TEST_H_
#define LAMINAR_CONTROL_CHECKPOINT_STATE_DIRECTORY_FOR_TEST_H_

#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/random.h"
#include "control/checkpoint/manifest_for_test.h"
#include "control/checkpoint/state_directory.h"

namespace laminar::control {

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
