#include "base/process_identity.h"

#include <array>
#include <unistd.h>

namespace laminar::base {

int64_t ProcessId() { return getpid(); }

std::string HostName() {
  std::array<char, 256> name = {};
  if (gethostname(name.data(), name.size() - 1) != 0 || name[0] == '\0') {
    return "unknown";
  }
  return name.data();
}

}  // namespace laminar::base
