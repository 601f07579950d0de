// BadRecordPolicy: what a source does with records that cannot be decoded, by its option bad_data:
// fail with a message that says where and why, drop and count, or append to a dead-letter file and
// count. Owned by the source reader, whose decoder calls it; task thread.
#ifndef LAMINAR_FORMATS_BAD_RECORD_POLICY_H_
#define LAMINAR_FORMATS_BAD_RECORD_POLICY_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/file.h"
#include "base/status.h"
#include "data/connector_table.h"
#include "formats/decoder.h"

namespace laminar::formats {

struct BadRecordCounters {
  int64_t bad_records = 0;          // all
  int64_t dropped_records = 0;      // by drop
  int64_t dead_letter_records = 0;  // by dead_letter
};

class BadRecordPolicy final : public BadRecordHandler {
 public:
  /// Opens the dead-letter file for appending where the table asks for one. BLOCKS: while opening.
  static absl::StatusOr<std::unique_ptr<BadRecordPolicy>> Make(const data::ConnectorTable& table);
  /// Writes what is buffered; an error of that write is lost, so call Flush before.
  ~BadRecordPolicy() override;

  /// Names the input in messages from now on: a path, "standard input", a topic and partition.
  void set_source(std::string_view source) { source_ = source; }

  /// Fail: an InvalidArgument that names source, position, reason and remedy. Dead letter: buffers
  /// one JSON line {"error", "position", "source", "record"}; a record that is not UTF-8 is given
  /// as "record_base64" instead. The file is written once 64 KiB have gathered, and by Flush.
  absl::Status Handle(const BadRecord& record) override;
  /// Writes buffered dead letters to their file. BLOCKS: shortly.
  absl::Status Flush();

  /// As Flush; returns when the file is on the device. BLOCKS, where anything was written since the
  /// last call.
  absl::Status Sync();

  const BadRecordCounters& counters() const { return counters_; }

 private:
  BadRecordPolicy(data::BadDataPolicy policy, std::optional<base::OutputFile> file);
  absl::Status Fail(const BadRecord& record) const;
  void AppendDeadLetter(const BadRecord& record);

  const data::BadDataPolicy policy_;
  std::optional<base::OutputFile> file_;
  std::string source_ = "input";
  std::string pending_;
  bool synced_ = true;
  BadRecordCounters counters_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_BAD_RECORD_POLICY_H_
