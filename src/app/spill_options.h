// Where state that exceeds the memory budget goes, by the configuration. For the commands that run
// jobs.
#ifndef LAMINAR_APP_SPILL_OPTIONS_H_
#define LAMINAR_APP_SPILL_OPTIONS_H_

#include "app/configuration.h"
#include "base/status.h"
#include "engine/worker/worker_memory.h"

namespace laminar::app {

/// Errors name the key: a folder that is not there. BLOCKS: looks at the folder.
absl::StatusOr<engine::WorkerSpillOptions> SpillOptionsOf(const Configuration& configuration);

}  // namespace laminar::app

#endif  // LAMINAR_APP_SPILL_OPTIONS_H_
