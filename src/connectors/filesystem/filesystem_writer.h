// FilesystemWriter: one subtask's share of a filesystem sink. Rows go to the file that is being
// written in their partition's folder; a file is completed when it is large or old enough, and
// appears under its name only then; in a job that takes checkpoints, when the commit of its epoch
// comes (see staged_files.h). Task thread; files are touched on an I/O thread.
#ifndef LAMINAR_CONNECTORS_FILESYSTEM_FILESYSTEM_WRITER_H_
#define LAMINAR_CONNECTORS_FILESYSTEM_FILESYSTEM_WRITER_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/api/part_file.h"
#include "connectors/api/sink_writer.h"
#include "connectors/filesystem/file_names.h"
#include "connectors/filesystem/partitioner.h"
#include "connectors/filesystem/staged_files.h"
#include "connectors/filesystem/writer_options.h"

namespace laminar::connectors::filesystem {

class FilesystemWriter final : public SinkWriter {
 public:
  FilesystemWriter(SinkContext context, WriterOptions options);
  ~FilesystemWriter() override;

  absl::Status Open() override;
  bool Ready() override;
  absl::Status Write(const data::Chunk& chunk) override;
  absl::StatusOr<std::optional<base::MonotonicTime>> Flush() override;
  absl::Status AdvanceWatermark(data::EventTime time) override;
  /// Text files go on over it; Parquet files, which nobody could go on with, are completed.
  void Snapshot(data::Epoch epoch, std::function<void(absl::StatusOr<SinkSnapshot>)> done) override;
  absl::StatusOr<bool> Finish() override;
  void Close() override;

 private:
  struct Part {
    std::unique_ptr<PartFile> file;
    std::string time_folder;
    data::EventTime newest = data::EventTime::Min();
    base::MonotonicTime opened;
    base::MonotonicTime written;
    // What the writer's sums have of it.
    int64_t counted_bytes = 0;
    int64_t counted_pending_bytes = 0;
  };
  using Parts = std::map<std::string, Part>;  // by folder

  absl::StatusOr<Part*> PartOf(const Partitioner::Part& rows, base::MonotonicTime now);
  absl::StatusOr<std::unique_ptr<PartFile>> MakeFile(const std::string& folder);
  // Goes on with the files of earlier writers, or finishes them.
  absl::Status Restore();
  absl::Status RestorePart(const OpenPart& open);
  void Begun(Part& part, base::MonotonicTime now);
  std::string Kind() const;
  absl::Status WriteRows(const data::Chunk& chunk, const Partitioner::Part& rows, Part& part);
  // Completes the parts of which `is_due` is true.
  template <class IsDue>
  void CompleteIf(IsDue is_due);
  // Many at a time, so that rows that come to more partitions than may be written do not complete
  // a file each.
  void CompleteOldest();
  void Count(Part& part);
  void PublishCounters();
  // When the part is to be completed because of its age; nullopt when not.
  std::optional<base::MonotonicTime> DueTime(const Part& part) const;

  SinkContext context_;
  WriterOptions options_;
  Partitioner partitioner_;
  FileNames hidden_names_;
  std::shared_ptr<FileNames> final_names_;  // used on the I/O thread
  std::shared_ptr<StagedFiles> staged_;     // null unless commits publish
  std::unique_ptr<IoQueue> queue_;
  std::shared_ptr<PartFileSet> set_;  // used on the I/O thread
  Parts parts_;
  int64_t num_bytes_ = 0;
  int64_t pending_bytes_ = 0;
  std::optional<base::MonotonicTime> next_due_;  // no part is due before
  bool finishing_ = false;
};

}  // namespace laminar::connectors::filesystem

#endif  // LAMINAR_CONNECTORS_FILESYSTEM_FILESYSTEM_WRITER_H_
