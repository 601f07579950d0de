#include "control/checkpoint/verify.h"

#include <algorithm>
#include <utility>

#include <fmt/format.h>

#include "base/crc32c.h"

namespace laminar::control {

namespace {

// Bytes of an object that are held at once.
constexpr int64_t kVerifyBytes = int64_t{8} << 20;

absl::Status Missing(const storage::ObjectStore& store, const std::string& key) {
  return base::DataLoss(fmt::format("{} of {} is missing", key, store.url()));
}

absl::Status Damaged(const storage::ObjectStore& store,
                     const std::string& key,
                     const std::string& what) {
  return base::DataLoss(fmt::format("{} of {} is damaged: {}", key, store.url(), what));
}

absl::Status CheckLength(const storage::ObjectStore& store,
                         const rpc::StoredObject& object,
                         int64_t bytes) {
  if (bytes != object.bytes) {
    return Damaged(store, object.key,
                   fmt::format("it has {} bytes and should have {}", bytes, object.bytes));
  }
  return absl::OkStatus();
}

absl::Status CheckChecksum(const storage::ObjectStore& store,
                           const rpc::StoredObject& object,
                           uint32_t crc32c) {
  if (crc32c != object.crc32c) {
    return Damaged(
        store, object.key,
        fmt::format("its checksum is {:08x} and should be {:08x}", crc32c, object.crc32c));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status CheckObjectIsThere(storage::ObjectStore& store, const rpc::StoredObject& object) {
  const absl::StatusOr<storage::ObjectInfo> info = store.Head(object.key);
  if (absl::IsNotFound(info.status())) {
    return Missing(store, object.key);
  }
  LAMINAR_RETURN_IF_ERROR(info.status());
  return CheckLength(store, object, info->bytes);
}

absl::Status CheckObject(storage::ObjectStore& store, const rpc::StoredObject& object) {
  LAMINAR_RETURN_IF_ERROR(CheckObjectIsThere(store, object));
  uint32_t crc32c = base::Crc32c("");
  for (int64_t offset = 0; offset < object.bytes;) {
    const int64_t wanted = std::min(kVerifyBytes, object.bytes - offset);
    const absl::StatusOr<std::string> part = store.GetRange(object.key, offset, wanted);
    if (absl::IsNotFound(part.status())) {
      return Missing(store, object.key);
    }
    LAMINAR_RETURN_IF_ERROR(part.status());
    if (static_cast<int64_t>(part->size()) != wanted) {
      return CheckLength(store, object, offset + static_cast<int64_t>(part->size()));
    }
    crc32c = base::Crc32c(*part, crc32c);
    offset += wanted;
  }
  return CheckChecksum(store, object, crc32c);
}

absl::StatusOr<Manifest> ReadManifest(storage::ObjectStore& store,
                                      const std::string& pipeline,
                                      const EpochRecord& record) {
  const rpc::StoredObject& object = record.manifest;
  const absl::StatusOr<std::string> bytes = store.Get(object.key);
  if (absl::IsNotFound(bytes.status())) {
    return Missing(store, object.key);
  }
  LAMINAR_RETURN_IF_ERROR(bytes.status());
  LAMINAR_RETURN_IF_ERROR(CheckLength(store, object, static_cast<int64_t>(bytes->size())));
  LAMINAR_RETURN_IF_ERROR(CheckChecksum(store, object, base::Crc32c(*bytes)));
  LAMINAR_ASSIGN_OR_RETURN(
      Manifest manifest, DecodeManifest(*bytes, fmt::format("{} of {}", object.key, store.url())));
  if (manifest.header.epoch != record.epoch || manifest.header.generation != record.generation) {
    return Damaged(store, object.key,
                   fmt::format("it is of epoch {} of generation {}", manifest.header.epoch.value,
                               manifest.header.generation.value));
  }
  if (manifest.header.pipeline != pipeline) {
    return Damaged(
        store, object.key,
        fmt::format("it belongs to pipeline {} and not to {}", manifest.header.pipeline, pipeline));
  }
  return manifest;
}

VerifyReport VerifyObjects(storage::ObjectStore& store,
                           const std::vector<rpc::StoredObject>& objects) {
  VerifyReport report;
  for (const rpc::StoredObject& object : objects) {
    ++report.num_objects;
    report.bytes += object.bytes;
    if (absl::Status status = CheckObject(store, object); !status.ok()) {
      report.problems.push_back({.key = object.key, .status = std::move(status)});
    }
  }
  return report;
}

VerifyReport VerifyCheckpoint(storage::ObjectStore& store,
                              const std::string& pipeline,
                              const EpochRecord& record) {
  const absl::StatusOr<Manifest> manifest = ReadManifest(store, pipeline, record);
  VerifyReport report;
  if (manifest.ok()) {
    report = VerifyObjects(store, ReachableObjects(*manifest));
  } else {
    report.problems.push_back({.key = record.manifest.key, .status = manifest.status()});
  }
  ++report.num_objects;
  report.bytes += record.manifest.bytes;
  return report;
}

}  // namespace laminar::control
