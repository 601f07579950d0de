// The options of a filesystem sink, read from its table: where files go, how large and old they
// become, and what they are called. Plain data; any thread.
#ifndef LAMINAR_CONNECTORS_FILESYSTEM_WRITER_OPTIONS_H_
#define LAMINAR_CONNECTORS_FILESYSTEM_WRITER_OPTIONS_H_

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "base/status.h"
#include "connectors/filesystem/file_names.h"
#include "data/connector_table.h"
#include "formats/compression/codec.h"

namespace laminar::connectors::filesystem {

struct WriterOptions {
  std::string path;  // the folder
  formats::Codec codec = formats::Codec::kNone;
  std::optional<int64_t> file_bytes;
  std::optional<int64_t> interval_nanos;
  std::optional<int64_t> inactivity_nanos;
  bool roll_by_watermark = false;
  std::string time_pattern;
  std::vector<size_t> partition_columns;
  NameOptions names;

  /// Reads a table's options. InvalidArgument in the user's words.
  static absl::StatusOr<WriterOptions> FromTable(const data::ConnectorTable& table);
};

/// What names of the table's files end in: its format and compression.
std::string FileSuffix(const data::ConnectorTable& table, formats::Codec codec);

}  // namespace laminar::connectors::filesystem

#endif  // LAMINAR_CONNECTORS_FILESYSTEM_WRITER_OPTIONS_H_
