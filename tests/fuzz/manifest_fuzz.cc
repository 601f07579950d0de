// Manifests, log entries and laminar.json: whatever the bytes, an error or a value that comes back
// as it was. Once as they are, so that seals are tried, and once under a seal of their own, so that
// what is behind the seal is.
#include <cstdint>
#include <string>
#include <string_view>

#include "base/assert.h"
#include "control/checkpoint/manifest.h"
#include "control/checkpoint/state_directory_identity.h"
#include "control/metadata/log_entry.h"
#include "control/metadata/sealed_json.h"

namespace laminar::control {
namespace {

void CheckManifest(std::string_view bytes) {
  const absl::StatusOr<Manifest> manifest = DecodeManifest(bytes, "manifest");
  if (!manifest.ok()) {
    return;
  }
  const std::string again = EncodeManifest(*manifest);
  const absl::StatusOr<Manifest> decoded = DecodeManifest(again, "manifest");
  LAMINAR_ASSERT(decoded.ok() && *decoded == *manifest, bytes.size());
  CheckAuditLedger(*manifest).IgnoreError();
  LAMINAR_ASSERT(StateBytes(*manifest) >= 0, bytes.size());
  PendingCommits(*manifest);
  // A flip anywhere is noticed.
  std::string damaged = again;
  char& byte = damaged[bytes.size() * 7919 % damaged.size()];
  byte = static_cast<char>(byte ^ (1 << bytes.size() % 8));
  LAMINAR_ASSERT(!DecodeManifest(damaged, "manifest").ok(), bytes.size());
}

void CheckLogEntry(std::string_view bytes) {
  constexpr int64_t kPosition = 7;
  const absl::StatusOr<LogEntry> entry = DecodeLogEntry(bytes, kPosition, "entry");
  if (entry.ok()) {
    const auto decoded = DecodeLogEntry(EncodeLogEntry(*entry), kPosition, "entry");
    LAMINAR_ASSERT(decoded.ok() && *decoded == *entry, bytes.size());
  }
}

void CheckIdentity(std::string_view bytes) {
  const absl::StatusOr<StateIdentity> identity = DecodeStateIdentity(bytes, "laminar.json", "1.0");
  if (identity.ok()) {
    const auto decoded = DecodeStateIdentity(EncodeStateIdentity(*identity), "laminar.json", "1.0");
    LAMINAR_ASSERT(decoded.ok() && *decoded == *identity, bytes.size());
  }
}

}  // namespace
}  // namespace laminar::control

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view bytes(reinterpret_cast<const char*>(data), size);
  const std::string sealed = laminar::control::SealText(bytes);
  for (const std::string_view text : {bytes, std::string_view(sealed)}) {
    laminar::control::CheckManifest(text);
    laminar::control::CheckLogEntry(text);
    laminar::control::CheckIdentity(text);
  }
  return 0;
}
