// How many Nexmark events one core makes in a second: with everything made and delivered, with bids
// alone, and with plain strings in place of dictionaries. Prints one line for each;
// `nexmark_generator_bench [million events]`.
#include <cstdio>
#include <cstdlib>

#include "base/clock.h"
#include "connectors/nexmark/nexmark_generator.h"

namespace laminar::connectors::nexmark {
namespace {

constexpr int64_t kBlockEvents = 40 * kEventsPerEpoch;

void Run(const char* name, const GeneratorOptions& options, int64_t num_events) {
  NexmarkGenerator generator(options);
  data::Chunk chunk;
  const int64_t warm_up = num_events / 10;
  int64_t started = 0;
  for (int64_t n = -warm_up; n < num_events; n += kBlockEvents) {
    if (n <= 0) {
      started = base::ThreadCpuNanos();
    }
    chunk = generator.Generate({n < 0 ? 0 : n / kBlockEvents * kBlockEvents, 1, kBlockEvents});
  }
  const double seconds = static_cast<double>(base::ThreadCpuNanos() - started) / 1e9;
  std::printf("%-28s %8.2f M events per CPU-second  (%.1f ns each)\n", name,
              static_cast<double>(num_events) / seconds / 1e6,
              seconds * 1e9 / static_cast<double>(num_events));
}

}  // namespace
}  // namespace laminar::connectors::nexmark

int main(int argc, char** argv) {
  using laminar::connectors::nexmark::GeneratorOptions;
  const int64_t num_events = (argc > 1 ? std::atoll(argv[1]) : 20) * 1'000'000;
  GeneratorOptions all;
  all.columns = {0, 1, 2, 3};
  laminar::connectors::nexmark::Run("all columns", all, num_events);
  GeneratorOptions strings = all;
  strings.dictionary = false;
  laminar::connectors::nexmark::Run("all columns, plain strings", strings, num_events);
  GeneratorOptions bids = all;
  bids.columns = {2, 3};
  bids.prune = true;
  laminar::connectors::nexmark::Run("bids alone", bids, num_events);
}
