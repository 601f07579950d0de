// SingleFileWriter: writes all rows to one file, in place. Task thread; the file is touched on an
// I/O thread.
#ifndef LAMINAR_CONNECTORS_SINGLE_FILE_SINGLE_FILE_WRITER_H_
#define LAMINAR_CONNECTORS_SINGLE_FILE_SINGLE_FILE_WRITER_H_

#include <memory>
#include <optional>
#include <string>

#include "connectors/api/part_file.h"
#include "connectors/api/sink_writer.h"

namespace laminar::connectors {

class SingleFileWriter final : public SinkWriter {
 public:
  SingleFileWriter(SinkContext context, std::string path, formats::Codec codec);
  ~SingleFileWriter() override;

  absl::Status Open() override;
  bool Ready() override;
  absl::Status Write(const data::Chunk& chunk) override;
  absl::StatusOr<std::optional<base::MonotonicTime>> Flush() override;
  /// Of pipes and devices: hands everything on.
  void Snapshot(data::Epoch epoch, std::function<void(absl::StatusOr<SinkSnapshot>)> done) override;
  absl::StatusOr<bool> Finish() override;
  void Close() override;

 private:
  SinkContext context_;
  const std::string path_;
  const formats::Codec codec_;
  std::unique_ptr<IoQueue> queue_;
  std::shared_ptr<PartFileSet> set_;  // used on the I/O thread, but for its counter
  std::unique_ptr<PartFile> part_;
  std::optional<base::MonotonicTime> pending_since_;
  bool finishing_ = false;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_SINGLE_FILE_SINGLE_FILE_WRITER_H_
