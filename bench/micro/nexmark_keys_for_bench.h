// Keys as the bids of the Nexmark generator have them, without its cost: half the bids go to one
// auction of the newest hundred, three quarters come from one bidder, the rest are spread over the
// newest ones.
#ifndef LAMINAR_BENCH_MICRO_NEXMARK_KEYS_FOR_BENCH_H_
#define LAMINAR_BENCH_MICRO_NEXMARK_KEYS_FOR_BENCH_H_

#include <cstdint>
#include <vector>

namespace laminar::bench {

class NexmarkKeys {
 public:
  struct Bid {
    int64_t auction = 0;
    int64_t bidder = 0;
    int64_t price = 0;
  };

  Bid Next() {
    const int64_t epoch = ++num_bids_ / 46;  // of 50 events 46 are bids, 3 auctions, 1 a person
    const int64_t last_auction = epoch * 3;
    const int64_t last_person = epoch;
    const uint64_t random = NextRandom();
    Bid bid;
    bid.auction =
        random % 2 == 0 ? last_auction / 100 * 100 : Recent(last_auction, 100, random >> 8);
    bid.bidder = (random >> 1) % 4 != 0 ? last_person / 100 * 100 + 1
                                        : Recent(last_person, 1000, random >> 24);
    bid.auction += 1000;
    bid.bidder += 1000;
    bid.price = static_cast<int64_t>(NextRandom() % 10'000'000) + 100;
    return bid;
  }

 private:
  static int64_t Recent(int64_t last, int64_t count, uint64_t random) {
    const int64_t first = last > count ? last - count : 0;
    return first + static_cast<int64_t>(random % static_cast<uint64_t>(last - first + 1));
  }
  uint64_t NextRandom() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t z = state_;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
  }

  int64_t num_bids_ = 0;
  uint64_t state_ = 42;
};

}  // namespace laminar::bench

#endif  // LAMINAR_BENCH_MICRO_NEXMARK_KEYS_FOR_BENCH_H_
