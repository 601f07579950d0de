// The checkpoint log of a pipeline whose state lies in a local folder: a table of the SQLite
// database metadata.sqlite in it. Every change is one transaction, which is on the device when it
// counts (rollback journal, synchronous=EXTRA: a log of changes to come, as SQLite's other mode
// keeps, loses the newest ones silently when it is damaged). Entries are sealed as in an object
// store, so that damage of the database is noticed.
#ifndef LAMINAR_CONTROL_METADATA_SQLITE_LOG_H_
#define LAMINAR_CONTROL_METADATA_SQLITE_LOG_H_

#include <memory>
#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "control/metadata/checkpoint_log.h"

namespace laminar::control {

/// Version of the tables that this program makes.
inline constexpr int kSqliteSchemaVersion = 1;

/// Makes the database where there is none, with its tables. REQUIRES: nobody else does so now.
/// BLOCKS.
absl::Status CreateSqliteLog(const std::string& path, const base::Clock& clock);

/// Opens a database that CreateSqliteLog has made, and brings its tables up to date. NotFound when
/// it is not there; DataLoss, naming the file, when it is damaged or no such database;
/// FailedPrecondition when a later version of the program has changed its tables. BLOCKS: checks
/// all of it.
absl::StatusOr<std::unique_ptr<CheckpointLog>> OpenSqliteLog(const std::string& path,
                                                             const base::Clock& clock);

/// Whether a log of SQLite could not be read or changed because another process is about to change
/// it, and has not got on for as long as one waits for that.
bool IsSqliteBusy(const absl::Status& status);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_SQLITE_LOG_H_
