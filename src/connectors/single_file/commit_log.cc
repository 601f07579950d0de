#include "connectors/single_file/commit_log.h"

#include <algorithm>
#include <optional>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/crc32c.h"
#include "base/file.h"
#include "base/kill_point.h"
#include "connectors/api/saved_object.h"
#include "connectors/api/staged_names.h"

namespace laminar::connectors::single_file {
namespace {

using base::Outcome;

constexpr size_t kPieceBytes = 1 << 20;

// Whether the file has them; errors of other kinds than NotFound come back.
absl::StatusOr<std::optional<base::InputFile>> OpenIfThere(const std::string& path) {
  absl::StatusOr<base::InputFile> file = base::InputFile::Open(path);
  if (file.ok()) {
    return std::optional<base::InputFile>(*std::move(file));
  }
  if (absl::IsNotFound(file.status())) {
    return std::optional<base::InputFile>();
  }
  return file.status();
}

absl::StatusOr<uint32_t> ChecksumOf(base::InputFile& file, int64_t begin, int64_t bytes) {
  std::string piece(kPieceBytes, '\0');
  uint32_t crc = 0;
  while (bytes > 0) {
    LAMINAR_ASSIGN_OR_RETURN(
        const size_t count,
        file.ReadAt(begin, piece.data(), std::min(piece.size(), static_cast<size_t>(bytes))));
    if (count == 0) {
      return base::DataLoss("file has become shorter while it was read: " + file.path());
    }
    crc = base::Crc32c({piece.data(), count}, crc);
    begin += static_cast<int64_t>(count);
    bytes -= static_cast<int64_t>(count);
  }
  return crc;
}

Outcome NotApplied(const std::string& message) {
  return Outcome::NotApplied(base::MakeError(absl::StatusCode::kFailedPrecondition, message));
}

// Reading and writing may work another time.
Outcome MayPass(const absl::Status& status) { return Outcome::Unknown(status); }

// What an attempt that was cut off may have left in the place of `wanted`: its beginning, or zeros
// where a device lost what had not been synced.
bool MayBeOurs(std::string_view there, std::string_view wanted) {
  for (size_t i = 0; i < there.size(); ++i) {
    if (there[i] != wanted[i] && there[i] != '\0') {
      return false;
    }
  }
  return true;
}

class Publication {
 public:
  explicit Publication(const LogCommit& commit)
      : commit_(commit), log_path_(base::JoinPath(base::FolderName(commit.path), commit.log)) {}

  Outcome Run() {
    LAMINAR_KILLPOINT("file_commit_begun");
    auto log = OpenIfThere(log_path_);
    if (!log.ok()) {
      return MayPass(log.status());
    }
    auto file = OpenIfThere(commit_.path);
    if (!file.ok()) {
      return MayPass(file.status());
    }
    if (!log->has_value()) {
      return WithoutLog(*file);
    }
    if (absl::Status good = CheckLog(**log); !good.ok()) {
      return absl::IsDataLoss(good) ? Outcome::NotApplied(good) : MayPass(good);
    }
    if (commit_.is_first) {
      const absl::Status named = base::RenameFile(log_path_, commit_.path);
      LAMINAR_KILLPOINT("file_first_log_renamed");
      return named.ok() ? Outcome::Applied() : MayPass(named);
    }
    if (!file->has_value()) {
      return NotApplied(fmt::format(
          "rows cannot be written to {}: it is gone, and {} bytes of it were published before\n  "
          "put it back, or begin anew with another state",
          commit_.path, commit_.offset));
    }
    return Append(**log, **file);
  }

 private:
  absl::Status CheckLog(base::InputFile& log) const {
    if (log.info().bytes != commit_.bytes) {
      return base::DataLoss(fmt::format("log of rows has {} bytes and should have {}: {}",
                                        log.info().bytes, commit_.bytes, log_path_));
    }
    LAMINAR_ASSIGN_OR_RETURN(const uint32_t crc, ChecksumOf(log, 0, commit_.bytes));
    return crc == commit_.crc32c
               ? absl::OkStatus()
               : base::DataLoss("log of rows is damaged, its checksum is wrong: " + log_path_);
  }

  // It was published before, and the log is removed since; or lost.
  Outcome WithoutLog(std::optional<base::InputFile>& file) const {
    const int64_t end = commit_.offset + commit_.bytes;
    if (file.has_value() && file->info().bytes >= end) {
      const absl::StatusOr<uint32_t> crc = ChecksumOf(*file, commit_.offset, commit_.bytes);
      if (!crc.ok()) {
        return MayPass(crc.status());
      }
      if (*crc == commit_.crc32c) {
        return Outcome::Applied();
      }
    }
    return NotApplied(fmt::format(
        "rows cannot be published: neither are they in bytes {} to {} of {}, nor is their log "
        "there: {}\n  put back what was removed, or begin anew with another state",
        commit_.offset, end, commit_.path, log_path_));
  }

  Outcome Append(base::InputFile& log, base::InputFile& file) const {
    if (file.info().bytes < commit_.offset) {
      return NotApplied(fmt::format(
          "rows cannot be written to {}: it has {} bytes, and {} were published before\n  put back "
          "what was removed, or begin anew with another state",
          commit_.path, file.info().bytes, commit_.offset));
    }
    absl::StatusOr<base::OutputFile> output = base::OutputFile::Edit(commit_.path);
    if (!output.ok()) {
      return MayPass(output.status());
    }
    // All of it is compared before any of it is written.
    for (const bool write : {false, true}) {
      const absl::StatusOr<bool> ours = Compare(log, file, write ? &*output : nullptr);
      if (!ours.ok()) {
        return MayPass(ours.status());
      }
      if (!*ours) {
        return NotApplied(fmt::format(
            "rows cannot be written to {}: it holds others behind byte {}, of another program or "
            "of a later checkpoint than the one that the job goes on from\n  cut it to {} bytes, "
            "or begin anew with another state",
            commit_.path, commit_.offset, commit_.offset));
      }
    }
    LAMINAR_KILLPOINT("file_appended");
    const absl::Status synced = output->Sync();
    LAMINAR_KILLPOINT("file_append_synced");
    return synced.ok() ? Outcome::Applied() : MayPass(synced);
  }

  // Whether what the file has in the place of the log may be the log; writes what it lacks.
  absl::StatusOr<bool> Compare(base::InputFile& log,
                               base::InputFile& file,
                               base::OutputFile* output) const {
    const int64_t begin =
        LAMINAR_SEEDED_BUG("append_at_the_end_of_the_file") ? file.info().bytes : commit_.offset;
    std::string wanted(kPieceBytes, '\0');
    std::string there(kPieceBytes, '\0');
    for (int64_t done = 0; done < commit_.bytes;) {
      LAMINAR_ASSIGN_OR_RETURN(const size_t count, log.ReadAt(done, wanted.data(), wanted.size()));
      if (count == 0) {
        return base::DataLoss("file has become shorter while it was read: " + log.path());
      }
      const std::string_view piece(wanted.data(), count);
      LAMINAR_ASSIGN_OR_RETURN(const size_t found, file.ReadAt(begin + done, there.data(), count));
      const std::string_view old(there.data(), found);
      if (!MayBeOurs(old, piece)) {
        return false;
      }
      if (output != nullptr && old != piece) {
        LAMINAR_RETURN_IF_ERROR(output->WriteAt(begin + done, piece));
      }
      done += static_cast<int64_t>(count);
    }
    return true;
  }

  const LogCommit& commit_;
  const std::string log_path_;
};

}  // namespace

std::string LogCommit::ToString() const {
  SavedObject saved;
  saved.Set("path", std::string_view(path))
      .Set("log", std::string_view(log))
      .Set("obsolete", std::string_view(obsolete))
      .Set("first", is_first)
      .Set("offset", offset)
      .Set("bytes", bytes)
      .Set("crc32c", static_cast<int64_t>(crc32c));
  return saved.ToString();
}

absl::StatusOr<LogCommit> LogCommit::Parse(const std::string& text) {
  LAMINAR_ASSIGN_OR_RETURN(const SavedObject saved, SavedObject::Parse(text, "commit of a file"));
  LogCommit commit;
  LAMINAR_ASSIGN_OR_RETURN(commit.path, saved.Text("path"));
  LAMINAR_ASSIGN_OR_RETURN(commit.log, saved.Text("log"));
  LAMINAR_ASSIGN_OR_RETURN(commit.obsolete, saved.Text("obsolete"));
  commit.is_first = saved.Flag("first");
  LAMINAR_ASSIGN_OR_RETURN(commit.offset, saved.Integer("offset"));
  LAMINAR_ASSIGN_OR_RETURN(commit.bytes, saved.Integer("bytes"));
  LAMINAR_ASSIGN_OR_RETURN(const int64_t crc32c, saved.Integer("crc32c"));
  commit.crc32c = static_cast<uint32_t>(crc32c);
  return commit;
}

std::string LogState::ToString() const {
  return SavedObject().Set("path", std::string_view(path)).Set("bytes", bytes).ToString();
}

absl::StatusOr<LogState> LogState::Parse(const std::string& text) {
  LAMINAR_ASSIGN_OR_RETURN(const SavedObject saved, SavedObject::Parse(text, "state of a file"));
  LogState state;
  LAMINAR_ASSIGN_OR_RETURN(state.path, saved.Text("path"));
  LAMINAR_ASSIGN_OR_RETURN(state.bytes, saved.Integer("bytes"));
  return state;
}

std::string LogName(const std::string& path, const SinkIdentity& identity, int64_t sequence) {
  return StagedPrefix(base::FileName(path), identity) + std::to_string(sequence) + ".log";
}

Outcome Publish(const LogCommit& commit) {
  Outcome outcome = Publication(commit).Run();
  if (outcome.applied() && !commit.obsolete.empty()) {
    // Of a log that stays, RemoveLogs takes care.
    base::RemoveFile(base::JoinPath(base::FolderName(commit.path), commit.obsolete)).IgnoreError();
    LAMINAR_KILLPOINT("file_old_log_removed");
  }
  return outcome;
}

absl::Status RemoveLogs(const std::string& path,
                        const SinkIdentity& identity,
                        const std::vector<SinkSnapshot>& snapshots) {
  std::set<std::string> kept;
  for (const SinkSnapshot& snapshot : snapshots) {
    for (const std::string& text : snapshot.commits) {
      LAMINAR_ASSIGN_OR_RETURN(const LogCommit commit, LogCommit::Parse(text));
      kept.insert(commit.log);
    }
  }
  const std::string folder(base::FolderName(path));
  if (!base::IsFolder(folder)) {
    return absl::OkStatus();
  }
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<std::string> names, base::ListFolder(folder));
  for (const std::string& name : names) {
    const auto generation = StagedGeneration(name, base::FileName(path), identity);
    const bool needed =
        kept.contains(name) && !LAMINAR_SEEDED_BUG("delete_live_files_as_leftovers");
    if (generation.has_value() && *generation < identity.generation && !needed) {
      const absl::Status removed = base::RemoveFile(base::JoinPath(folder, name));
      LAMINAR_RETURN_IF_ERROR(absl::IsNotFound(removed) ? absl::OkStatus() : removed);
      LAMINAR_KILLPOINT("file_leftover_removed");
    }
  }
  return absl::OkStatus();
}

}  // namespace laminar::connectors::single_file
