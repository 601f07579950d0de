#include "base/entropy.h"

#include <cerrno>
#include <sys/random.h>

#include "base/assert.h"

namespace laminar::base {

uint64_t SystemEntropy() {
  uint64_t number = 0;
  ssize_t size = 0;
  do {
    size = getrandom(&number, sizeof(number), 0);
  } while (size < 0 && errno == EINTR);
  LAMINAR_ASSERT(size == sizeof(number), errno);
  return number;
}

}  // namespace laminar::base
