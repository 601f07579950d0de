// Deterministic pseudo-random numbers: the same seed gives the same sequence on every machine. Not
// for secrets. The generator is SplitMix64 (G. Steele, D. Lea, C. Flood: Fast Splittable
// Pseudorandom Number Generators, 2014). Owned by one thread.
#ifndef LAMINAR_BASE_RANDOM_H_
#define LAMINAR_BASE_RANDOM_H_

#include <cstdint>

namespace laminar::base {

/// Scatters the bits of `value`: a bijection on 64-bit numbers.
inline uint64_t MixBits(uint64_t value) {
  value = (value ^ (value >> 30)) * 0xbf58476d1ce4e5b9ULL;
  value = (value ^ (value >> 27)) * 0x94d049bb133111ebULL;
  return value ^ (value >> 31);
}

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15ULL;
    return MixBits(state_);
  }
  /// Uniform in 0..bound-1. REQUIRES: bound > 0.
  uint64_t Uniform(uint64_t bound) {
    return static_cast<uint64_t>((static_cast<unsigned __int128>(Next()) * bound) >> 64);
  }
  /// Uniform in [0, 1).
  double NextDouble() { return static_cast<double>(Next() >> 11) * 0x1.0p-53; }
  /// True once in `n` times on average. REQUIRES: n > 0.
  bool OneIn(uint64_t n) { return Uniform(n) == 0; }

 private:
  uint64_t state_;
};

}  // namespace laminar::base

#endif  // LAMINAR_BASE_RANDOM_H_
