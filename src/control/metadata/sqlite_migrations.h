// The tables of metadata.sqlite, version after version. Each migration is run once, in one
// transaction with the row of schema_migrations that remembers it; none is ever changed once
// released. Called by sqlite_log.cc alone; lets SOCI's exceptions through.
#ifndef LAMINAR_CONTROL_METADATA_SQLITE_MIGRATIONS_H_
#define LAMINAR_CONTROL_METADATA_SQLITE_MIGRATIONS_H_

#include <string>

#include "base/clock.h"
#include "base/status.h"
#include "control/metadata/soci.h"

namespace laminar::control {

/// Runs the migrations that a database lacks; all of them for an empty one.
absl::Status Migrate(soci::session& session, const std::string& path, base::WallTime now);

/// DataLoss when the database is not one of ours; FailedPrecondition when its tables are of a later
/// version.
absl::Status CheckMigrations(soci::session& session, const std::string& path);

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_SQLITE_MIGRATIONS_H_
