#include "cli/number_argument.h"

#include <charconv>
#include <limits>

#include <fmt/format.h>

#include "base/environment.h"
#include "base/limits.h"

namespace laminar::cli {
namespace {

// 0 for what is no unit.
int64_t FactorOf(std::string_view unit) {
  if (unit.empty()) {
    return 1;
  }
  if (unit == "k" || unit == "K") {
    return 1'000;
  }
  return unit == "M" ? 1'000'000 : 0;
}

}  // namespace

absl::StatusOr<int64_t> ParseCount(std::string_view text) {
  int64_t number = 0;
  const char* const end = text.data() + text.size();
  const auto [unit, error] = std::from_chars(text.data(), end, number);
  const int64_t factor = FactorOf({unit, static_cast<size_t>(end - unit)});
  if (error != std::errc() || factor == 0 || number < 1 ||
      number > std::numeric_limits<int64_t>::max() / factor) {
    return base::InvalidArgument(
        fmt::format("expected a count from 1, such as 500, 20k or 10M: {}", text));
  }
  return number * factor;
}

absl::StatusOr<int> ParseParallelism(std::string_view text) {
  if (text == "auto") {
    return base::NumCores();
  }
  int number = 0;
  const char* const end = text.data() + text.size();
  const auto [rest, error] = std::from_chars(text.data(), end, number);
  if (error != std::errc() || rest != end || number < 1 || number > base::kParallelismMax) {
    return base::InvalidArgument(
        fmt::format("parallelism must be auto or 1 to {}: {}", base::kParallelismMax, text));
  }
  return number;
}

}  // namespace laminar::cli
