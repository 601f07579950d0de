#include "storage/folder_listing.h"

#include <algorithm>
#include <utility>

#include "base/file.h"
#include "storage/object_key.h"

namespace laminar::storage {
namespace {

bool IsGone(const absl::Status& status) { return status.code() == absl::StatusCode::kNotFound; }

// Adds the files of one folder to `objects` and its folders to `folders`, both as keys.
absl::Status ListOne(const std::string& root,
                     const std::string& below,
                     std::string_view prefix,
                     std::vector<ObjectInfo>& objects,
                     std::vector<std::string>& folders) {
  const auto names = base::ListFolder(base::JoinPath(root, below));
  if (!names.ok()) {
    return IsGone(names.status()) ? absl::OkStatus() : names.status();
  }
  for (const std::string& name : *names) {
    const std::string key = below + name;
    const bool on_the_way = prefix.starts_with(key + "/");
    if ((!key.starts_with(prefix) && !on_the_way) || !CheckKey(key).ok()) {
      continue;
    }
    const auto info = base::GetFileInfo(base::JoinPath(root, key));
    if (!info.ok()) {
      LAMINAR_RETURN_IF_ERROR(IsGone(info.status()) ? absl::OkStatus() : info.status());
    } else if (info->kind == base::FileKind::kFolder) {
      folders.push_back(key + "/");
    } else if (info->kind == base::FileKind::kFile && !on_the_way) {
      objects.push_back({key, info->bytes});
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<std::vector<ObjectInfo>> ListObjectsBelow(const std::string& folder,
                                                         std::string_view prefix) {
  std::vector<ObjectInfo> objects;
  const size_t slash = prefix.rfind('/');
  const size_t known = slash == std::string_view::npos ? 0 : slash + 1;
  // A key has a bounded number of parts, so that links which lead back up end, too.
  std::vector<std::string> folders = {std::string(prefix.substr(0, known))};
  while (!folders.empty()) {
    const std::string below = std::move(folders.back());
    folders.pop_back();
    LAMINAR_RETURN_IF_ERROR(ListOne(folder, below, prefix, objects, folders));
  }
  std::sort(objects.begin(), objects.end(),
            [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
  return objects;
}

}  // namespace laminar::storage
