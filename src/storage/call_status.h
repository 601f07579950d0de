// From what became of a call to what an ObjectStore says: statuses of reads, outcomes of changes.
// Pure; any thread.
#ifndef LAMINAR_STORAGE_CALL_STATUS_H_
#define LAMINAR_STORAGE_CALL_STATUS_H_

#include <string>

#include "base/outcome.h"
#include "base/status.h"
#include "storage/http_caller.h"

namespace laminar::storage {

/// Ok for a success; else why not. `object` is what messages name.
absl::Status StatusOfCall(const CallResult& result, const std::string& object);
/// Applied, NotApplied when no attempt can have changed anything, else Unknown.
base::Outcome OutcomeOfCall(const CallResult& result, const std::string& object);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_CALL_STATUS_H_
