#include "cli/human_format.h"

#include <fmt/format.h>

namespace laminar::cli {

std::string FormatCount(int64_t count) {
  std::string text = std::to_string(count);
  const size_t first_digit = count < 0 ? 1 : 0;
  for (size_t at = text.size(); at > first_digit + 3;) {
    at -= 3;
    text.insert(at, " ");
  }
  return text;
}

std::string FormatRate(double per_second) {
  if (per_second >= 1e6) {
    return fmt::format("{:.1f} M/s", per_second / 1e6);
  }
  if (per_second >= 1e4) {
    return fmt::format("{:.0f} k/s", per_second / 1e3);
  }
  return fmt::format("{:.0f}/s", per_second);
}

std::string FormatBytes(int64_t bytes) {
  if (bytes >= int64_t{10} << 30) {
    return fmt::format("{} GiB", bytes >> 30);
  }
  if (bytes >= 1 << 20) {
    return fmt::format("{} MiB", bytes >> 20);
  }
  return fmt::format("{} KiB", bytes >> 10);
}

std::string FormatSeconds(double seconds) {
  if (seconds >= 60) {
    const auto whole = static_cast<int64_t>(seconds);
    return fmt::format("{} min {} s", whole / 60, whole % 60);
  }
  return fmt::format("{:.1f} s", seconds);
}

std::string FormatMillis(int64_t nanos) {
  const double millis = static_cast<double>(nanos) / 1e6;
  if (millis >= 1000) {
    return fmt::format("{:.1f} s", millis / 1000);
  }
  return fmt::format("{:.{}f} ms", millis, millis < 10 ? 1 : 0);
}

}  // namespace laminar::cli
