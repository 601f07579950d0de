// Files of a filesystem sink in a job that takes checkpoints: staged under hidden names until a
// commit gives them their final ones.
//
//   FOLDER/.PIPELINE.SINK.gGENERATION.SUBTASK.SEQUENCE.tmp          a file that is not published
//   PATH/.PIPELINE.SINK.gGENERATION.SUBTASK.SEQUENCE.published      a commit that was carried out
//
// A hidden name that a checkpoint knows and that is gone has been renamed by a commit; that a
// commit was carried out to its end, its marker says, also when somebody has moved the files away
// since.
#ifndef LAMINAR_CONNECTORS_FILESYSTEM_STAGED_FILES_H_
#define LAMINAR_CONNECTORS_FILESYSTEM_STAGED_FILES_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/outcome.h"
#include "connectors/api/part_file.h"
#include "connectors/api/sink_writer.h"
#include "connectors/filesystem/file_names.h"

namespace laminar::connectors::filesystem {

/// What an epoch of one subtask publishes.
struct FilesCommit {
  struct File {
    std::string path;  // hidden
    std::string final_path;
    int64_t bytes = 0;
  };

  std::string marker;    // a path
  std::string obsolete;  // the marker of the commit before; empty: none
  std::vector<File> files;

  std::string ToString() const;
  static absl::StatusOr<FilesCommit> Parse(const std::string& text);
};

/// A file that a later writer goes on with.
struct OpenPart {
  std::string root;         // the table's path
  std::string folder;       // below it
  std::string time_folder;  // see Partitioner::Part
  int64_t newest_micros = 0;
  std::string path;  // hidden
  std::string final_path;
  int64_t bytes = 0;      // of it that count
  int64_t num_bytes = 0;  // encoded, before compression
  std::string kind;       // format and compression
};
std::string PartsToString(const std::vector<OpenPart>& parts);
absl::StatusOr<std::vector<OpenPart>> ParseParts(const std::string& text);

/// Publishes: see ConnectorFactory::Commit. BLOCKS.
base::Outcome Publish(const FilesCommit& commit);

/// Removes hidden files of earlier generations below the folder, but for those that `snapshots`
/// name, and folders that are empty then. BLOCKS.
absl::Status RemoveStaged(const std::string& root,
                          const SinkIdentity& identity,
                          const std::vector<SinkSnapshot>& snapshots);

/// Names the files of one writer. Any thread.
class StagedFiles final : public PartStaging {
 public:
  StagedFiles(std::string root,
              SinkIdentity identity,
              int subtask,
              NameOptions names,
              const base::Clock& clock);

  File Begin(const std::string& folder) override LAMINAR_EXCLUDES(mutex_);
  void Completed(const File& file, int64_t bytes) override LAMINAR_EXCLUDES(mutex_);
  /// The commit of what was completed since the last call; none when nothing was.
  std::vector<std::string> TakeCommits() LAMINAR_EXCLUDES(mutex_);

 private:
  std::string NextName(const char* suffix) LAMINAR_REQUIRES(mutex_);

  const std::string root_;
  const std::string prefix_;
  FileNames final_names_;
  base::Mutex mutex_;
  int64_t sequence_ LAMINAR_GUARDED_BY(mutex_) = 0;
  std::vector<FilesCommit::File> completed_ LAMINAR_GUARDED_BY(mutex_);
  std::string last_marker_ LAMINAR_GUARDED_BY(mutex_);
};

}  // namespace laminar::connectors::filesystem

#endif  // LAMINAR_CONNECTORS_FILESYSTEM_STAGED_FILES_H_
