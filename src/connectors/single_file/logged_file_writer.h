// LoggedFileWriter: writes one file in a job that takes checkpoints: rows go to a hidden log beside
// it, one an epoch, and into the file when the epoch's commit comes (see commit_log.h). Task
// thread; logs are touched on an I/O thread.
#ifndef LAMINAR_CONNECTORS_SINGLE_FILE_LOGGED_FILE_WRITER_H_
#define LAMINAR_CONNECTORS_SINGLE_FILE_LOGGED_FILE_WRITER_H_

#include <memory>
#include <optional>
#include <string>

#include "connectors/api/io_queue.h"
#include "connectors/api/sink_writer.h"
#include "formats/compression/codec.h"
#include "formats/encoder.h"

namespace laminar::connectors::single_file {

class LoggedFileWriter final : public SinkWriter {
 public:
  /// REQUIRES: context.identity is set; the format is one of text. `path` is no pipe or device.
  LoggedFileWriter(SinkContext context, std::string path, formats::Codec codec);
  ~LoggedFileWriter() override;

  absl::Status Open() override;
  bool Ready() override;
  absl::Status Write(const data::Chunk& chunk) override;
  absl::StatusOr<std::optional<base::MonotonicTime>> Flush() override;
  void Snapshot(data::Epoch epoch, std::function<void(absl::StatusOr<SinkSnapshot>)> done) override;
  absl::StatusOr<bool> Finish() override;
  void Close() override;

 private:
  class Log;

  // Hands encoded bytes to the I/O thread.
  void Send();

  SinkContext context_;
  const std::string path_;
  const formats::Codec codec_;
  std::unique_ptr<formats::Encoder> encoder_;
  std::string pending_;
  std::unique_ptr<IoQueue> queue_;
  std::shared_ptr<Log> log_;  // touched on the I/O thread
};

}  // namespace laminar::connectors::single_file

#endif  // LAMINAR_CONNECTORS_SINGLE_FILE_LOGGED_FILE_WRITER_H_
