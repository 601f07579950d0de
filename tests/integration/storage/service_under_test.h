// The service that tools/services has started for this run, and stores on it. A run without one is
// a failure: these tests are never skipped.
#ifndef LAMINAR_TESTS_INTEGRATION_STORAGE_SERVICE_UNDER_TEST_H_
#define LAMINAR_TESTS_INTEGRATION_STORAGE_SERVICE_UNDER_TEST_H_

#include <map>
#include <memory>
#include <string>

#include "storage/object_store.h"
#include "storage/open_remote.h"
#include "storage/store_options.h"
#include "storage/store_url.h"

namespace laminar::storage {

struct ServiceUnderTest {
  StoreKind kind = StoreKind::kS3;
  std::string endpoint;  // http://127.0.0.1:PORT
  std::string bucket;
  /// The variables that a user of this service has set.
  std::map<std::string, std::string> environment;

  /// The URL of a folder in its bucket, or in another one.
  std::string Url(const std::string& folder) const { return UrlIn(bucket, folder); }
  std::string UrlIn(const std::string& other_bucket, const std::string& folder) const;
  /// Options with this environment alone, and small parts.
  StoreOptions Options() const;
};

/// Ends the process with a message when no service was started.
const ServiceUnderTest& Service();

/// A folder name that no other test of this run has.
std::string FreshFolder();

/// A store in a fresh folder.
std::unique_ptr<ObjectStore> OpenFresh();

/// A store that sends through `transport`, by the time of `clock`.
std::unique_ptr<ObjectStore> OpenThrough(std::shared_ptr<HttpTransport> transport,
                                         const base::Clock& clock,
                                         const std::string& folder);

}  // namespace laminar::storage

#endif  // LAMINAR_TESTS_INTEGRATION_STORAGE_SERVICE_UNDER_TEST_H_
