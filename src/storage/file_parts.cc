#include "storage/file_parts.h"

namespace laminar::storage {

absl::StatusOr<FileParts> FileParts::Open(const std::string& path) {
  LAMINAR_ASSIGN_OR_RETURN(base::InputFile file, base::InputFile::Open(path));
  return FileParts(std::move(file));
}

absl::StatusOr<std::string_view> FileParts::Read(int64_t offset, int64_t bytes) {
  buffer_.resize(static_cast<size_t>(bytes));
  LAMINAR_ASSIGN_OR_RETURN(const size_t count,
                           file_.ReadAt(offset, buffer_.data(), buffer_.size()));
  if (count != buffer_.size()) {
    return base::Unavailable("file became shorter while it was sent: " + file_.path());
  }
  return std::string_view(buffer_);
}

}  // namespace laminar::storage
