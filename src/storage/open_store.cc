#include "storage/open_store.h"

#include <algorithm>
#include <utility>

#include "base/clock.h"
#include "base/thread.h"
#include "storage/http_client.h"
#include "storage/local_store.h"
#include "storage/open_remote.h"
#include "storage/settings.h"
#include "storage/store_url.h"

namespace laminar::storage {
namespace {

RemoteParts PartsOf(const Settings& settings, const StoreOptions& options) {
  RemoteParts parts;
  parts.transport = std::make_shared<HttpClient>(HttpClient::Options{
      .ca_file = settings.Get("ca_file", {"AWS_CA_BUNDLE", "SSL_CERT_FILE"}),
      .connect_timeout_ms = std::min<int64_t>(options.request_timeout_ms, 10'000)});
  parts.clock = &base::SystemClock();
  parts.sleep = base::SleepNanos;
  parts.caller_options.request_timeout_ms = options.request_timeout_ms;
  parts.caller_options.call_timeout_ms = options.call_timeout_ms;
  parts.part_bytes = std::max(options.part_bytes, kPartBytesMin);
  return parts;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ObjectStore>> OpenStore(const std::string& url,
                                                       const StoreOptions& options) {
  LAMINAR_ASSIGN_OR_RETURN(const StoreUrl parsed, ParseStoreUrl(url));
  const Settings settings(options.settings, options.environment);
  if (parsed.kind == StoreKind::kLocal) {
    LAMINAR_RETURN_IF_ERROR(settings.CheckNames({}));
    return std::make_unique<LocalStore>(parsed.path);
  }
  const RemoteParts parts = PartsOf(settings, options);
  switch (parsed.kind) {
    case StoreKind::kGcs:
      return OpenGcs(parsed, settings, parts);
    case StoreKind::kAzure:
      return OpenAzure(parsed, settings, parts);
    default:
      return OpenS3(parsed, settings, parts);
  }
}

}  // namespace laminar::storage
