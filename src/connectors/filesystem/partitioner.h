// Partitioner: splits the rows of a chunk by the folder that they belong into: a time folder made
// from their event time, then `name=value` folders of their partition columns, as Hive lays them
// out. Task thread.
#ifndef LAMINAR_CONNECTORS_FILESYSTEM_PARTITIONER_H_
#define LAMINAR_CONNECTORS_FILESYSTEM_PARTITIONER_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "data/event_time.h"
#include "data/schema.h"

namespace laminar::connectors::filesystem {

/// Formats a time (UTC) by a pattern of strftime. Remembers the last second, since successive rows
/// share it.
class TimeFolders {
 public:
  explicit TimeFolders(std::string pattern) : pattern_(std::move(pattern)) {}
  const std::string& Of(data::EventTime time);

 private:
  const std::string pattern_;
  int64_t second_ = INT64_MIN;
  std::string folder_;
};

/// Checks a pattern: conversions of strftime without modifiers, and folders below the sink's that
/// readers do not leave out. InvalidArgument in the user's words.
absl::Status CheckTimePattern(std::string_view pattern);

class Partitioner {
 public:
  struct Part {
    std::string folder;       // relative; empty: the table's own
    std::string time_folder;  // its part that is made from the time
    std::vector<uint32_t> rows;
    data::EventTime newest = data::EventTime::Min();
  };

  /// `columns` are positions in `schema`; an empty `time_pattern` makes no time folder. Columns are
  /// unique.
  Partitioner(const data::Schema& schema,
              std::vector<size_t> columns,
              const std::string& time_pattern);

  /// Splits the rows; parts in order of their first row. InvalidArgument when a time folder is
  /// wanted and the rows have no event time.
  absl::StatusOr<std::vector<Part>> Split(const data::Chunk& chunk);
  bool has_time() const { return has_time_; }
  const std::string& TimeFolderOf(data::EventTime time) { return times_.Of(time); }

 private:
  const data::Schema schema_;
  const std::vector<size_t> columns_;
  const bool has_time_;
  TimeFolders times_;
};

/// A value as a folder's name has it: characters that paths or readers stumble over as %XX.
std::string EscapePartitionValue(std::string_view value);

}  // namespace laminar::connectors::filesystem

#endif  // LAMINAR_CONNECTORS_FILESYSTEM_PARTITIONER_H_
