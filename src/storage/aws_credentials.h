// Where AWS credentials come from: settings, environment, web identity, profile files, the
// container's or the machine's metadata service, in this order. Temporary ones are renewed before
// they end. Secrets never get into messages. Thread-safe.
#ifndef LAMINAR_STORAGE_AWS_CREDENTIALS_H_
#define LAMINAR_STORAGE_AWS_CREDENTIALS_H_

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "storage/aws_profile.h"
#include "storage/aws_signature.h"
#include "storage/expiring.h"
#include "storage/http_caller.h"
#include "storage/settings.h"

namespace laminar::storage {

using ExpiringAwsCredentials = Expiring<AwsCredentials>;

/// What the sources are asked with.
struct AwsSources {
  const Settings* settings = nullptr;
  HttpCaller* caller = nullptr;           // of services in the network
  HttpCaller* metadata_caller = nullptr;  // of those on this machine: answers soon or never
  const base::Clock* clock = nullptr;
  std::string region;
};

/// The first source that has any. Unavailable when a service does not answer, PermissionDenied when
/// it refuses; an error that names all sources when there is none. BLOCKS.
absl::StatusOr<ExpiringAwsCredentials::Fetched> FetchAwsCredentials(const AwsSources& sources);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_AWS_CREDENTIALS_H_
