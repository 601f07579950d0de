// What may name an object: checked once at the door of every store, so that the stores behind it
// need no quoting and no two of them understand a key differently. Pure; any thread.
#ifndef LAMINAR_STORAGE_OBJECT_KEY_H_
#define LAMINAR_STORAGE_OBJECT_KEY_H_

#include <cstdint>
#include <string_view>

#include "base/status.h"

namespace laminar::storage {

/// The hidden folder in which a local store writes what is not an object yet; no key begins so.
inline constexpr std::string_view kUnfinishedFolder = ".laminar-unfinished";

/// InvalidArgument unless `key` is as object_store.h says.
absl::Status CheckKey(std::string_view key);
/// The same for the beginning of a key: it may end anywhere, also behind a slash, and be empty.
absl::Status CheckPrefix(std::string_view prefix);
/// InvalidArgument when a range of bytes begins or ends before the object does.
absl::Status CheckRange(std::string_view key, int64_t offset, int64_t size);

/// The error of a local file that an object is copied to, so that a folder that is missing there
/// does not look like a missing object: NotFound becomes InvalidArgument.
absl::Status OfLocalFile(const absl::Status& status);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_OBJECT_KEY_H_
