#include "app/spill_options.h"

#include <string>

#include "base/file.h"

namespace laminar::app {

absl::StatusOr<engine::WorkerSpillOptions> SpillOptionsOf(const Configuration& configuration) {
  engine::WorkerSpillOptions options;
  options.folder = configuration.GetString("worker.spill-dir");
  options.bytes_max = configuration.GetInteger("worker.spill-limit");
  options.enabled = options.folder != "off";
  options.backend = configuration.GetString("worker.state-backend") == "rocksdb"
                        ? engine::StateBackend::kRocksDb
                        : engine::StateBackend::kMemory;
  if (!options.enabled || options.folder.empty()) {
    return options;
  }
  const absl::StatusOr<base::FileInfo> info = base::GetFileInfo(options.folder);
  if (!info.ok() || info->kind != base::FileKind::kFolder) {
    return base::InvalidArgument(
        "worker.spill-dir: " + (info.ok() ? "not a folder: " + options.folder
                                          : std::string(base::FromAbsl(info.status().message()))));
  }
  return options;
}

}  // namespace laminar::app
