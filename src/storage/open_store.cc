#include "storage/open_store.h"

#include "storage/local_store.h"
#include "storage/store_url.h"

namespace laminar::storage {

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenStore(const std::string& url,
                                                       const StoreOptions& options) {
  LAMINAR_ASSIGN_OR_RETURN(const StoreUrl parsed, ParseStoreUrl(url));
  if (parsed.kind == StoreKind::kLocal) {
    return std::make_unique<LocalStore>(parsed.path);
  }
  return base::InvalidArgument("no such store: " + url);
}

}  // namespace laminar::storage
