#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <climits>
#include <csignal>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <fcntl.h>
#include <filesystem>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/assert.h"
#include "base/environment.h"

namespace laminar::base {
namespace {

constexpr char kClosedPipePayload[] = "laminar/closed_pipe";

// Files are written in pieces, so that one call never exceeds what write()
// takes.
constexpr size_t kWriteBytesMax = 1 << 30;

std::string ErrorText(int error) {
  return std::error_code(error, std::system_category()).message();
}

absl::StatusCode CodeOf(int error) {
  switch (error) {
    case ENOENT:
    case ENOTDIR:
      return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case ENOSPC:
    case EDQUOT:
    case EFBIG:
    case EMFILE:
    case ENFILE:
      return absl::StatusCode::kResourceExhausted;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case EISDIR:
    case EINVAL:
    case ENAMETOOLONG:
    case ELOOP:
    case EXDEV:
      return absl::StatusCode::kInvalidArgument;
    case EPIPE:
      return absl::StatusCode::kCancelled;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

absl::Status SystemError(std::string_view action, const std::string& path, int error) {
  absl::Status status =
      MakeError(CodeOf(error), std::string(action) + ": " + path + ": " + ErrorText(error));
  if (error == EPIPE) {
    status.SetPayload(kClosedPipePayload, absl::Cord("1"));
  }
  return status;
}

FileInfo InfoOf(const struct stat& data) {
  FileInfo info;
  if (S_ISDIR(data.st_mode)) {
    info.kind = FileKind::kFolder;
  } else if (S_ISREG(data.st_mode)) {
    info.kind = FileKind::kFile;
    info.bytes = data.st_size;
  } else {
    info.kind = FileKind::kStream;
  }
  info.modified_micros =
      static_cast<int64_t>(data.st_mtim.tv_sec) * 1'000'000 + data.st_mtim.tv_nsec / 1000;
  return info;
}

// The kind of a path; kFolder also for a link to one only when `follow`.
bool IsFolderEntry(const std::string& path, bool follow) {
  struct stat data{};
  const int result = follow ? stat(path.c_str(), &data) : lstat(path.c_str(), &data);
  return result == 0 && S_ISDIR(data.st_mode);
}

bool IsFileEntry(const std::string& path) {
  struct stat data{};
  return stat(path.c_str(), &data) == 0 && !S_ISDIR(data.st_mode);
}

bool MatchBracket(std::string_view pattern, size_t& at, char c) {
  size_t i = at + 1;
  bool negated = false;
  if (i < pattern.size() && (pattern[i] == '!' || pattern[i] == '^')) {
    negated = true;
    ++i;
  }
  bool matched = false;
  const size_t first = i;
  while (i < pattern.size() && (pattern[i] != ']' || i == first)) {
    if (i + 2 < pattern.size() && pattern[i + 1] == '-' && pattern[i + 2] != ']') {
      matched |= pattern[i] <= c && c <= pattern[i + 2];
      i += 3;
    } else {
      matched |= pattern[i] == c;
      ++i;
    }
  }
  if (i >= pattern.size()) {
    // No closing bracket: an ordinary character.
    ++at;
    return c == '[';
  }
  at = i + 1;
  return matched != negated;
}

// What others have not finished or keep for themselves. An underscore with an equals sign is the
// folder of a partition whose column's name begins so.
bool IsHiddenName(std::string_view name) {
  return name.starts_with('.') ||
         (name.starts_with('_') && name.find('=') == std::string_view::npos);
}

// Matches one path component, with backtracking to the last star only.
bool MatchName(std::string_view pattern, std::string_view name) {
  if (IsHiddenName(name) && !pattern.starts_with(name[0])) {
    return false;
  }
  size_t p = 0;
  size_t n = 0;
  size_t star = std::string_view::npos;
  size_t star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
      continue;
    }
    if (p < pattern.size()) {
      size_t next = p + 1;
      bool matched = pattern[p] == '?' || pattern[p] == name[n];
      if (pattern[p] == '[') {
        next = p;
        matched = MatchBracket(pattern, next, name[n]);
      }
      if (matched) {
        p = next;
        ++n;
        continue;
      }
    }
    if (star == std::string_view::npos) {
      return false;
    }
    p = star + 1;
    n = ++star_name;
  }
  while (p < pattern.size() && pattern[p] == '*') {
    ++p;
  }
  return p == pattern.size();
}

std::vector<std::string> SplitPath(std::string_view path) {
  std::vector<std::string> parts;
  size_t start = 0;
  while (start <= path.size()) {
    size_t end = path.find('/', start);
    if (end == std::string_view::npos) {
      end = path.size();
    }
    if (end > start) {
      parts.emplace_back(path.substr(start, end - start));
    }
    start = end + 1;
  }
  return parts;
}

// All folders at and below `folder`, links not followed, hidden names left out.
absl::Status AddFoldersBelow(const std::string& folder, std::vector<std::string>& folders) {
  std::vector<std::string> open = {folder};
  while (!open.empty()) {
    const std::string next = std::move(open.back());
    open.pop_back();
    folders.push_back(next);
    LAMINAR_ASSIGN_OR_RETURN(std::vector<std::string> names, ListFolder(next.empty() ? "." : next));
    for (const std::string& name : names) {
      const std::string path = JoinPath(next, name);
      if (!IsHiddenName(name) && IsFolderEntry(path, /*follow=*/false)) {
        open.push_back(path);
      }
    }
  }
  return absl::OkStatus();
}

void IgnoreClosedPipeSignal() {
  static const bool done = [] {
    struct sigaction action{};
    action.sa_handler = SIG_IGN;
    sigaction(SIGPIPE, &action, nullptr);
    return true;
  }();
  (void)done;
}

}  // namespace

// --- StopEvent
// ----------------------------------------------------------------------------------------------------------

StopEvent::StopEvent() : descriptor_(eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)) {
  LAMINAR_ASSERT(descriptor_ >= 0, errno);
}

StopEvent::~StopEvent() { close(descriptor_); }

void StopEvent::Set() {
  const uint64_t one = 1;
  // Fails only when the counter is full, and then it is set.
  [[maybe_unused]] const ssize_t written = write(descriptor_, &one, sizeof(one));
}

// --- InputFile
// ----------------------------------------------------------------------------------------------------------

absl::StatusOr<InputFile> InputFile::Open(const std::string& path) {
  // O_NONBLOCK: a named pipe opens without a writer; reads poll first, and wait
  // there.
  const int descriptor = open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (descriptor < 0) {
    return SystemError("cannot open", path, errno);
  }
  InputFile file;
  file.descriptor_ = descriptor;
  file.owned_ = true;
  file.path_ = path;
  struct stat data{};
  if (fstat(descriptor, &data) != 0) {
    return SystemError("cannot open", path, errno);
  }
  file.info_ = InfoOf(data);
  if (file.info_.kind == FileKind::kFolder) {
    return SystemError("cannot read", path, EISDIR);
  }
  return file;
}

InputFile InputFile::StandardInput() {
  InputFile file;
  file.descriptor_ = STDIN_FILENO;
  file.path_ = "standard input";
  struct stat data{};
  file.info_.kind = FileKind::kStream;
  if (fstat(STDIN_FILENO, &data) == 0) {
    file.info_ = InfoOf(data);
  }
  return file;
}

InputFile::InputFile(InputFile&& other) noexcept { *this = std::move(other); }

InputFile& InputFile::operator=(InputFile&& other) noexcept {
  if (this != &other) {
    Release();
    descriptor_ = std::exchange(other.descriptor_, -1);
    owned_ = std::exchange(other.owned_, false);
    path_ = std::move(other.path_);
    info_ = other.info_;
  }
  return *this;
}

InputFile::~InputFile() { Release(); }

void InputFile::Release() {
  if (owned_ && descriptor_ >= 0) {
    close(descriptor_);
  }
  descriptor_ = -1;
  owned_ = false;
}

absl::StatusOr<size_t> InputFile::Read(char* buffer, size_t size, const StopEvent* stop) {
  return ReadFor(buffer, size, -1, stop);
}

absl::StatusOr<size_t> InputFile::ReadFor(char* buffer,
                                          size_t size,
                                          int wait_millis,
                                          const StopEvent* stop) {
  while (true) {
    if (info_.kind != FileKind::kFile || stop != nullptr) {
      pollfd waits[2] = {{descriptor_, POLLIN, 0},
                         {stop != nullptr ? stop->descriptor() : -1, POLLIN, 0}};
      const int ready = poll(waits, 2, wait_millis);
      if (ready < 0 && errno != EINTR) {
        return SystemError("cannot read", path_, errno);
      }
      if (ready < 0) {
        continue;
      }
      if (waits[1].revents != 0) {
        return MakeError(absl::StatusCode::kCancelled, "reading was stopped: " + path_);
      }
      if (ready == 0) {
        return MakeError(absl::StatusCode::kDeadlineExceeded, "nothing came to read: " + path_);
      }
    }
    const ssize_t count = read(descriptor_, buffer, size);
    if (count >= 0) {
      return static_cast<size_t>(count);
    }
    if (errno != EINTR && errno != EAGAIN) {
      return SystemError("cannot read", path_, errno);
    }
  }
}

absl::StatusOr<size_t> InputFile::ReadAt(int64_t offset, char* buffer, size_t size) {
  size_t total = 0;
  while (total < size) {
    const ssize_t count =
        pread(descriptor_, buffer + total, size - total, offset + static_cast<int64_t>(total));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return SystemError("cannot read", path_, errno);
    }
    if (count == 0) {
      break;
    }
    total += static_cast<size_t>(count);
  }
  return total;
}

// --- OutputFile
// ---------------------------------------------------------------------------------------------------------

OutputFile OutputFile::Own(int descriptor, const std::string& path) {
  IgnoreClosedPipeSignal();
  OutputFile file;
  file.descriptor_ = descriptor;
  file.owned_ = true;
  file.path_ = path;
  return file;
}

absl::StatusOr<OutputFile> OutputFile::OpenWith(const std::string& path, int flags) {
  const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC | flags, 0666);
  if (descriptor < 0) {
    return SystemError("cannot open for writing", path, errno);
  }
  return Own(descriptor, path);
}

absl::StatusOr<OutputFile> OutputFile::Create(const std::string& path, const StopEvent* stop) {
  constexpr int kFlags = O_CREAT | O_TRUNC;
  struct stat data{};
  if (stop == nullptr || stat(path.c_str(), &data) != 0 || !S_ISFIFO(data.st_mode)) {
    return OpenWith(path, kFlags);
  }
  // A pipe without a reader cannot be opened without waiting, and the wait could not be ended: ask
  // now and then.
  constexpr int kRetryMillis = 5;
  while (true) {
    const int descriptor = open(path.c_str(), O_WRONLY | O_CLOEXEC | O_NONBLOCK);
    if (descriptor >= 0) {
      fcntl(descriptor, F_SETFL, O_WRONLY);
      return Own(descriptor, path);
    }
    if (errno != ENXIO) {
      return SystemError("cannot open for writing", path, errno);
    }
    pollfd wait = {stop->descriptor(), POLLIN, 0};
    if (poll(&wait, 1, kRetryMillis) > 0) {
      return MakeError(absl::StatusCode::kCancelled, "writing was stopped: " + path);
    }
  }
}

absl::StatusOr<OutputFile> OutputFile::CreateNew(const std::string& path) {
  return OpenWith(path, O_CREAT | O_EXCL);
}
absl::StatusOr<OutputFile> OutputFile::Append(const std::string& path) {
  return OpenWith(path, O_CREAT | O_APPEND);
}

OutputFile OutputFile::StandardOutput() {
  IgnoreClosedPipeSignal();
  OutputFile file;
  file.descriptor_ = STDOUT_FILENO;
  file.path_ = "standard output";
  return file;
}

OutputFile OutputFile::StandardError() {
  IgnoreClosedPipeSignal();
  OutputFile file;
  file.descriptor_ = STDERR_FILENO;
  file.path_ = "standard error";
  return file;
}

OutputFile::OutputFile(OutputFile&& other) noexcept { *this = std::move(other); }

OutputFile& OutputFile::operator=(OutputFile&& other) noexcept {
  if (this != &other) {
    Release();
    descriptor_ = std::exchange(other.descriptor_, -1);
    owned_ = std::exchange(other.owned_, false);
    path_ = std::move(other.path_);
    bytes_written_ = other.bytes_written_;
  }
  return *this;
}

OutputFile::~OutputFile() { Release(); }

void OutputFile::Release() {
  if (owned_ && descriptor_ >= 0) {
    close(descriptor_);
  }
  descriptor_ = -1;
  owned_ = false;
}

absl::Status OutputFile::Write(std::string_view bytes, const StopEvent* stop) {
  // A pipe that says it has room takes this many bytes without making the writer wait.
  const size_t piece_max = stop == nullptr ? kWriteBytesMax : PIPE_BUF;
  while (!bytes.empty()) {
    if (stop != nullptr) {
      pollfd waits[2] = {{descriptor_, POLLOUT, 0}, {stop->descriptor(), POLLIN, 0}};
      if (poll(waits, 2, -1) < 0 && errno != EINTR) {
        return SystemError("cannot write", path_, errno);
      }
      if (waits[1].revents != 0) {
        return MakeError(absl::StatusCode::kCancelled, "writing was stopped: " + path_);
      }
    }
    const ssize_t count = write(descriptor_, bytes.data(), std::min(bytes.size(), piece_max));
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0 && errno == EAGAIN) {
      // Somebody who shares the descriptor has made it non-blocking.
      pollfd wait = {descriptor_, POLLOUT, 0};
      poll(&wait, 1, stop == nullptr ? -1 : 1);
      continue;
    }
    if (count < 0) {
      return SystemError("cannot write", path_, errno);
    }
    bytes_written_ += count;
    bytes.remove_prefix(static_cast<size_t>(count));
  }
  return absl::OkStatus();
}

absl::Status OutputFile::Sync() {
  if (fsync(descriptor_) != 0 && errno != EINVAL && errno != EROFS && errno != ENOTSUP) {
    return SystemError("cannot sync", path_, errno);
  }
  return absl::OkStatus();
}

absl::Status OutputFile::Close() {
  const int descriptor = std::exchange(descriptor_, -1);
  if (descriptor < 0 || !std::exchange(owned_, false)) {
    return absl::OkStatus();
  }
  if (close(descriptor) != 0 && errno != EINTR) {
    return SystemError("cannot close", path_, errno);
  }
  return absl::OkStatus();
}

bool OutputFile::is_terminal() const { return isatty(descriptor_) == 1; }

int OutputFile::terminal_columns() const {
  winsize size{};
  return is_terminal() && ioctl(descriptor_, TIOCGWINSZ, &size) == 0 ? size.ws_col : 0;
}

bool IsClosedPipe(const absl::Status& status) {
  return status.GetPayload(kClosedPipePayload).has_value();
}

// --- Paths
// --------------------------------------------------------------------------------------------------------------

bool FileExists(const std::string& path) {
  struct stat data{};
  return stat(path.c_str(), &data) == 0;
}

bool IsFolder(const std::string& path) { return IsFolderEntry(path, /*follow=*/true); }

absl::StatusOr<FileInfo> GetFileInfo(const std::string& path) {
  struct stat data{};
  if (stat(path.c_str(), &data) != 0) {
    return SystemError("cannot open", path, errno);
  }
  return InfoOf(data);
}

absl::StatusOr<std::string> ReadWholeFile(const std::string& path, int64_t bytes_max) {
  LAMINAR_ASSIGN_OR_RETURN(InputFile file, InputFile::Open(path));
  std::string bytes;
  size_t used = 0;
  while (true) {
    // A file's size is a hint only: it may grow, and /proc says 0. No room for more than is wanted.
    const size_t hint = static_cast<size_t>(std::min(file.info().bytes, bytes_max)) + 1;
    bytes.resize(std::max<size_t>(used + 4096, used == 0 ? hint : used * 2));
    LAMINAR_ASSIGN_OR_RETURN(size_t count, file.Read(bytes.data() + used, bytes.size() - used));
    used += count;
    if (static_cast<int64_t>(used) > bytes_max) {
      return ResourceExhausted("file is larger than " + std::to_string(bytes_max) +
                               " bytes: " + path);
    }
    if (count == 0) {
      bytes.resize(used);
      return bytes;
    }
  }
}

absl::Status WriteWholeFile(const std::string& path, std::string_view bytes) {
  const std::string temporary = path + ".tmp." + std::to_string(getpid());
  absl::Status written = [&]() -> absl::Status {
    LAMINAR_ASSIGN_OR_RETURN(OutputFile file, OutputFile::Create(temporary));
    LAMINAR_RETURN_IF_ERROR(file.Write(bytes));
    LAMINAR_RETURN_IF_ERROR(file.Sync());
    LAMINAR_RETURN_IF_ERROR(file.Close());
    return RenameFile(temporary, path);
  }();
  if (!written.ok()) {
    unlink(temporary.c_str());
  }
  return written;
}

absl::Status RenameFile(const std::string& from, const std::string& to) {
  if (rename(from.c_str(), to.c_str()) != 0) {
    return SystemError("cannot rename " + from + " to", to, errno);
  }
  return SyncFolder(std::string(FolderName(to)));
}

absl::Status RenameFileNew(const std::string& from, const std::string& to) {
  if (renameat2(AT_FDCWD, from.c_str(), AT_FDCWD, to.c_str(), RENAME_NOREPLACE) != 0) {
    if (errno != EINVAL && errno != ENOSYS) {
      return SystemError("cannot rename " + from + " to", to, errno);
    }
    // A file system without it: a hard link fails when the name is taken, just
    // as well.
    if (link(from.c_str(), to.c_str()) != 0) {
      return SystemError("cannot rename " + from + " to", to, errno);
    }
    if (unlink(from.c_str()) != 0) {
      return SystemError("cannot remove", from, errno);
    }
  }
  return SyncFolder(std::string(FolderName(to)));
}

absl::Status RemoveFile(const std::string& path) {
  if (unlink(path.c_str()) != 0) {
    return SystemError("cannot remove", path, errno);
  }
  return absl::OkStatus();
}

absl::Status RemoveAll(const std::string& path) {
  std::error_code error;
  std::filesystem::remove_all(path, error);
  if (error) {
    return SystemError("cannot remove", path, error.value());
  }
  return absl::OkStatus();
}

absl::Status MakeFolders(const std::string& path) {
  std::error_code error;
  std::filesystem::create_directories(path, error);
  if (error) {
    return SystemError("cannot make folder", path, error.value());
  }
  if (!IsFolder(path)) {
    return SystemError("cannot make folder", path, EEXIST);
  }
  return absl::OkStatus();
}

absl::StatusOr<std::vector<std::string>> ListFolder(const std::string& path) {
  std::error_code error;
  std::vector<std::string> names;
  std::filesystem::directory_iterator entries(path, error);
  while (!error && entries != std::filesystem::directory_iterator()) {
    names.push_back(entries->path().filename().string());
    entries.increment(error);
  }
  if (error) {
    return SystemError("cannot list folder", path, error.value());
  }
  std::sort(names.begin(), names.end());
  return names;
}

absl::StatusOr<std::vector<std::string>> ListFilesBelow(const std::string& path) {
  std::vector<std::string> open = {path};
  std::vector<std::string> files;
  while (!open.empty()) {
    const std::string folder = std::move(open.back());
    open.pop_back();
    LAMINAR_ASSIGN_OR_RETURN(std::vector<std::string> names, ListFolder(folder));
    for (const std::string& name : names) {
      const std::string below = JoinPath(folder, name);
      if (IsHiddenName(name)) {
        continue;
      }
      if (IsFolderEntry(below, /*follow=*/false)) {
        open.push_back(below);
      } else if (IsFileEntry(below)) {
        files.push_back(below);
      }
    }
  }
  std::sort(files.begin(), files.end());
  return files;
}

bool HasGlobCharacters(std::string_view path) {
  return path.find_first_of("*?[") != std::string_view::npos;
}

absl::StatusOr<std::vector<std::string>> Glob(const std::string& pattern) {
  std::vector<std::string> candidates = {pattern.starts_with('/') ? "/" : ""};
  const std::vector<std::string> parts = SplitPath(pattern);
  for (size_t i = 0; i < parts.size(); ++i) {
    const bool last = i + 1 == parts.size();
    std::vector<std::string> matches;
    for (const std::string& folder : candidates) {
      if (!HasGlobCharacters(parts[i])) {
        const std::string path = JoinPath(folder, parts[i]);
        if (last ? IsFileEntry(path) : IsFolder(path)) {
          matches.push_back(path);
        }
        continue;
      }
      if (parts[i] == "**" && !last) {
        LAMINAR_RETURN_IF_ERROR(AddFoldersBelow(folder, matches));
        continue;
      }
      LAMINAR_ASSIGN_OR_RETURN(std::vector<std::string> names,
                               ListFolder(folder.empty() ? "." : folder));
      for (const std::string& name : names) {
        const std::string path = JoinPath(folder, name);
        if (MatchName(parts[i], name) && (last ? IsFileEntry(path) : IsFolder(path))) {
          matches.push_back(path);
        }
      }
    }
    candidates = std::move(matches);
  }
  std::sort(candidates.begin(), candidates.end());
  candidates.erase(std::unique(candidates.begin(), candidates.end()), candidates.end());
  return candidates;
}

absl::StatusOr<std::string> MakeTemporaryFolder(std::string_view prefix) {
  const std::string parent = EnvironmentVariable("TMPDIR").value_or("");
  std::string path = JoinPath(parent.empty() ? "/tmp" : parent, std::string(prefix) + ".XXXXXX");
  if (mkdtemp(path.data()) == nullptr) {
    return SystemError("cannot make folder", path, errno);
  }
  return path;
}

std::string RealPath(const std::string& path) {
  std::error_code error;
  const std::filesystem::path absolute = std::filesystem::absolute(path, error);
  if (error) {
    return path;
  }
  const std::filesystem::path real = std::filesystem::weakly_canonical(absolute, error);
  return error ? path : real.string();
}

absl::Status SyncFolder(const std::string& path) {
  const int descriptor = open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (descriptor < 0) {
    return SystemError("cannot open folder", path, errno);
  }
  // Some file systems cannot sync a folder and say EINVAL; they have nothing to
  // lose then.
  const int result = fsync(descriptor);
  const int error = errno;
  close(descriptor);
  if (result != 0 && error != EINVAL) {
    return SystemError("cannot sync folder", path, error);
  }
  return absl::OkStatus();
}

std::string JoinPath(std::string_view folder, std::string_view name) {
  std::string path(folder);
  if (!path.empty() && path.back() != '/') {
    path += '/';
  }
  path += name;
  return path;
}

std::string_view FileName(std::string_view path) {
  const size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

std::string_view FolderName(std::string_view path) {
  const size_t slash = path.rfind('/');
  if (slash == std::string_view::npos) {
    return ".";
  }
  return slash == 0 ? path.substr(0, 1) : path.substr(0, slash);
}

}  // namespace laminar::base
