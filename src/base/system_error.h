// What a failed system call is as a status. For the files of this unit that make such calls.
#ifndef LAMINAR_BASE_SYSTEM_ERROR_H_
#define LAMINAR_BASE_SYSTEM_ERROR_H_

#include <string>
#include <string_view>
#include <sys/stat.h>

#include "base/file.h"
#include "base/status.h"

namespace laminar::base {

/// `ACTION: PATH: what errno says`, with the code that fits. IsClosedPipe knows EPIPE by it.
absl::Status SystemError(std::string_view action, const std::string& path, int error);

FileInfo InfoOf(const struct stat& data);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_SYSTEM_ERROR_H_
