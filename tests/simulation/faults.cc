#include "faults.h"

#include <algorithm>

#include <fmt/format.h>

#include "base/random.h"
#include "world.h"

namespace laminar::simulation {

std::vector<Fault> DrawFaults(uint64_t seed, int64_t from, int64_t until) {
  base::Random random(base::MixBits(seed ^ 0xfa017));
  // Some histories are calm, so that what goes wrong rarely is not hidden by what goes wrong often.
  const double per_second = 0.01 + 0.12 * random.NextDouble() * random.NextDouble();
  const auto num_faults =
      static_cast<int>(per_second * static_cast<double>(until - from) / kSecond) + 1;
  // And some are all of one kind.
  const bool of_few_kinds = random.OneIn(4);
  const uint64_t first_kind = random.Uniform(kNumFaultKinds);
  std::vector<Fault> faults;
  for (int i = 0; i < num_faults; ++i) {
    Fault fault;
    fault.kind =
        static_cast<FaultKind>(of_few_kinds ? (first_kind + random.Uniform(3)) % kNumFaultKinds
                                            : random.Uniform(kNumFaultKinds));
    fault.at = from + static_cast<int64_t>(random.Uniform(static_cast<uint64_t>(until - from)));
    // Mostly short, seldom long.
    fault.duration =
        50 * kMillisecond +
        static_cast<int64_t>(random.Uniform(random.OneIn(4) ? 40 * kSecond : 8 * kSecond));
    fault.target = random.Next();
    fault.rate = random.OneIn(5) ? 0.8 : 0.02 + 0.4 * random.NextDouble();
    faults.push_back(fault);
  }
  std::ranges::sort(faults, {}, &Fault::at);
  return faults;
}

std::string Describe(const Fault& fault) {
  return fmt::format("{:.3f} s: {} ({:.3f} s, rate {:.2f}, target {:x})",
                     static_cast<double>(fault.at) / kSecond,
                     kFaultNames[static_cast<size_t>(fault.kind)],
                     static_cast<double>(fault.duration) / kSecond, fault.rate, fault.target);
}

}  // namespace laminar::simulation
