// Records for the tests of the checkpoint log.
#ifndef LAMINAR_CONTROL_METADATA_EPOCH_RECORD_FOR_TEST_H_
#define LAMINAR_CONTROL_METADATA_EPOCH_RECORD_FOR_TEST_H_

#include <cstdint>
#include <string>

#include "control/metadata/checkpoint_log.h"

namespace laminar::control {

inline EpochRecord EpochRecordForTest(int64_t epoch, data::Generation generation) {
  EpochRecord record;
  record.epoch = {epoch};
  record.generation = generation;
  const std::string name = "g" + std::to_string(generation.value) + "-e" + std::to_string(epoch);
  record.manifest = {.key = "manifests/" + name + ".json", .bytes = 100 + epoch, .crc32c = 7};
  record.nonce = "nonce of " + name;
  record.completed.micros = 1'000'000 * epoch;
  return record;
}

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_EPOCH_RECORD_FOR_TEST_H_
