// Opens the store that a URL names. Called by roles at start; what it gives lives as long as its
// user. Any thread.
#ifndef LAMINAR_STORAGE_OPEN_STORE_H_
#define LAMINAR_STORAGE_OPEN_STORE_H_

#include <memory>
#include <string>

#include "base/status.h"
#include "storage/object_store.h"
#include "storage/store_options.h"

namespace laminar::storage {

/// The store at `url` (docs/object_stores.md lists the forms). Nothing is asked of it yet: a store
/// that cannot be reached shows at its first call, and ProbeStore says why. InvalidArgument when
/// the URL or a setting is wrong.
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenStore(const std::string& url,
                                                       const StoreOptions& options = {});

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_OPEN_STORE_H_
