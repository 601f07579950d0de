// laminar-sim: runs simulated histories of a cluster under faults and reports what went wrong.
#include <cstdio>
#include <cstdlib>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "bugs.h"
#include "cluster.h"

namespace laminar::simulation {
namespace {

constexpr const char* kUsage =
    "usage: laminar-sim [--seeds N] [--first-seed S] [--hours H] [--bug NAME] [--trace] "
    "[--reduce]\n"
    "\n"
    "  --seeds N        histories to run (default 100; with --hours as many as it takes)\n"
    "  --first-seed S   the first one's seed (default 1)\n"
    "  --hours H        run until so many hours of the cluster were simulated\n"
    "  --bug NAME       make a mistake on purpose; `--bug list` names them\n"
    "  --trace          print what happens\n"
    "  --reduce         of a failing history, leave out the faults that it fails without\n"
    "\n"
    "Exit code: 0 without violations, 1 with one, 2 for wrong usage.\n";

struct Arguments {
  int64_t num_seeds = 100;
  uint64_t first_seed = 1;
  double hours = 0;
  Bug bug = Bug::kNone;
  bool traces = false;
  bool reduces = false;
};

std::optional<Bug> BugOf(std::string_view name) {
  for (size_t i = 0; i < kNumBugs; ++i) {
    if (kBugNames[i] == name) {
      return static_cast<Bug>(i);
    }
  }
  return std::nullopt;
}

std::optional<Arguments> Parse(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const std::string_view name = argv[i];
    const char* value = i + 1 < argc ? argv[i + 1] : nullptr;
    if (name == "--trace") {
      arguments.traces = true;
      continue;
    }
    if (name == "--reduce") {
      arguments.reduces = true;
      continue;
    }
    if (value == nullptr) {
      return std::nullopt;
    }
    ++i;
    if (name == "--seeds") {
      arguments.num_seeds = std::atoll(value);
    } else if (name == "--first-seed") {
      arguments.first_seed = std::strtoull(value, nullptr, 10);
    } else if (name == "--hours") {
      arguments.hours = std::atof(value);
      arguments.num_seeds = INT64_MAX;
    } else if (name == "--bug") {
      const auto bug = BugOf(value);
      if (!bug.has_value()) {
        for (const std::string_view known : kBugNames) {
          std::printf("%.*s\n", static_cast<int>(known.size()), known.data());
        }
        return std::nullopt;
      }
      arguments.bug = *bug;
    } else {
      return std::nullopt;
    }
  }
  return arguments;
}

void ReportViolation(const HistoryOptions& options, const HistoryResult& result, bool reduces) {
  std::printf("seed %llu: %s\n", static_cast<unsigned long long>(options.seed),
              result.violations.front().c_str());
  const std::set<size_t> left_out = reduces ? ReduceFaults(options) : options.left_out;
  for (size_t i = 0; i < result.plan.size(); ++i) {
    if (reduces && !left_out.contains(i)) {
      std::printf("  needs %s\n", Describe(result.plan[i]).c_str());
    }
  }
  if (reduces && options.traces) {
    HistoryOptions reduced = options;
    reduced.left_out = left_out;
    RunHistory(reduced);
  }
}

int Main(int argc, char** argv) {
  std::setvbuf(stdout, nullptr, _IOLBF, 0);
  const auto arguments = Parse(argc, argv);
  if (!arguments.has_value()) {
    std::fputs(kUsage, stderr);
    return 2;
  }
  HistoryResult total;
  int64_t num_seeds = 0;
  int64_t num_failed = 0;
  const int64_t begun = base::ProcessCpuNanos();
  const auto target = static_cast<int64_t>(arguments->hours * 3600.0 * kSecond);
  while (num_seeds < arguments->num_seeds && (target == 0 || total.simulated_nanos < target)) {
    HistoryOptions options;
    options.seed = arguments->first_seed + static_cast<uint64_t>(num_seeds++);
    options.bug = arguments->bug;
    options.traces = arguments->traces;
    const HistoryResult result = RunHistory(options);
    total.trace_hash = base::MixBits(total.trace_hash ^ result.trace_hash);
    total.simulated_nanos += result.simulated_nanos;
    total.num_events += result.num_events;
    total.num_epochs += result.num_epochs;
    total.num_generations += result.num_generations;
    total.num_rows += result.num_rows;
    for (size_t i = 0; i < kNumFaultKinds; ++i) {
      total.num_faults[i] += result.num_faults[i];
    }
    if (!result.violations.empty()) {
      ++num_failed;
      ReportViolation(options, result, arguments->reduces);
      if (num_failed >= 20) {
        break;
      }
    }
  }
  const double cpu = static_cast<double>(base::ProcessCpuNanos() - begun) / kSecond;
  const double simulated = static_cast<double>(total.simulated_nanos) / kSecond;
  std::printf("faults:");
  int64_t num_faults = 0;
  for (size_t i = 0; i < kNumFaultKinds; ++i) {
    num_faults += total.num_faults[i];
    std::printf("%s %.*s %lld", i == 0 ? "" : ",", static_cast<int>(kFaultNames[i].size()),
                kFaultNames[i].data(), static_cast<long long>(total.num_faults[i]));
  }
  std::printf(
      "\nseeds %lld, simulated hours %.2f, events %lld, generations %lld, epochs %lld, "
      "rows published %lld, faults injected %lld, violations %lld\n",
      static_cast<long long>(num_seeds), simulated / 3600.0,
      static_cast<long long>(total.num_events), static_cast<long long>(total.num_generations),
      static_cast<long long>(total.num_epochs), static_cast<long long>(total.num_rows),
      static_cast<long long>(num_faults), static_cast<long long>(num_failed));
  std::printf("trace hash %016llx, %.1f s of one core, %.0fx real time\n",
              static_cast<unsigned long long>(total.trace_hash), cpu, simulated / cpu);
  return num_failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace laminar::simulation

int main(int argc, char** argv) { return laminar::simulation::Main(argc, argv); }
