// StdoutWriter: renders rows on the task's thread and writes the bytes on an I/O thread, so that a
// slow reader of the pipe holds back the job and not the core. Rows go out at once while the pipe
// is free, in pieces of 64 KiB while it is busy.
#ifndef LAMINAR_CONNECTORS_STDOUT_STDOUT_WRITER_H_
#define LAMINAR_CONNECTORS_STDOUT_STDOUT_WRITER_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

#include "base/file.h"
#include "connectors/api/io_queue.h"
#include "connectors/api/sink_writer.h"
#include "connectors/stdout/table_renderer.h"
#include "formats/encoder.h"

namespace laminar::connectors {

class StdoutWriter final : public SinkWriter {
 public:
  enum class Layout {
    kLines,  // what the encoder makes, row behind row
    kArray,  // one JSON array of the encoder's lines
    kTable,  // a drawn table
  };
  struct Options {
    Layout layout = Layout::kLines;
    std::optional<int64_t> rows_max = std::nullopt;
  };

  /// `encoder` is null for kTable. `file` is standard output, or another file in tests.
  StdoutWriter(SinkContext context,
               Options options,
               std::unique_ptr<formats::Encoder> encoder,
               base::OutputFile file);
  ~StdoutWriter() override;

  absl::Status Open() override;
  bool Ready() override;
  absl::Status Write(const data::Chunk& chunk) override;
  absl::StatusOr<std::optional<base::MonotonicTime>> Flush() override;
  /// Prints what has come: at least once, since what is printed cannot be taken back.
  void Snapshot(data::Epoch epoch, std::function<void(absl::StatusOr<SinkSnapshot>)> done) override;
  absl::StatusOr<bool> Finish() override;
  void Close() override;

 private:
  absl::Status Render(const data::Chunk& chunk);
  absl::Status AppendArray(const data::Chunk& chunk);
  void AppendEnd();
  void Send();

  SinkContext context_;
  const Options options_;
  std::unique_ptr<formats::Encoder> encoder_;
  std::unique_ptr<TableRenderer> table_;
  base::OutputFile file_;
  std::unique_ptr<IoQueue> queue_;
  std::string pending_;
  std::optional<base::MonotonicTime> pending_since_;
  int64_t num_rows_ = 0;
  bool limit_reached_ = false;
  bool ended_ = false;  // the end was appended
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_STDOUT_STDOUT_WRITER_H_
