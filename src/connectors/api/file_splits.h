// FileSplit: how far one file of a source is read, and which subtask reads it. Files are numbered
// once, sorted by path, those that appear later behind all before them; file i belongs to subtask i
// modulo parallelism, also when the job goes on at another one. Plain values; any thread.
#ifndef LAMINAR_CONNECTORS_API_FILE_SPLITS_H_
#define LAMINAR_CONNECTORS_API_FILE_SPLITS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "connectors/api/source_reader.h"
#include "formats/decoder.h"

namespace laminar::connectors {

struct FileSplit {
  std::string path;
  int64_t number = 0;
  bool done = false;
  /// Decompressed bytes of text, or rows of Parquet, before the first record that was not
  /// delivered.
  int64_t offset = 0;
  int64_t rows = 0;  // delivered
  /// What is read of it: its length when it was opened first. -1: not opened yet, or no bound.
  int64_t size = -1;
  bool is_stream = false;  // a pipe or device: what was read of it is gone
  formats::DecoderProgress progress;

  bool begun() const { return done || offset > 0; }
  data::SplitPosition Position() const;
  static absl::StatusOr<FileSplit> Of(const data::SplitPosition& position);
};

/// The share of `context`'s subtask of `files`, which are sorted, and of what it goes on from; in
/// order of their numbers, those that are done too. FailedPrecondition, naming it, when a file that
/// was not read to its end is not among `files`.
absl::StatusOr<std::vector<FileSplit>> ShareOf(const SourceContext& context,
                                               const std::vector<std::string>& files);

/// FailedPrecondition: the file is not the one of which a part was read. `why` says what is other.
absl::Status FileHasChanged(const std::string& path, const std::string& why);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_FILE_SPLITS_H_
