// Files and folders by their paths; the declarations are in base/file.h.
#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdio>
#include <cstdlib>
#include <fcntl.h>
#include <filesystem>
#include <sys/stat.h>
#include <system_error>
#include <unistd.h>
#include <utility>

#include "base/environment.h"
#include "base/file.h"
#include "base/system_error.h"

namespace laminar::base {

bool FileExists(const std::string& path) {
  struct stat data{};
  return stat(path.c_str(), &data) == 0;
}

bool IsFolder(const std::string& path) {
  struct stat data{};
  return stat(path.c_str(), &data) == 0 && S_ISDIR(data.st_mode);
}

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

absl::Status RemoveEmptyFolder(const std::string& path) {
  if (rmdir(path.c_str()) != 0) {
    if (errno == ENOTEMPTY || errno == EEXIST) {
      return MakeError(absl::StatusCode::kFailedPrecondition, "folder is not empty: " + path);
    }
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
