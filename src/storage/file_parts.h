// FileParts: reads a local file in parts, each as long as was asked for, to send them to a store.
// One buffer, which the parts share. Owned by one upload; one thread.
#ifndef LAMINAR_STORAGE_FILE_PARTS_H_
#define LAMINAR_STORAGE_FILE_PARTS_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "base/file.h"
#include "base/status.h"

namespace laminar::storage {

class FileParts {
 public:
  /// BLOCKS.
  static absl::StatusOr<FileParts> Open(const std::string& path);

  /// Exactly these bytes, valid until the next call; Unavailable when the file has become shorter.
  /// BLOCKS.
  absl::StatusOr<std::string_view> Read(int64_t offset, int64_t bytes);

 private:
  explicit FileParts(base::InputFile file) : file_(std::move(file)) {}

  base::InputFile file_;
  std::string buffer_;
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_FILE_PARTS_H_
