#include "connectors/api/file_source.h"

#include <algorithm>
#include <regex>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"
#include "connectors/api/byte_source.h"
#include "connectors/api/file_splits.h"
#include "connectors/api/parquet_source.h"
#include "expression/duckdb_instance.h"
#include "formats/format_registry.h"
#include "formats/parquet/parquet_file_reader.h"

namespace laminar::connectors {
namespace {

// Decompressed bytes of a file that its columns are guessed by.
constexpr size_t kSampleBytes = 1 << 20;

std::optional<formats::Codec> CodecOf(const std::string& path,
                                      std::optional<formats::Codec> codec) {
  if (codec.has_value()) {
    return codec;
  }
  const formats::Codec by_name = formats::CodecFromPath(path);
  return by_name == formats::Codec::kNone ? std::nullopt : std::optional(by_name);
}

absl::StatusOr<OpenInput> OpenFile(const std::string& path, std::optional<formats::Codec> codec) {
  LAMINAR_ASSIGN_OR_RETURN(base::InputFile file, base::InputFile::Open(path));
  OpenInput input;
  input.name = path;
  input.is_stream = file.info().kind == base::FileKind::kStream;
  auto bytes = std::make_unique<FileInput>(std::move(file));
  input.size = bytes->size();
  input.bytes = std::move(bytes);
  input.codec = CodecOf(path, codec);
  return input;
}

// Opens a file of which a part was read: from there on, and as long as it was. What was appended
// since is left out, as if it had been read without a break.
absl::StatusOr<OpenInput> ReopenFile(const FileSplit& split, std::optional<formats::Codec> codec) {
  LAMINAR_ASSIGN_OR_RETURN(base::InputFile file, base::InputFile::Open(split.path));
  const base::FileInfo info = file.info();
  if (info.kind != base::FileKind::kFile) {
    return FileHasChanged(split.path, "is not a file any more");
  }
  OpenInput input;
  input.name = split.path;
  input.codec = CodecOf(split.path, codec);
  if (!input.codec.has_value()) {
    char first[4];
    LAMINAR_ASSIGN_OR_RETURN(const size_t count, file.ReadAt(0, first, sizeof(first)));
    input.codec = formats::CodecFromMagic({first, count});
  }
  const bool is_plain = *input.codec == formats::Codec::kNone;
  const int64_t needed = std::max(split.size, is_plain ? split.offset : 0);
  if (info.bytes < needed) {
    return FileHasChanged(split.path, fmt::format("has {} bytes, and had {}", info.bytes, needed));
  }
  input.skip = is_plain ? 0 : split.offset;
  auto bytes =
      std::make_unique<FileInput>(std::move(file), is_plain ? split.offset : 0, split.size);
  input.size = bytes->size();
  input.bytes = std::move(bytes);
  return input;
}

class FileSequence final : public InputSequence {
 public:
  FileSequence(std::vector<FileSplit> splits, std::optional<formats::Codec> codec, bool in_order)
      : splits_(std::move(splits)), codec_(codec), in_order_(in_order) {
    SkipDone();
  }

  absl::StatusOr<std::optional<OpenInput>> Next() override {
    if (next_ == splits_.size()) {
      return std::nullopt;
    }
    const FileSplit& split = splits_[next_];
    LAMINAR_ASSIGN_OR_RETURN(OpenInput input, split.offset > 0 ? ReopenFile(split, codec_)
                                                               : OpenFile(split.path, codec_));
    input.split = next_++;
    SkipDone();
    input.others_wait = !in_order_ && next_ < splits_.size();
    return std::optional<OpenInput>(std::move(input));
  }

 private:
  void SkipDone() {
    while (next_ < splits_.size() && splits_[next_].done) {
      ++next_;
    }
  }

  const std::vector<FileSplit> splits_;
  const std::optional<formats::Codec> codec_;
  const bool in_order_;  // rows of later files are not older
  size_t next_ = 0;
};

absl::StatusOr<const formats::FormatFactory*> FormatOf(const data::ConnectorTable& table) {
  const formats::FormatFactory* format = formats::FormatRegistry::Global().Find(table.format);
  if (format == nullptr) {
    return base::InvalidArgument("unknown format: " + table.format);
  }
  return format;
}

// std::regex reports bad patterns, and searches that are too complex, by exceptions; they end here.
absl::StatusOr<std::vector<std::string>> Matching(const std::vector<std::string>& paths,
                                                  const std::string& pattern) {
  try {
    const std::regex expression(pattern, std::regex::ECMAScript | std::regex::optimize);
    std::vector<std::string> matching;
    for (const std::string& path : paths) {
      if (std::regex_search(path, expression)) {
        matching.push_back(path);
      }
    }
    return matching;
  } catch (const std::regex_error& error) {
    return base::InvalidArgument(fmt::format(
        "option source.regex_pattern is no regular expression: {}: {}", pattern, error.what()));
  }
}

}  // namespace

absl::StatusOr<std::string> LocalPath(const std::string& path) {
  if (path.empty()) {
    return base::InvalidArgument("option path must not be empty");
  }
  if (path.starts_with("file://")) {
    return path.substr(std::string_view("file://").size());
  }
  if (path.starts_with("file:/")) {
    return path.substr(std::string_view("file:").size());
  }
  const size_t scheme = path.find("://");
  if (scheme != std::string::npos && path.find('/') > scheme) {
    return base::InvalidArgument("option path: only local files can be named, not " +
                                 path.substr(0, scheme) + "://");
  }
  return path;
}

absl::Status CheckPattern(const std::string& pattern) { return Matching({}, pattern).status(); }

absl::StatusOr<std::vector<std::string>> FindFiles(const std::string& path,
                                                   const std::optional<std::string>& pattern) {
  std::vector<std::string> files;
  bool may_be_empty = false;
  if (base::IsFolder(path)) {
    LAMINAR_ASSIGN_OR_RETURN(files, base::ListFilesBelow(path));
    may_be_empty = true;
  } else if (!base::FileExists(path) && base::HasGlobCharacters(path)) {
    LAMINAR_ASSIGN_OR_RETURN(files, base::Glob(path));
  } else {
    LAMINAR_RETURN_IF_ERROR(base::GetFileInfo(path).status());
    files.push_back(path);
  }
  if (files.empty() && !may_be_empty) {
    return base::NotFound("no file matches: " + path);
  }
  if (!pattern.has_value() || files.empty()) {
    return files;
  }
  LAMINAR_ASSIGN_OR_RETURN(files, Matching(files, *pattern));
  if (files.empty()) {
    return base::NotFound(
        fmt::format("no file of {} matches source.regex_pattern: {}", path, *pattern));
  }
  return files;
}

absl::StatusOr<data::Schema> InferFileSchema(const data::ConnectorTable& table,
                                             const std::vector<std::string>& files,
                                             std::optional<formats::Codec> codec) {
  LAMINAR_ASSIGN_OR_RETURN(const formats::FormatFactory* format, FormatOf(table));
  for (const std::string& path : files) {
    if (format->needs_random_access()) {
      LAMINAR_ASSIGN_OR_RETURN(
          const std::unique_ptr<formats::ParquetFileReader> reader,
          formats::ParquetFileReader::Open(expression::EvaluationContext(), path));
      return reader->schema();
    }
    LAMINAR_ASSIGN_OR_RETURN(OpenInput input, OpenFile(path, codec));
    LAMINAR_ASSIGN_OR_RETURN(const Sample sample, ReadSample(std::move(input), kSampleBytes));
    if (sample.bytes.empty()) {
      continue;
    }
    absl::StatusOr<data::Schema> schema =
        format->InferSchema(sample.bytes, sample.at_end, table.format_options);
    if (!schema.ok()) {
      return base::InvalidArgument(fmt::format("cannot guess columns of {}: {}", path,
                                               base::FromAbsl(schema.status().message())));
    }
    return schema;
  }
  return base::InvalidArgument(
      "columns must be declared: there is no file with content to guess them by: " +
      table.options.GetStringOr("path", ""));
}

absl::StatusOr<std::unique_ptr<SourceReader>> MakeFileSource(SourceContext context,
                                                             const std::vector<std::string>& files,
                                                             std::optional<formats::Codec> codec,
                                                             bool in_order) {
  LAMINAR_ASSIGN_OR_RETURN(const formats::FormatFactory* format, FormatOf(context.table));
  LAMINAR_ASSIGN_OR_RETURN(std::vector<FileSplit> share, ShareOf(context, files));
  if (format->needs_random_access()) {
    return std::make_unique<ParquetSource>(std::move(context), std::move(share), in_order);
  }
  auto inputs = std::make_unique<FileSequence>(share, codec, in_order);
  return std::make_unique<ByteSource>(std::move(context), std::move(inputs), std::move(share));
}

}  // namespace laminar::connectors
