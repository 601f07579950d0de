// What `laminar run` says on stderr while it runs (a line, redrawn, on a terminal) and at its end
// (a summary).
#ifndef LAMINAR_CLI_RUN_PROGRESS_H_
#define LAMINAR_CLI_RUN_PROGRESS_H_

#include "app/local_job.h"
#include "cli/global_options.h"

namespace laminar::cli {

class RunProgress {
 public:
  explicit RunProgress(const GlobalOptions& global);
  /// Redraws the line, on a terminal; `checkpoints` is null for a job without state.
  void Update(const engine::JobProgress& now, const control::CoordinatorProgress* checkpoints);
  /// Says where the job goes on.
  void Restored(const control::RestorePoint& point);
  /// Says why the run does not end yet, and what can be done; also when it is to be quiet, as it
  /// would seem to hang.
  void LastCheckpointWaits(const control::CoordinatorProgress& checkpoints,
                           const absl::Status& trouble);
  /// Clears the line and prints the summary.
  void Finish(const app::LocalJobOutcome& outcome);

 private:
  void TellTrouble(const control::CoordinatorProgress& checkpoints);
  void Tell(const absl::Status& status,
            const char* trouble,
            const char* over,
            absl::StatusCode& told) const;

  const bool quiet_;
  const bool terminal_;
  absl::StatusCode told_trouble_ = absl::StatusCode::kOk;  // with checkpoints
  absl::StatusCode told_garbage_ = absl::StatusCode::kOk;  // with the removal of old ones
  int64_t last_nanos_ = 0;
  int64_t last_rows_in_ = 0;
  int64_t last_rows_out_ = 0;
};

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_RUN_PROGRESS_H_
