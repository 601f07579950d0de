#include "storage/probe.h"

#include <algorithm>

namespace laminar::storage {
namespace {

using base::Outcome;

absl::Status Failed(const ObjectStore& store, std::string_view what, const absl::Status& why) {
  return base::MakeError(why.code(), "storage cannot be used: " + store.url() + ": " +
                                         std::string(what) + ": " +
                                         std::string(base::FromAbsl(why.message())));
}

absl::Status Unfit(const ObjectStore& store, std::string_view what) {
  return base::MakeError(
      absl::StatusCode::kFailedPrecondition,
      "storage cannot be used: " + store.url() + ": " + std::string(what) +
          " (state needs a store with conditional creates and reads that see every write: S3, "
          "MinIO since 2024, R2, Google Cloud Storage, Azure Blob, or a local folder)");
}

// An unknown outcome is decided by what is there.
absl::Status CheckCreated(ObjectStore& store,
                          const std::string& key,
                          const std::string& bytes,
                          const Outcome& created) {
  switch (created.state()) {
    case Outcome::State::kApplied:
      return absl::OkStatus();
    case Outcome::State::kNotApplied:
      return Failed(store, "an object cannot be created", created.status());
    case Outcome::State::kUnknown:
      break;
  }
  const auto there = store.Get(key);
  return there.ok() && *there == bytes
             ? absl::OkStatus()
             : Failed(store, "an object cannot be created", created.status());
}

absl::Status CheckSecondIsRefused(ObjectStore& store,
                                  const std::string& key,
                                  const std::string& bytes) {
  const Outcome second = store.PutIfAbsent(key, bytes + "second");
  if (second.applied()) {
    return Unfit(store, "of two creates of one name both succeeded");
  }
  if (second.state() == Outcome::State::kNotApplied &&
      second.status().code() != absl::StatusCode::kAlreadyExists) {
    return Failed(store, "a second create was not refused as it must be", second.status());
  }
  return absl::OkStatus();
}

absl::Status CheckRead(ObjectStore& store, const std::string& key, const std::string& bytes) {
  const auto back = store.Get(key);
  if (!back.ok()) {
    return Failed(store, "an object that was created cannot be read", back.status());
  }
  if (*back != bytes) {
    return Unfit(store, "an object that was created reads differently");
  }
  const auto listed = store.List(key);
  if (!listed.ok()) {
    return Failed(store, "objects cannot be listed", listed.status());
  }
  const ObjectInfo wanted{key, static_cast<int64_t>(bytes.size())};
  if (std::find(listed->begin(), listed->end(), wanted) == listed->end()) {
    return Unfit(store, "an object that was created is not listed");
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status ProbeStore(ObjectStore& store, const std::string& nonce) {
  const std::string key = "probe-" + nonce;
  const std::string bytes = "laminar probe " + nonce;
  const absl::Status created = CheckCreated(store, key, bytes, store.PutIfAbsent(key, bytes));
  if (!created.ok()) {
    (void)store.Delete(key);
    return created;
  }
  absl::Status checked = CheckSecondIsRefused(store, key, bytes);
  if (checked.ok()) {
    checked = CheckRead(store, key, bytes);
  }
  const Outcome removed = store.Delete(key);
  if (checked.ok() && removed.state() == Outcome::State::kNotApplied) {
    return Failed(store, "an object cannot be removed", removed.status());
  }
  return checked;
}

}  // namespace laminar::storage
