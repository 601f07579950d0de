#include "connectors/filesystem/staged_files.h"

#include <algorithm>
#include <set>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "base/kill_point.h"
#include "base/random.h"
#include "connectors/api/at_once.h"
#include "connectors/api/saved_object.h"
#include "connectors/api/staged_names.h"

namespace laminar::connectors::filesystem {
namespace {

using base::Outcome;

constexpr size_t kPieceBytes = 1 << 20;

uint64_t HashOf(std::string_view text, uint64_t seed) {
  for (const char c : text) {
    seed = base::MixBits(seed ^ static_cast<unsigned char>(c));
  }
  return base::MixBits(seed ^ text.size());
}

uint64_t HashOf(const SinkIdentity& identity) {
  return HashOf(identity.sink, HashOf(identity.pipeline, 0));
}

// The same for each attempt to make the same names.
uint64_t SeedOf(const SinkIdentity& identity, int subtask) {
  return base::MixBits(
      base::MixBits(HashOf(identity) ^ static_cast<uint64_t>(identity.generation.value)) ^
      static_cast<uint64_t>(subtask));
}

NameOptions WithOrigin(NameOptions names, const SinkIdentity& identity, int subtask) {
  names.subtask = subtask;
  names.origin = fmt::format("{:012x}", HashOf(identity) & 0xFFFFFFFFFFFF);
  names.generation = identity.generation.value;
  return names;
}

absl::StatusOr<bool> HoldTheSame(const std::string& path, const std::string& other) {
  LAMINAR_ASSIGN_OR_RETURN(base::InputFile a, base::InputFile::Open(path));
  LAMINAR_ASSIGN_OR_RETURN(base::InputFile b, base::InputFile::Open(other));
  if (a.info().bytes != b.info().bytes) {
    return false;
  }
  std::string piece_a(kPieceBytes, '\0');
  std::string piece_b(kPieceBytes, '\0');
  for (int64_t done = 0;;) {
    LAMINAR_ASSIGN_OR_RETURN(const size_t count, a.ReadAt(done, piece_a.data(), kPieceBytes));
    LAMINAR_ASSIGN_OR_RETURN(const size_t other_count, b.ReadAt(done, piece_b.data(), kPieceBytes));
    if (count != other_count || piece_a.compare(0, count, piece_b, 0, count) != 0) {
      return false;
    }
    if (count == 0) {
      return true;
    }
    done += static_cast<int64_t>(count);
  }
}

Outcome NotApplied(const std::string& message) {
  return Outcome::NotApplied(base::MakeError(absl::StatusCode::kFailedPrecondition, message));
}

// The name is taken: by this file, where a file system renames in two steps, or by another one.
Outcome PublishOverTaken(const FilesCommit::File& file) {
  const absl::StatusOr<bool> same = HoldTheSame(file.path, file.final_path);
  if (!same.ok()) {
    return Outcome::Unknown(same.status());
  }
  if (!*same) {
    return NotApplied(fmt::format(
        "a file cannot be published: another one has its name: {}\n  move that one away; the rows "
        "are in {}",
        file.final_path, file.path));
  }
  const absl::Status removed = base::RemoveFile(file.path);
  return removed.ok() ? Outcome::Applied() : Outcome::Unknown(removed);
}

Outcome PublishFile(const FilesCommit::File& file) {
  const absl::StatusOr<base::FileInfo> staged = base::GetFileInfo(file.path);
  if (staged.ok() && staged->bytes != file.bytes) {
    return Outcome::NotApplied(
        base::DataLoss(fmt::format("a file cannot be published: it has {} bytes and should have "
                                   "{}: {}",
                                   staged->bytes, file.bytes, file.path)));
  }
  if (staged.ok()) {
    const absl::Status named = base::RenameFileNew(file.path, file.final_path);
    LAMINAR_KILLPOINT("files_one_renamed");
    if (absl::IsAlreadyExists(named)) {
      return PublishOverTaken(file);
    }
    return named.ok() ? Outcome::Applied() : Outcome::Unknown(named);
  }
  if (!absl::IsNotFound(staged.status())) {
    return Outcome::Unknown(staged.status());
  }
  // Nobody but a commit renames it. What has become of it since is its owner's business.
  if (base::FileExists(file.final_path)) {
    return Outcome::Applied();
  }
  return NotApplied(fmt::format(
      "a file cannot be published: it is neither there as {} nor under its hidden name {}\n  if it "
      "was moved away after it had been published, make an empty file of the first name and start "
      "again; else put back what was removed, or begin anew with another state",
      file.final_path, file.path));
}

absl::Status MakeMarker(const std::string& path) {
  LAMINAR_ASSIGN_OR_RETURN(base::OutputFile file, base::OutputFile::Create(path));
  LAMINAR_RETURN_IF_ERROR(file.Close());
  return base::SyncFolder(std::string(base::FolderName(path)));
}

absl::Status CollectNames(const SinkSnapshot& snapshot, std::set<std::string>& paths) {
  for (const std::string& text : snapshot.commits) {
    LAMINAR_ASSIGN_OR_RETURN(const FilesCommit commit, FilesCommit::Parse(text));
    paths.insert(commit.marker);
    for (const FilesCommit::File& file : commit.files) {
      paths.insert(file.path);
    }
  }
  if (!snapshot.state.empty()) {
    LAMINAR_ASSIGN_OR_RETURN(const std::vector<OpenPart> parts, ParseParts(snapshot.state));
    for (const OpenPart& part : parts) {
      paths.insert(part.path);
    }
  }
  return absl::OkStatus();
}

absl::Status RemoveIfThere(const std::string& path) {
  absl::Status removed = base::RemoveFile(path);
  return absl::IsNotFound(removed) ? absl::OkStatus() : removed;
}

// A folder below the root, not by way of a link.
bool IsOwnFolder(const std::string& parent, const std::string& name) {
  const std::string path = base::JoinPath(parent, name);
  return base::IsFolder(path) && base::RealPath(path) == base::JoinPath(parent, name);
}

}  // namespace

std::string FilesCommit::ToString() const {
  std::vector<SavedObject> list;
  for (const File& file : files) {
    list.emplace_back()
        .Set("path", std::string_view(file.path))
        .Set("final", std::string_view(file.final_path))
        .Set("bytes", file.bytes);
  }
  SavedObject saved;
  saved.Set("marker", std::string_view(marker))
      .Set("obsolete", std::string_view(obsolete))
      .Set("files", list);
  return saved.ToString();
}

absl::StatusOr<FilesCommit> FilesCommit::Parse(const std::string& text) {
  LAMINAR_ASSIGN_OR_RETURN(const SavedObject saved, SavedObject::Parse(text, "commit of files"));
  FilesCommit commit;
  LAMINAR_ASSIGN_OR_RETURN(commit.marker, saved.Text("marker"));
  LAMINAR_ASSIGN_OR_RETURN(commit.obsolete, saved.Text("obsolete"));
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<SavedObject> files, saved.List("files"));
  for (const SavedObject& object : files) {
    File& file = commit.files.emplace_back();
    LAMINAR_ASSIGN_OR_RETURN(file.path, object.Text("path"));
    LAMINAR_ASSIGN_OR_RETURN(file.final_path, object.Text("final"));
    LAMINAR_ASSIGN_OR_RETURN(file.bytes, object.Integer("bytes"));
  }
  return commit;
}

std::string PartsToString(const std::vector<OpenPart>& parts) {
  std::vector<SavedObject> list;
  for (const OpenPart& part : parts) {
    list.emplace_back()
        .Set("root", std::string_view(part.root))
        .Set("folder", std::string_view(part.folder))
        .Set("time_folder", std::string_view(part.time_folder))
        .Set("newest", part.newest_micros)
        .Set("path", std::string_view(part.path))
        .Set("final", std::string_view(part.final_path))
        .Set("bytes", part.bytes)
        .Set("num_bytes", part.num_bytes)
        .Set("kind", std::string_view(part.kind));
  }
  return SavedObject().Set("parts", list).ToString();
}

absl::StatusOr<std::vector<OpenPart>> ParseParts(const std::string& text) {
  LAMINAR_ASSIGN_OR_RETURN(const SavedObject saved, SavedObject::Parse(text, "state of files"));
  LAMINAR_ASSIGN_OR_RETURN(const std::vector<SavedObject> list, saved.List("parts"));
  std::vector<OpenPart> parts;
  for (const SavedObject& object : list) {
    OpenPart& part = parts.emplace_back();
    LAMINAR_ASSIGN_OR_RETURN(part.root, object.Text("root"));
    LAMINAR_ASSIGN_OR_RETURN(part.folder, object.Text("folder"));
    LAMINAR_ASSIGN_OR_RETURN(part.time_folder, object.Text("time_folder"));
    LAMINAR_ASSIGN_OR_RETURN(part.newest_micros, object.Integer("newest"));
    LAMINAR_ASSIGN_OR_RETURN(part.path, object.Text("path"));
    LAMINAR_ASSIGN_OR_RETURN(part.final_path, object.Text("final"));
    LAMINAR_ASSIGN_OR_RETURN(part.bytes, object.Integer("bytes"));
    LAMINAR_ASSIGN_OR_RETURN(part.num_bytes, object.Integer("num_bytes"));
    LAMINAR_ASSIGN_OR_RETURN(part.kind, object.Text("kind"));
  }
  return parts;
}

Outcome Publish(const FilesCommit& commit) {
  LAMINAR_KILLPOINT("files_commit_begun");
  if (base::FileExists(commit.marker)) {
    return Outcome::Applied();
  }
  std::vector<Outcome> outcomes(commit.files.size(), Outcome::Applied());
  ForEachAtOnce(commit.files.size(), [&](size_t i) { outcomes[i] = PublishFile(commit.files[i]); });
  for (Outcome& outcome : outcomes) {
    if (!outcome.applied()) {
      return std::move(outcome);
    }
  }
  if (const absl::Status marked = MakeMarker(commit.marker); !marked.ok()) {
    return Outcome::Unknown(marked);
  }
  LAMINAR_KILLPOINT("files_marker_made");
  if (!commit.obsolete.empty()) {
    // Of one that stays, RemoveStaged takes care.
    base::RemoveFile(commit.obsolete).IgnoreError();
  }
  return Outcome::Applied();
}

absl::Status RemoveStaged(const std::string& root,
                          const SinkIdentity& identity,
                          const std::vector<SinkSnapshot>& snapshots) {
  if (!base::IsFolder(root)) {
    return absl::OkStatus();
  }
  std::set<std::string> kept;
  for (const SinkSnapshot& snapshot : snapshots) {
    LAMINAR_RETURN_IF_ERROR(CollectNames(snapshot, kept));
  }
  std::set<std::string> cleared;  // folders in which something was removed
  std::vector<std::string> folders = {base::RealPath(root)};
  while (!folders.empty()) {
    const std::string folder = std::move(folders.back());
    folders.pop_back();
    absl::StatusOr<std::vector<std::string>> names = base::ListFolder(folder);
    if (absl::IsNotFound(names.status())) {
      continue;
    }
    LAMINAR_RETURN_IF_ERROR(names.status());
    for (const std::string& name : *names) {
      const std::string path = base::JoinPath(folder, name);
      const auto generation = StagedGeneration(name, /*prefix=*/"", identity);
      if (generation.has_value()) {
        const bool needed =
            kept.contains(path) && !LAMINAR_SEEDED_BUG("delete_live_files_as_leftovers");
        if (*generation < identity.generation && !needed) {
          LAMINAR_RETURN_IF_ERROR(RemoveIfThere(path));
          LAMINAR_KILLPOINT("files_leftover_removed");
          cleared.insert(folder);
        }
      } else if (IsOwnFolder(folder, name)) {
        folders.push_back(path);
      }
    }
  }
  // The deepest first: what is below a folder sorts behind it.
  const std::string top = base::RealPath(root);
  for (auto folder = cleared.rbegin(); folder != cleared.rend(); ++folder) {
    std::string empty = *folder;
    while (empty.size() > top.size() && base::RemoveEmptyFolder(empty).ok()) {
      empty = base::FolderName(empty);
    }
  }
  return absl::OkStatus();
}

StagedFiles::StagedFiles(std::string root,
                         SinkIdentity identity,
                         int subtask,
                         NameOptions names,
                         const base::Clock& clock)
    : root_(std::move(root)),
      prefix_(StagedPrefix(/*prefix=*/"", identity) + std::to_string(subtask) + "."),
      final_names_(WithOrigin(std::move(names), identity, subtask),
                   clock,
                   SeedOf(identity, subtask)) {}

std::string StagedFiles::NextName(const char* suffix) {
  return prefix_ + std::to_string(sequence_++) + suffix;
}

PartStaging::File StagedFiles::Begin(const std::string& folder) {
  base::MutexLock lock(mutex_);
  return {.path = base::JoinPath(folder, NextName(".tmp")),
          .final_path = base::JoinPath(folder, final_names_.Next())};
}

void StagedFiles::Completed(const File& file, int64_t bytes) {
  base::MutexLock lock(mutex_);
  completed_.push_back({.path = file.path, .final_path = file.final_path, .bytes = bytes});
}

std::vector<std::string> StagedFiles::TakeCommits() {
  base::MutexLock lock(mutex_);
  if (completed_.empty()) {
    return {};
  }
  FilesCommit commit;
  commit.marker = base::JoinPath(root_, NextName(".published"));
  commit.obsolete = std::exchange(last_marker_, commit.marker);
  commit.files = std::exchange(completed_, {});
  // Files are completed by several threads.
  std::ranges::sort(commit.files, {}, &FilesCommit::File::path);
  return {commit.ToString()};
}

}  // namespace laminar::connectors::filesystem
