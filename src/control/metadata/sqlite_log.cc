#include "control/metadata/sqlite_log.h"

#include <exception>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "control/metadata/conditional_log.h"
#include "control/metadata/log_positions.h"
#include "control/metadata/metadata_limits.h"
#include "control/metadata/soci.h"
#include "control/metadata/sqlite_migrations.h"

namespace laminar::control {

namespace {

constexpr std::string_view kInUse = "another process is changing the log";

// What SQLite says, without the query around it.
absl::Status SqliteError(const std::string& path, const soci::soci_error& error) {
  const std::string message = fmt::format("{}: {}", path, error.get_error_message());
  const auto* sqlite = dynamic_cast<const soci::sqlite3_soci_error*>(&error);
  switch (sqlite == nullptr ? SQLITE_ERROR : sqlite->result() & 0xff) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB:
      return base::DataLoss(
          message +
          "; restore the file from a backup, or name another state directory to begin anew");
    case SQLITE_FULL:
      return base::ResourceExhausted(message +
                                     " (free some space on its disk, or use another folder)");
    case SQLITE_READONLY:
    case SQLITE_PERM:
    case SQLITE_AUTH:
      return absl::PermissionDeniedError(
          message + " (make it and its folder writable for this user, or use another folder)");
    case SQLITE_IOERR:
      return base::Unavailable(message + " (see to its disk, or use another folder)");
    case SQLITE_BUSY:
      return base::Unavailable(fmt::format("{}: {}", kInUse, message));
    case SQLITE_CONSTRAINT:
      return absl::AlreadyExistsError(message);
    default:
      return base::Unavailable(message);
  }
}

// Runs `body` and makes a status of what the library throws.
template <typename Body>
absl::Status Guard(const std::string& path, const Body& body) {
  try {
    return body();
  } catch (const soci::soci_error& error) {
    return SqliteError(path, error);
  } catch (const std::exception& error) {
    return base::Internal(fmt::format("{}: {}", path, error.what()));
  }
}

// SOCI's parameters are words, so a path goes in quotes.
std::string ConnectString(const std::string& path) {
  return fmt::format("dbname=\"{}\" timeout={}", path, kSqliteBusyMillis / 1000);
}

absl::Status Connect(const std::string& path, soci::session& session) {
  if (path.find('"') != std::string::npos) {
    return base::InvalidArgument(
        fmt::format("a state directory's path must not have quotes: {}", path));
  }
  return Guard(path, [&] {
    session.open(soci::sqlite3, ConnectString(path));
    session << fmt::format("PRAGMA busy_timeout = {}", kSqliteBusyMillis);
    session << "PRAGMA journal_mode = TRUNCATE";
    session << "PRAGMA synchronous = EXTRA";
    return absl::OkStatus();
  });
}

class SqlitePositions final : public LogPositions {
 public:
  explicit SqlitePositions(std::string path) : path_(std::move(path)) {}

  absl::Status Open() { return Connect(path_, session_); }

  std::string Name(int64_t position) const override {
    return fmt::format("position {} of the log in {}", position, path_);
  }

  absl::StatusOr<int64_t> Newest() override {
    long long position = 0;
    LAMINAR_RETURN_IF_ERROR(Guard(path_, [&] {
      session_ << "SELECT coalesce(max(position), -1) FROM checkpoint_log", soci::into(position);
      return absl::OkStatus();
    }));
    if (position < 0) {
      return base::DataLoss(
          fmt::format("{} is damaged: its log is empty; restore the file from a backup, or name "
                      "another state directory to begin anew",
                      path_));
    }
    return position;
  }

  absl::StatusOr<std::string> Get(int64_t position) override {
    std::string entry;
    bool found = false;
    LAMINAR_RETURN_IF_ERROR(Guard(path_, [&] {
      const long long wanted = position;
      session_ << "SELECT entry FROM checkpoint_log WHERE position = :position",
          soci::use(wanted, "position"), soci::into(entry);
      found = session_.got_data();
      return absl::OkStatus();
    }));
    if (!found) {
      return base::NotFound("there is no " + Name(position));
    }
    return entry;
  }

  base::Outcome Create(int64_t position, std::string_view bytes) override {
    const std::string entry(bytes);
    absl::Status status = Guard(path_, [&] {
      const long long own = position;
      session_ << "INSERT INTO checkpoint_log (position, entry) VALUES (:position, :entry)",
          soci::use(own, "position"), soci::use(entry, "entry");
      return absl::OkStatus();
    });
    if (status.ok()) {
      return base::Outcome::Applied();
    }
    // What SQLite has refused it has rolled back.
    const bool refused = absl::IsAlreadyExists(status) || absl::IsResourceExhausted(status) ||
                         absl::IsPermissionDenied(status) || IsSqliteBusy(status);
    return refused ? base::Outcome::NotApplied(std::move(status))
                   : base::Outcome::Unknown(std::move(status));
  }

  void RemoveBelow(int64_t position) override {
    Guard(path_, [&] {
      const long long first = position;
      session_ << "DELETE FROM checkpoint_log WHERE position < :position",
          soci::use(first, "position");
      return absl::OkStatus();
    }).IgnoreError();
  }

  absl::Status CheckIntegrity() {
    std::string answer;
    LAMINAR_RETURN_IF_ERROR(Guard(path_, [&] {
      session_ << "PRAGMA integrity_check(1)", soci::into(answer);
      return absl::OkStatus();
    }));
    if (answer != "ok") {
      return base::DataLoss(
          fmt::format("{} is damaged: {}; restore the file from a backup, or name another state "
                      "directory to begin anew",
                      path_, answer));
    }
    return absl::OkStatus();
  }

  absl::Status CheckSchema(base::WallTime now) {
    return Guard(path_, [&] {
      LAMINAR_RETURN_IF_ERROR(CheckMigrations(session_, path_));
      return Migrate(session_, path_, now);
    });
  }

 private:
  std::string path_;
  soci::session session_;
};

}  // namespace

bool IsSqliteBusy(const absl::Status& status) {
  return absl::IsUnavailable(status) && base::FromAbsl(status.message()).starts_with(kInUse);
}

absl::Status CreateSqliteLog(const std::string& path, const base::Clock& clock) {
  soci::session session;
  LAMINAR_RETURN_IF_ERROR(Connect(path, session));
  return Guard(path, [&] { return Migrate(session, path, clock.Wall()); });
}

absl::StatusOr<std::unique_ptr<CheckpointLog>> OpenSqliteLog(const std::string& path,
                                                             const base::Clock& clock) {
  LAMINAR_ASSIGN_OR_RETURN(const base::FileInfo info, base::GetFileInfo(path));
  if (info.kind != base::FileKind::kFile || info.bytes == 0) {
    return base::DataLoss(
        fmt::format("{} is damaged: it is no file, or empty; restore the file from a backup, or "
                    "name another state directory to begin anew",
                    path));
  }
  auto positions = std::make_unique<SqlitePositions>(path);
  LAMINAR_RETURN_IF_ERROR(positions->Open());
  LAMINAR_RETURN_IF_ERROR(positions->CheckIntegrity());
  LAMINAR_RETURN_IF_ERROR(positions->CheckSchema(clock.Wall()));
  return std::unique_ptr<CheckpointLog>(std::make_unique<ConditionalLog>(std::move(positions)));
}

}  // namespace laminar::control
