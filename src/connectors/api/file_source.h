// Sources of local files: which files a path names, guessing their columns, and a reader for one
// subtask's share of them. Used by the connectors single_file and filesystem. Files are sorted by
// path; file i belongs to subtask i modulo parallelism.
#ifndef LAMINAR_CONNECTORS_API_FILE_SOURCE_H_
#define LAMINAR_CONNECTORS_API_FILE_SOURCE_H_

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/api/source_reader.h"
#include "data/connector_table.h"
#include "formats/compression/codec.h"

namespace laminar::connectors {

/// The local path of `file:///path`, `file:/path` or a plain path; InvalidArgument for other
/// schemes.
absl::StatusOr<std::string> LocalPath(const std::string& path);

/// The files that a path names: itself, all below a folder (names that begin with a dot or
/// underscore left out), or a glob's matches; of these, those where `pattern`, if set, is found in
/// the path. NotFound when there is none, except in an empty folder. BLOCKS.
absl::StatusOr<std::vector<std::string>> FindFiles(const std::string& path,
                                                   const std::optional<std::string>& pattern);

/// Checks a pattern of FindFiles.
absl::Status CheckPattern(const std::string& pattern);

/// Guesses columns by the first file that is not empty. BLOCKS.
absl::StatusOr<data::Schema> InferFileSchema(const data::ConnectorTable& table,
                                             const std::vector<std::string>& files,
                                             std::optional<formats::Codec> codec);

/// Makes the reader of this subtask's share. With no `codec`, a file's compression goes by its
/// name, then by its first bytes. Unless rows are `in_order` of event time from file to file, they
/// promise nothing before the last file has begun.
absl::StatusOr<std::unique_ptr<SourceReader>> MakeFileSource(SourceContext context,
                                                             const std::vector<std::string>& files,
                                                             std::optional<formats::Codec> codec,
                                                             bool in_order);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_FILE_SOURCE_H_
