#include "control/metadata/sqlite_migrations.h"

#include <array>

#include <fmt/format.h>

#include "control/metadata/sqlite_log.h"

namespace laminar::control {

namespace {

struct Migration {
  int version;
  const char* name;
  std::array<const char*, 2> statements;
};

constexpr std::array<Migration, 1> kMigrations = {{
    // Position 0 is there so that the table is never empty: one that is has been damaged.
    {1,
     "checkpoint_log",
     {"CREATE TABLE checkpoint_log (position INTEGER PRIMARY KEY, entry TEXT NOT NULL)",
      "INSERT INTO checkpoint_log (position, entry) VALUES (0, '')"}},
}};
static_assert(kMigrations.back().version == kSqliteSchemaVersion);

bool HasTable(soci::session& session, const std::string& table) {
  int found = 0;
  session << "SELECT count(*) FROM sqlite_schema WHERE type = 'table' AND name = :name",
      soci::use(table, "name"), soci::into(found);
  return found != 0;
}

int SchemaVersion(soci::session& session) {
  int version = 0;
  session << "SELECT coalesce(max(version), 0) FROM schema_migrations", soci::into(version);
  return version;
}

void Apply(soci::session& session, const Migration& migration, base::WallTime now) {
  const std::string name = migration.name;
  const long long micros = now.micros;
  for (const char* statement : migration.statements) {
    session << statement;
  }
  session << "INSERT INTO schema_migrations (version, name, applied_micros) "
             "VALUES (:version, :name, :micros)",
      soci::use(migration.version, "version"), soci::use(name, "name"), soci::use(micros, "micros");
}

}  // namespace

absl::Status Migrate(soci::session& session, const std::string& path, base::WallTime now) {
  soci::transaction transaction(session);
  if (!HasTable(session, "schema_migrations")) {
    session << "CREATE TABLE schema_migrations (version INTEGER PRIMARY KEY, name TEXT NOT NULL, "
               "applied_micros INTEGER NOT NULL)";
  }
  const int version = SchemaVersion(session);
  for (const Migration& migration : kMigrations) {
    if (migration.version > version) {
      Apply(session, migration, now);
    }
  }
  transaction.commit();
  return CheckMigrations(session, path);
}

absl::Status CheckMigrations(soci::session& session, const std::string& path) {
  if (!HasTable(session, "schema_migrations")) {
    return base::DataLoss(fmt::format(
        "{} is damaged, or no database of laminar: it has no table schema_migrations", path));
  }
  const int version = SchemaVersion(session);
  if (version > kSqliteSchemaVersion) {
    return absl::FailedPreconditionError(fmt::format(
        "{} has tables of version {}, this program knows up to version {}: use the later version "
        "of laminar that has written them",
        path, version, kSqliteSchemaVersion));
  }
  if (version < 1 || !HasTable(session, "checkpoint_log")) {
    return base::DataLoss(fmt::format("{} is damaged: its table checkpoint_log is gone", path));
  }
  return absl::OkStatus();
}

}  // namespace laminar::control
