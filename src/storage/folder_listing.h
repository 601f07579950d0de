// Lists the objects of a local store: every file below a folder by its path from there. Pure but
// for reading folders. BLOCKS.
#ifndef LAMINAR_STORAGE_FOLDER_LISTING_H_
#define LAMINAR_STORAGE_FOLDER_LISTING_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "storage/object_store.h"

namespace laminar::storage {

/// Files below `folder` whose path from there begins with `prefix`, sorted by that path; none when
/// there is no folder. Names that are no keys are left out, and so is what vanishes meanwhile.
absl::StatusOr<std::vector<ObjectInfo>> ListObjectsBelow(const std::string& folder,
                                                         std::string_view prefix);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_FOLDER_LISTING_H_
