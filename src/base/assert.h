// Assertions against programmer errors; never for input from outside.
#ifndef LAMINAR_BASE_ASSERT_H_
#define LAMINAR_BASE_ASSERT_H_

#include <cstdio>
#include <cstdlib>

namespace laminar::base {

[[noreturn]] inline void AssertionFailed(const char* file,
                                         int line,
                                         const char* condition,
                                         long long value) {
  std::fprintf(stderr, "assertion failed at %s:%d: %s (value %lld)\n", file, line, condition,
               value);
  std::abort();
}

}  // namespace laminar::base

/// Stays on in release and ends the process; `value` is printed to help the post-mortem.
#define LAMINAR_ASSERT(condition, value)                               \
  do {                                                                 \
    if (!(condition)) [[unlikely]] {                                   \
      ::laminar::base::AssertionFailed(__FILE__, __LINE__, #condition, \
                                       static_cast<long long>(value)); \
    }                                                                  \
  } while (false)

/// Only in loops over rows; compiled out of release builds.
#ifdef NDEBUG
#define LAMINAR_DEBUG_ASSERT(condition, value) \
  do {                                         \
  } while (false)
#else
#define LAMINAR_DEBUG_ASSERT(condition, value) LAMINAR_ASSERT(condition, value)
#endif

#endif  // LAMINAR_BASE_ASSERT_H_
