#include "base/file.h"

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <cstring>
#include <fcntl.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>
#include <utility>

#include "base/assert.h"
#include "base/environment.h"
#include "base/system_error.h"

namespace laminar::base {
namespace {

// Files are written in pieces, so that one call never exceeds what write()
// takes.
constexpr size_t kWriteBytesMax = 1 << 30;

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

absl::StatusOr<OutputFile> OutputFile::Edit(const std::string& path) { return OpenWith(path, 0); }

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

absl::Status OutputFile::WriteAt(int64_t offset, std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t count =
        pwrite(descriptor_, bytes.data(), std::min(bytes.size(), kWriteBytesMax), offset);
    if (count < 0 && errno == EINTR) {
      continue;
    }
    if (count < 0) {
      return SystemError("cannot write", path_, errno);
    }
    bytes_written_ += count;
    offset += count;
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

}  // namespace laminar::base
