#include "base/system_error.h"

#include <cerrno>
#include <sys/stat.h>
#include <system_error>

namespace laminar::base {
namespace {

constexpr char kClosedPipePayload[] = "laminar/closed_pipe";

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

}  // namespace

absl::Status SystemError(std::string_view action, const std::string& path, int error) {
  absl::Status status =
      MakeError(CodeOf(error), std::string(action) + ": " + path + ": " + ErrorText(error));
  if (error == EPIPE) {
    status.SetPayload(kClosedPipePayload, absl::Cord("1"));
  }
  return status;
}

bool IsClosedPipe(const absl::Status& status) {
  return status.GetPayload(kClosedPipePayload).has_value();
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

}  // namespace laminar::base
