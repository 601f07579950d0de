// The Nexmark model: which kind of event number n is, which ids exist by then, and where its
// randomness comes from. All are pure functions of (seed, n), so that a stream is the same however
// it is split over subtasks. The proportions and ratios are those of the standard generator (P.
// Tucker et al., "NEXMark - A Benchmark for Queries over Data Streams", and its Apache Beam
// edition).
#ifndef LAMINAR_CONNECTORS_NEXMARK_NEXMARK_MODEL_H_
#define LAMINAR_CONNECTORS_NEXMARK_NEXMARK_MODEL_H_

#include <algorithm>
#include <cstdint>
#include <limits>

namespace laminar::connectors::nexmark {

// Of 50 successive events the first is a person, the next 3 are auctions, the other 46 bids.
inline constexpr int64_t kPersonsPerEpoch = 1;
inline constexpr int64_t kAuctionsPerEpoch = 3;
inline constexpr int64_t kEventsPerEpoch = 50;

inline constexpr int64_t kFirstPersonId = 1000;
inline constexpr int64_t kFirstAuctionId = 1000;
inline constexpr int64_t kFirstCategoryId = 10;
inline constexpr int64_t kCategories = 5;

// Ids that may be named although their person or auction comes a little later.
inline constexpr int64_t kPersonIdLead = 10;
inline constexpr int64_t kAuctionIdLead = 10;
inline constexpr int64_t kAuctionsInFlight = 100;
inline constexpr int64_t kActivePersons = 1000;

// One of `ratio` events names any id, the others the hot one: the same for kHotBatch ids in a row.
inline constexpr uint64_t kHotAuctionRatio = 2;
inline constexpr uint64_t kHotBidderRatio = 4;
inline constexpr uint64_t kHotSellerRatio = 4;
inline constexpr int64_t kHotBatch = 100;
inline constexpr uint64_t kHotChannelRatio = 2;

// Bytes of an event that `extra` fills up to, on average.
inline constexpr int64_t kPersonBytes = 200;
inline constexpr int64_t kAuctionBytes = 500;
inline constexpr int64_t kBidBytes = 100;

enum class EventKind { kPerson, kAuction, kBid };

inline EventKind KindOf(int64_t n) {
  const int64_t position = n % kEventsPerEpoch;
  if (position < kPersonsPerEpoch) {
    return EventKind::kPerson;
  }
  return position < kPersonsPerEpoch + kAuctionsPerEpoch ? EventKind::kAuction : EventKind::kBid;
}

/// Number of the last person made at or before event n, from 0.
inline int64_t LastPerson(int64_t n) { return n / kEventsPerEpoch * kPersonsPerEpoch; }

/// Number of the last auction made at or before event n, from 0; -1 at event 0.
inline int64_t LastAuction(int64_t n) {
  const int64_t epoch = n / kEventsPerEpoch;
  const int64_t position = n % kEventsPerEpoch - kPersonsPerEpoch;
  return epoch * kAuctionsPerEpoch + std::min(position, kAuctionsPerEpoch - 1);
}

/// The random words of one event: a keyed mixing function of a counter, so that any event can be
/// made by itself.
class EventRandom {
 public:
  EventRandom(uint64_t seed, int64_t n) : state_(Mix(seed, static_cast<uint64_t>(n))) {}

  uint64_t Next() { return Word(state_ += kIncrement); }

  /// Uniform in [0, bound). REQUIRES: bound > 0.
  uint64_t Below(uint64_t bound) { return Scale(Next(), bound); }

  /// Maps a word to [0, bound) by its high bits.
  static uint64_t Scale(uint64_t word, uint64_t bound) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(word) * bound) >> 64);
  }

 private:
  static constexpr uint64_t kIncrement = 0x9E3779B97F4A7C15;
  static constexpr uint64_t kFold = 0xD6E8FEB86659FD93;

  // The high and low halves of a product, folded: two rounds of avalanche for one multiplication.
  static uint64_t Word(uint64_t x) {
    const auto product = static_cast<unsigned __int128>(x) * (x ^ kFold);
    return static_cast<uint64_t>(product >> 64) ^ static_cast<uint64_t>(product);
  }
  static uint64_t Mix(uint64_t seed, uint64_t n) {
    return Word(Word(seed + kIncrement) + n * 0xA24BAED4963EE407);
  }

  uint64_t state_;
};

/// The times of a stream: event n happens n / rate seconds after its base.
class EventTimes {
 public:
  /// REQUIRES: 1e-6 to 1e9 events per second.
  EventTimes(int64_t base_micros, double events_per_second)
      : base_micros_(base_micros),
        step_(static_cast<unsigned __int128>(1e6 / events_per_second * kFraction + 0.5)),
        whole_(static_cast<int64_t>(step_ >> kFractionBits)),
        fraction_(static_cast<uint64_t>(step_) & 0xFFFFFFFF) {}

  /// REQUIRES: n < Count().
  int64_t MicrosOf(int64_t n) const {
    // In two parts: the product may be longer than 128 bits.
    return base_micros_ + n * whole_ +
           static_cast<int64_t>((static_cast<unsigned __int128>(n) * fraction_) >> kFractionBits);
  }

  /// How many events have times that a TIMESTAMP holds, the ends of their auctions included.
  int64_t Count() const {
    const __int128 last = static_cast<__int128>(std::numeric_limits<int64_t>::max()) - 1 -
                          base_micros_ - 2000 * static_cast<__int128>(AuctionMillis());
    if (last < 0) {
      return 0;
    }
    const unsigned __int128 end = (static_cast<unsigned __int128>(last) + 1) << kFractionBits;
    return static_cast<int64_t>(
        std::min<unsigned __int128>((end - 1) / step_ + 1, std::numeric_limits<int64_t>::max()));
  }

  /// How long an auction stays open on average: until as many auctions as are in flight have been
  /// made after it.
  int64_t AuctionMillis() const {
    constexpr int64_t kEvents = kAuctionsInFlight * kEventsPerEpoch / kAuctionsPerEpoch;
    return static_cast<int64_t>((kEvents * step_) >> kFractionBits) / 1000;
  }

 private:
  static constexpr int kFractionBits = 32;
  static constexpr double kFraction = 4294967296.0;

  int64_t base_micros_;
  unsigned __int128 step_;  // microseconds between events, as a fixed-point number
  int64_t whole_;           // its parts
  uint64_t fraction_;
};

/// Log-uniform between 1.00 and 1,000,000.00, in hundredths. In fixed-point numbers, so that every
/// machine rounds alike.
inline int64_t PriceOf(uint64_t word) {
  constexpr int kPowerBits = 30;
  constexpr auto fixed = [](double value) {
    return static_cast<uint64_t>(value * (1 << kPowerBits) + 0.5);
  };
  // The Taylor series of 2^x; its error is below 1e-6 of the price.
  constexpr uint64_t kTerms[] = {fixed(0.00001525273380405984), fixed(0.00015403530393381606),
                                 fixed(0.0013333558146428441),  fixed(0.009618129107628477),
                                 fixed(0.05550410866482158),    fixed(0.2402265069591007),
                                 fixed(0.6931471805599453),     fixed(1.0)};
  constexpr auto kRange = static_cast<uint64_t>(19.931568569324174 * 4294967296.0);  // log2(10^6)
  const uint64_t exponent = EventRandom::Scale(word, kRange);
  const uint64_t part = exponent & 0xFFFFFFFF;
  uint64_t power = 0;
  for (const uint64_t term : kTerms) {
    power = term + ((power * part) >> 32);
  }
  const uint64_t scaled = (power * 100) << (exponent >> 32);
  return static_cast<int64_t>((scaled + (uint64_t{1} << (kPowerBits - 1))) >> kPowerBits);
}

}  // namespace laminar::connectors::nexmark

#endif  // LAMINAR_CONNECTORS_NEXMARK_NEXMARK_MODEL_H_
