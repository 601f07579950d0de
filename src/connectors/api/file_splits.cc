#include "connectors/api/file_splits.h"

#include <algorithm>
#include <set>
#include <utility>

#include "base/file.h"
#include "connectors/api/saved_object.h"

namespace laminar::connectors {
namespace {

// Keys of positions.
constexpr char kNumber[] = "number";
constexpr char kDone[] = "done";
constexpr char kOffset[] = "offset";
constexpr char kRows[] = "rows";
constexpr char kSize[] = "size";
constexpr char kStarted[] = "started";
constexpr char kInArray[] = "in_array";
constexpr char kInLongLine[] = "in_long_line";
constexpr char kHeader[] = "header";

}  // namespace

data::SplitPosition FileSplit::Position() const {
  SavedObject saved;
  saved.Set(kNumber, number);
  if (done) {
    saved.Set(kDone, true);
  } else if (offset > 0 && !is_stream) {
    saved.Set(kOffset, offset).Set(kRows, rows).Set(kSize, size);
    for (const auto& [key, flag] :
         {std::pair(kStarted, progress.started), std::pair(kInArray, progress.in_array),
          std::pair(kInLongLine, progress.in_long_line)}) {
      if (flag) {
        saved.Set(key, true);
      }
    }
    if (!progress.header.empty()) {
      saved.Set(kHeader, std::string_view(progress.header));
    }
  }
  return {.split = EncodeBytes(path), .position = saved.ToString()};
}

absl::StatusOr<FileSplit> FileSplit::Of(const data::SplitPosition& position) {
  FileSplit split;
  split.path = DecodeBytes(position.split);
  LAMINAR_ASSIGN_OR_RETURN(const SavedObject saved,
                           SavedObject::Parse(position.position, "position of " + position.split));
  LAMINAR_ASSIGN_OR_RETURN(split.number, saved.Integer(kNumber));
  split.done = saved.Flag(kDone);
  if (saved.Has(kOffset)) {
    LAMINAR_ASSIGN_OR_RETURN(split.offset, saved.Integer(kOffset));
    LAMINAR_ASSIGN_OR_RETURN(split.rows, saved.Integer(kRows));
    LAMINAR_ASSIGN_OR_RETURN(split.size, saved.Integer(kSize));
    split.progress.started = saved.Flag(kStarted);
    split.progress.in_array = saved.Flag(kInArray);
    split.progress.in_long_line = saved.Flag(kInLongLine);
    if (saved.Has(kHeader)) {
      LAMINAR_ASSIGN_OR_RETURN(split.progress.header, saved.Text(kHeader));
    }
  }
  return split;
}

absl::Status FileHasChanged(const std::string& path, const std::string& why) {
  return base::MakeError(
      absl::StatusCode::kFailedPrecondition,
      "a file of the source has changed since the checkpoint, which has not read it to its end: " +
          path + " " + why + "\n  put back what was there, or begin anew with another state");
}

absl::StatusOr<std::vector<FileSplit>> ShareOf(const SourceContext& context,
                                               const std::vector<std::string>& files) {
  std::vector<FileSplit> all;
  std::set<std::string> known;
  const std::set<std::string> there(files.begin(), files.end());
  int64_t next_number = 0;
  if (context.restored.has_value()) {
    for (const data::SplitPosition& position : *context.restored) {
      LAMINAR_ASSIGN_OR_RETURN(FileSplit split, FileSplit::Of(position));
      if (!known.insert(split.path).second) {
        return base::DataLoss("the checkpoint names a file twice: " + split.path);
      }
      if (!split.done && !there.contains(split.path)) {
        return FileHasChanged(split.path, base::FileExists(split.path)
                                              ? "is not what the table names any more"
                                              : "is gone");
      }
      next_number = std::max(next_number, split.number + 1);
      all.push_back(std::move(split));
    }
  }
  for (const std::string& path : files) {
    if (known.insert(path).second) {
      FileSplit split;
      split.path = path;
      split.number = next_number++;
      all.push_back(std::move(split));
    }
  }
  std::erase_if(all, [&](const FileSplit& split) {
    return split.number % context.parallelism != context.subtask;
  });
  std::ranges::sort(all, {}, &FileSplit::number);
  return all;
}

}  // namespace laminar::connectors
