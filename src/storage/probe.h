// Tries a store before anything depends on it: a program whose store cannot keep two writers apart
// must not start. Leaves nothing behind. Called by roles at start. BLOCKS.
#ifndef LAMINAR_STORAGE_PROBE_H_
#define LAMINAR_STORAGE_PROBE_H_

#include <string>

#include "base/status.h"
#include "storage/object_store.h"

namespace laminar::storage {

/// Creates one object twice (the first must succeed, the second be refused), reads it back, lists
/// it, and removes it. `nonce`: letters and digits that nobody else uses, in the object's name and
/// bytes. An error names the store, what it did, and what to do about it: PermissionDenied,
/// ResourceExhausted, Unavailable and so on as it said; FailedPrecondition when it answers, but not
/// as it must.
absl::Status ProbeStore(ObjectStore& store, const std::string& nonce);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_PROBE_H_
