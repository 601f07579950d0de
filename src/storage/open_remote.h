// How remote stores are put together from a URL and settings: one function a kind of store, and
// what they all need. Used by OpenStore, and by tests with a transport and a clock of their own.
#ifndef LAMINAR_STORAGE_OPEN_REMOTE_H_
#define LAMINAR_STORAGE_OPEN_REMOTE_H_

#include <cstdint>
#include <memory>

#include "base/clock.h"
#include "base/status.h"
#include "storage/http_caller.h"
#include "storage/object_store.h"
#include "storage/settings.h"
#include "storage/store_url.h"

namespace laminar::storage {

struct RemoteParts {
  std::shared_ptr<HttpTransport> transport;
  const base::Clock* clock = nullptr;
  HttpCaller::Sleep sleep;
  HttpCaller::Options caller_options = {};
  int64_t part_bytes = 0;

  std::unique_ptr<HttpCaller> MakeCaller() const;
  /// For services on this machine: a second, and hardly any attempts.
  std::unique_ptr<HttpCaller> MakeMetadataCaller() const;
};

/// S3, MinIO, R2.
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenS3(const StoreUrl& url,
                                                    const Settings& settings,
                                                    const RemoteParts& parts);
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenGcs(const StoreUrl& url,
                                                     const Settings& settings,
                                                     const RemoteParts& parts);
absl::StatusOr<std::unique_ptr<ObjectStore>> OpenAzure(const StoreUrl& url,
                                                       const Settings& settings,
                                                       const RemoteParts& parts);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_OPEN_REMOTE_H_
