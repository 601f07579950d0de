#include "service_under_test.h"

#include <cstdio>
#include <unistd.h>

#include "base/environment.h"
#include "base/thread.h"
#include "storage/open_store.h"

namespace laminar::storage {
namespace {

std::string Variable(const std::string& name) {
  return base::EnvironmentVariable(name).value_or("");
}

ServiceUnderTest Find() {
  ServiceUnderTest service;
  service.bucket = Variable("LAMINAR_TEST_BUCKET");
  if (const std::string minio = Variable("LAMINAR_TEST_MINIO"); !minio.empty()) {
    service.kind = StoreKind::kS3;
    service.endpoint = minio;
    service.environment = {{"AWS_ACCESS_KEY_ID", Variable("LAMINAR_TEST_MINIO_USER")},
                           {"AWS_SECRET_ACCESS_KEY", Variable("LAMINAR_TEST_MINIO_PASSWORD")},
                           {"AWS_ENDPOINT_URL", minio}};
  } else if (const std::string gcs = Variable("LAMINAR_TEST_GCS"); !gcs.empty()) {
    service.kind = StoreKind::kGcs;
    service.endpoint = gcs;
    service.environment = {{"STORAGE_EMULATOR_HOST", gcs}};
  } else if (const std::string azurite = Variable("LAMINAR_TEST_AZURITE"); !azurite.empty()) {
    service.kind = StoreKind::kAzure;
    service.endpoint = azurite;
    service.environment = {{"AZURITE_BLOB_STORAGE_URL", azurite}};
  } else {
    std::fprintf(stderr,
                 "no service was started for these tests: run them by `tools/services run minio -- "
                 "PROGRAM` (or fake-gcs-server, azurite), as ctest does\n");
    base::EndProcess(3);
  }
  return service;
}

}  // namespace

std::string ServiceUnderTest::UrlIn(const std::string& other_bucket,
                                    const std::string& folder) const {
  switch (kind) {
    case StoreKind::kGcs:
      return "gs://" + other_bucket + "/" + folder;
    case StoreKind::kAzure:
      return "abfss://" + other_bucket + "/" + folder;
    default:
      return "s3://" + other_bucket + "/" + folder;
  }
}

StoreOptions ServiceUnderTest::Options() const {
  StoreOptions options;
  options.part_bytes = kPartBytesMin;
  options.environment = [variables = environment](const std::string& name) {
    const auto found = variables.find(name);
    return found == variables.end() ? std::nullopt : std::optional<std::string>(found->second);
  };
  return options;
}

const ServiceUnderTest& Service() {
  static const ServiceUnderTest service = Find();
  return service;
}

std::string FreshFolder() {
  static int number = 0;
  return "run-" + std::to_string(getpid()) + "/" + std::to_string(++number);
}

std::unique_ptr<ObjectStore> OpenFresh() {
  return OpenStore(Service().Url(FreshFolder()), Service().Options()).value();
}

std::unique_ptr<ObjectStore> OpenThrough(std::shared_ptr<HttpTransport> transport,
                                         const base::Clock& clock,
                                         const std::string& folder) {
  const StoreUrl url = ParseStoreUrl(Service().Url(folder)).value();
  const Settings settings({}, Service().Options().environment);
  RemoteParts parts;
  parts.transport = std::move(transport);
  parts.clock = &clock;
  parts.sleep = base::SleepNanos;
  parts.caller_options.backoff_first_ms = 1;
  parts.part_bytes = kPartBytesMin;
  switch (Service().kind) {
    case StoreKind::kGcs:
      return OpenGcs(url, settings, parts).value();
    case StoreKind::kAzure:
      return OpenAzure(url, settings, parts).value();
    default:
      return OpenS3(url, settings, parts).value();
  }
}

}  // namespace laminar::storage
