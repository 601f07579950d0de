// The physical limits that bench/run holds the Nexmark queries against, one JSON object a line:
// how many bids a second one core counts by key in a bare loop, and copies.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

#include "bench/micro/bare_loop_for_bench.h"
#include "bench/micro/nexmark_keys_for_bench.h"

namespace laminar::bench {
namespace {

constexpr int64_t kBids = 8'000'000;
// auction, bidder, price, datetime and the cells of channel and extra.
constexpr int64_t kBidBytes = 4 * 8 + 2 * 16;

void Report(const char* limit, double millions) {
  std::printf("{\"limit\": \"%s\", \"bids_per_cpu_second\": %.0f}\n", limit, millions * 1e6);
}

double MeasureCopy() {
  std::vector<char> from(kBidBytes * kBids, 'x');
  std::vector<char> to(from.size(), 'y');
  double best = 0;
  for (int pass = 0; pass < 3; ++pass) {
    const int64_t start = base::ThreadCpuNanos();
    std::memcpy(to.data(), from.data(), from.size());
    asm volatile("" : : "r"(to.data()) : "memory");
    const auto nanos = static_cast<double>(base::ThreadCpuNanos() - start);
    best = std::max(best, static_cast<double>(kBids) * 1e3 / nanos);
  }
  return best;
}

int Main() {
  NexmarkKeys auctions;
  Report("count by auction", MeasureBareLoop(MakeInput(kBids, data::LogicalType::BIGINT,
                                                       [&] { return auctions.Next().auction; }),
                                             kBids / 46 * 3 + 2000));
  NexmarkKeys bidders;
  Report("count by bidder", MeasureBareLoop(MakeInput(kBids, data::LogicalType::BIGINT,
                                                      [&] { return bidders.Next().bidder; }),
                                            kBids / 46 + 2000));
  Report("memcpy", MeasureCopy());
  return 0;
}

}  // namespace
}  // namespace laminar::bench

int main() { return laminar::bench::Main(); }
