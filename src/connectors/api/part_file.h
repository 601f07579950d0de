// PartFile: one output file while it is written, in any format, compressed or not. The task's
// thread encodes; files are touched on the I/O thread of an IoQueue alone. Either the file is
// written in place, or under a hidden name and renamed when it is whole, so that nobody sees half
// of it, or it is left there for a commit to publish. Files of one set share its bounds: text files
// are closed between writes when too many are open; Parquet files are completed early, and go on in
// another one.
#ifndef LAMINAR_CONNECTORS_API_PART_FILE_H_
#define LAMINAR_CONNECTORS_API_PART_FILE_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/api/io_queue.h"
#include "connectors/api/part_file_set.h"
#include "data/chunk.h"
#include "data/connector_table.h"
#include "formats/compression/codec.h"
#include "formats/encoder.h"

namespace laminar::connectors {

/// Of output that commits publish: names its files, and takes those that are whole. Any thread.
class PartStaging {
 public:
  struct File {
    std::string path;  // hidden
    std::string final_path;
  };

  virtual ~PartStaging() = default;
  /// A file that is begun in the folder.
  virtual File Begin(const std::string& folder) = 0;
  /// The file is whole, closed and synced, and so is its name; it has so many bytes.
  virtual void Completed(const File& file, int64_t bytes) = 0;
};

struct PartFileOptions {
  /// Where the bytes go while the file is not whole; also its name at the end when `final_path` is
  /// empty.
  std::string path;
  /// Called on any thread when the file is whole: its name, another one at each call until one
  /// is free.
  std::function<std::string()> final_path;
  formats::Codec codec = formats::Codec::kNone;
  /// Shared by all files of the queue.
  std::shared_ptr<PartFileSet> set;

  /// Set for output that commits publish; then `path` and `final_path` do not count.
  std::shared_ptr<PartStaging> staging = nullptr;
  std::string folder;  // where it is
  /// A file of an earlier writer to go on from: its first `bytes` are copied, since a writer that
  /// was thought dead may still write behind them. For text.
  struct Beginning {
    std::string path;
    std::string final_path;
    int64_t bytes = 0;
    int64_t num_bytes = 0;  // of PartFile
  };
  std::optional<Beginning> beginning = std::nullopt;
};

class PartFile {
 public:
  /// Checks that the table can be written in its format; the file is opened later, on the I/O
  /// thread: at once while its set has room, else with its first bytes. `queue` and `table` outlive
  /// it.
  static absl::StatusOr<std::unique_ptr<PartFile>> Make(const data::ConnectorTable& table,
                                                        PartFileOptions options,
                                                        IoQueue& queue);
  ~PartFile();

  /// Encodes the rows; bytes go to the queue once there are enough.
  absl::Status Write(const data::Chunk& chunk);
  /// Hands encoded bytes to the queue.
  void Flush();
  /// Hands over what is left and lets the file be completed, synced and given its final name.
  /// Nothing may be written after.
  void Finish();
  /// As Finish for each, but all are written before the first is synced, and several are synced at
  /// a time: the file system commits them together. All are of this set and queue.
  static void FinishAll(const std::vector<PartFile*>& parts,
                        const std::shared_ptr<PartFileSet>& set,
                        IoQueue& queue);

  /// What is on the device of a file that goes on being written.
  struct Durable {
    std::string path;
    std::string final_path;
    int64_t bytes = 0;
  };
  /// Writes what the files have been given, so that their bytes stand for themselves, syncs them,
  /// and tells `done` on the I/O thread: an error, or where each of them stands. REQUIRES: they are
  /// of text.
  static void KeepAll(const std::vector<PartFile*>& parts,
                      const std::shared_ptr<PartFileSet>& set,
                      IoQueue& queue,
                      std::function<void(absl::StatusOr<std::vector<Durable>>)> done);

  /// Encoded bytes so far, before compression; for Parquet, about what was written and waits to be.
  int64_t num_bytes() const;
  int64_t num_rows() const { return num_rows_; }
  /// Encoded bytes that wait for Flush.
  int64_t pending_bytes() const { return static_cast<int64_t>(pending_.size()); }

 private:
  struct OnDisk;

  PartFile(IoQueue& queue, std::shared_ptr<OnDisk> file);
  static absl::StatusOr<std::vector<Durable>> KeepOnDisk(
      const std::vector<std::shared_ptr<OnDisk>>& files,
      PartFileSet& set);
  static absl::Status CompleteAll(const std::vector<std::shared_ptr<OnDisk>>& files,
                                  PartFileSet& set);

  IoQueue& queue_;
  std::shared_ptr<OnDisk> file_;  // touched on the I/O thread, but for its byte counter
  std::unique_ptr<formats::Encoder> encoder_;  // null for Parquet
  std::string pending_;
  int64_t num_bytes_ = 0;
  int64_t num_rows_ = 0;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_PART_FILE_H_
