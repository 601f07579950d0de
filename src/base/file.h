// Files, pipes and folders: the only place that opens, reads, writes, renames
// or lists them. Every error names the path and what the operating system said.
// Reads and writes BLOCK; tasks never call them, I/O threads and start-up code
// do. Errors by code: NotFound, PermissionDenied, ResourceExhausted (disk full,
// quota), AlreadyExists, InvalidArgument (a folder where a file is wanted,
// ...), Cancelled (stopped, or the reader of a pipe has gone: see
// IsClosedPipe), Unavailable for the rest.
#ifndef LAMINAR_BASE_FILE_H_
#define LAMINAR_BASE_FILE_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"

namespace laminar::base {

/// Ends a blocking read from another thread. Owned by whoever stops the reader;
/// outlives the reads that name it.
class StopEvent {
 public:
  StopEvent();
  ~StopEvent();
  StopEvent(const StopEvent&) = delete;
  StopEvent& operator=(const StopEvent&) = delete;
  /// Any thread; stays set.
  void Set();

  /// For poll: readable once set.
  int descriptor() const { return descriptor_; }

 private:
  int descriptor_ = -1;
};

enum class FileKind { kFile, kFolder, kStream };  // kStream: pipe, terminal, socket, device

struct FileInfo {
  FileKind kind = FileKind::kFile;
  int64_t bytes = 0;            // of kFile
  int64_t modified_micros = 0;  // since 1970-01-01 UTC
};

/// An open file or pipe to read from. One thread at a time.
class InputFile {
 public:
  /// Opens a file, pipe or device; a folder is an InvalidArgument. Opening a
  /// pipe does not wait for a writer: its reads do.
  static absl::StatusOr<InputFile> Open(const std::string& path);
  /// The process's standard input; not closed by the destructor.
  static InputFile StandardInput();

  InputFile(InputFile&& other) noexcept;
  InputFile& operator=(InputFile&& other) noexcept;
  ~InputFile();

  /// Reads up to `size` bytes at the current position; 0 only at the end. A
  /// pipe gives what is there and waits while there is nothing. With `stop`,
  /// returns Cancelled soon after it is set. BLOCKS.
  absl::StatusOr<size_t> Read(char* buffer, size_t size, const StopEvent* stop = nullptr);
  /// As Read, but waits for at most `wait_millis`; DeadlineExceeded when
  /// nothing came.
  absl::StatusOr<size_t> ReadFor(char* buffer,
                                 size_t size,
                                 int wait_millis,
                                 const StopEvent* stop = nullptr);
  /// Reads up to `size` bytes at `offset`, fewer only at the end. REQUIRES: a
  /// regular file. BLOCKS.
  absl::StatusOr<size_t> ReadAt(int64_t offset, char* buffer, size_t size);

  /// What it was when opened; a file that grows later keeps this size here.
  const FileInfo& info() const { return info_; }
  const std::string& path() const { return path_; }

 private:
  InputFile() = default;
  void Release();

  int descriptor_ = -1;
  bool owned_ = false;
  std::string path_;
  FileInfo info_;
};

/// An open file or pipe to write to. One thread at a time. The destructor
/// closes without saying whether that worked.
class OutputFile {
 public:
  /// Makes the file or empties it. Opening a named pipe waits for its reader; with `stop`, until
  /// that is set. BLOCKS.
  static absl::StatusOr<OutputFile> Create(const std::string& path,
                                           const StopEvent* stop = nullptr);
  /// Makes the file; AlreadyExists when it is there.
  static absl::StatusOr<OutputFile> CreateNew(const std::string& path);
  /// Makes the file or writes behind its end.
  static absl::StatusOr<OutputFile> Append(const std::string& path);
  /// Opens a file that is there, to write anywhere in it.
  static absl::StatusOr<OutputFile> Edit(const std::string& path);
  /// The process's standard output or error; not closed by the destructor. From
  /// then on the process ignores SIGPIPE.
  static OutputFile StandardOutput();
  static OutputFile StandardError();

  OutputFile(OutputFile&& other) noexcept;
  OutputFile& operator=(OutputFile&& other) noexcept;
  ~OutputFile();

  /// Writes all bytes; after an error some may have been written. With `stop`, returns Cancelled
  /// soon after it is set, even when a pipe's reader takes nothing. BLOCKS.
  absl::Status Write(std::string_view bytes, const StopEvent* stop = nullptr);
  /// Writes all bytes from `offset` on, over what is there. REQUIRES: made by Edit. BLOCKS.
  absl::Status WriteAt(int64_t offset, std::string_view bytes);
  /// Returns when the bytes are on the device; a stream has nothing to sync.
  /// BLOCKS.
  absl::Status Sync();
  /// Closes and reports what closing found. Nothing may be written after.
  absl::Status Close();

  int64_t bytes_written() const { return bytes_written_; }
  const std::string& path() const { return path_; }
  bool is_terminal() const;
  /// Characters in a line of the terminal; 0 when it is none or does not say.
  int terminal_columns() const;

 private:
  OutputFile() = default;
  static OutputFile Own(int descriptor, const std::string& path);
  static absl::StatusOr<OutputFile> OpenWith(const std::string& path, int flags);
  void Release();

  int descriptor_ = -1;
  bool owned_ = false;
  std::string path_;
  int64_t bytes_written_ = 0;
};

/// True for the status of a write into a pipe or socket that nobody reads any
/// more: the quiet end of `laminar run ... | head`.
bool IsClosedPipe(const absl::Status& status);

bool FileExists(const std::string& path);
bool IsFolder(const std::string& path);
absl::StatusOr<FileInfo> GetFileInfo(const std::string& path);

/// ResourceExhausted when it holds more than `bytes_max`.
absl::StatusOr<std::string> ReadWholeFile(const std::string& path,
                                          int64_t bytes_max = int64_t{1} << 30);
/// Replaces the file as a whole: readers see the old bytes or the new ones,
/// also after a crash.
absl::Status WriteWholeFile(const std::string& path, std::string_view bytes);

/// Renames within one file system, replacing `to`, and syncs its folder.
absl::Status RenameFile(const std::string& from, const std::string& to);
/// As RenameFile, but AlreadyExists when `to` is there.
absl::Status RenameFileNew(const std::string& from, const std::string& to);
/// NotFound when it is not there.
absl::Status RemoveFile(const std::string& path);
/// Removes a folder that is empty; FailedPrecondition when it is not.
absl::Status RemoveEmptyFolder(const std::string& path);
/// Removes a file, or a folder with all below it; nothing there is no error.
absl::Status RemoveAll(const std::string& path);
/// Makes a folder and those above it; one that exists is no error.
absl::Status MakeFolders(const std::string& path);
/// Names (without the folder) of everything directly in a folder, sorted,
/// without . and ..
absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path);
/// Paths of all files (not folders) below a folder, sorted. Hidden names are left out,
/// as are links to folders.
absl::StatusOr<std::vector<std::string>> ListFilesBelow(const std::string& path);
/// Whether folders and globs leave a name out: what others have not finished or keep for themselves
/// begins with a dot or an underscore. With an equals sign, an underscore begins the folder of a
/// partition whose column is named so.
bool IsHiddenName(std::string_view name);
/// True when the text holds one of * ? [ and so may name several files.
bool HasGlobCharacters(std::string_view path);
/// Paths of files (not folders) that match, sorted. `*`, `?` and `[...]` match
/// within a name; `**` matches any number of folders. Hidden names match only
/// patterns that begin with the same character. No match is an empty list.
absl::StatusOr<std::vector<std::string>> Glob(const std::string& pattern);
/// Makes a new, empty folder for short-lived files, below the system's folder
/// for them.
absl::StatusOr<std::string> MakeTemporaryFolder(std::string_view prefix);

/// The absolute path without links, `.` and `..`, also of what is not there (its last parts are
/// then taken as they are written); the path itself when that cannot be told.
std::string RealPath(const std::string& path);
/// Returns when the names in a folder are on the device: those of new files and folders are not
/// before. BLOCKS.
absl::Status SyncFolder(const std::string& path);
/// `folder/name`, without a doubled slash.
std::string JoinPath(std::string_view folder, std::string_view name);
/// The part after the last slash, and the part before it ("." when there is
/// none).
std::string_view FileName(std::string_view path);
std::string_view FolderName(std::string_view path);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_FILE_H_
