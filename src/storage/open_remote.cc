#include "storage/open_remote.h"

#include <cstdint>

namespace laminar::storage {
namespace {

// Different in every process and for every caller, or the jitter of many would be the same.
uint64_t SeedOf(const base::Clock& clock, const void* owner) {
  return static_cast<uint64_t>(clock.Wall().micros) ^ static_cast<uint64_t>(clock.Now().nanos) ^
         reinterpret_cast<uintptr_t>(owner);
}

}  // namespace

std::unique_ptr<HttpCaller> RemoteParts::MakeCaller() const {
  return std::make_unique<HttpCaller>(*transport, *clock, sleep, SeedOf(*clock, this),
                                      caller_options);
}

std::unique_ptr<HttpCaller> RemoteParts::MakeMetadataCaller() const {
  HttpCaller::Options options;
  options.request_timeout_ms = 1000;
  options.call_timeout_ms = 3000;
  options.reach_timeout_ms = 1000;
  options.attempts_max = 3;
  return std::make_unique<HttpCaller>(*transport, *clock, sleep, SeedOf(*clock, this), options);
}

}  // namespace laminar::storage
