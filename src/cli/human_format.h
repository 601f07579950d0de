// Numbers for people.
#ifndef LAMINAR_CLI_HUMAN_FORMAT_H_
#define LAMINAR_CLI_HUMAN_FORMAT_H_

#include <cstdint>
#include <string>

namespace laminar::cli {

std::string FormatCount(int64_t count);     // "2 412 000"
std::string FormatRate(double per_second);  // "1.2 M/s", "44 k/s", "12/s"
std::string FormatBytes(int64_t bytes);     // "18 MiB"
std::string FormatSeconds(double seconds);  // "2.6 s", "3 min 5 s"
std::string FormatMillis(int64_t nanos);    // "14 ms", "0.3 ms", "1.2 s"

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_HUMAN_FORMAT_H_
