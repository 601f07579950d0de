// StoreOptions: all that opening a store may depend on beside its URL. Plain value.
#ifndef LAMINAR_STORAGE_STORE_OPTIONS_H_
#define LAMINAR_STORAGE_STORE_OPTIONS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>

#include "base/environment.h"
#include "storage/storage_limits.h"

namespace laminar::storage {

struct StoreOptions {
  /// What a user wrote beside the URL, by the names of docs/object_stores.md: region, endpoint,
  /// access_key_id and so on. They win over the environment. Unknown names are errors.
  std::map<std::string, std::string> settings;

  /// One request, from connecting to the last byte of its answer, where nothing moves any more.
  int64_t request_timeout_ms = 30'000;
  /// A call with all its attempts. Every part of a large object has this time of its own.
  int64_t call_timeout_ms = 60'000;
  /// Objects beyond this are sent in parts of this size.
  int64_t part_bytes = kPartBytesDefault;

  /// Where variables come from; tests hand in their own.
  std::function<std::optional<std::string>(const std::string&)> environment =
      base::EnvironmentVariable;
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_STORE_OPTIONS_H_
