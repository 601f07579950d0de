// Text of the Nexmark model: names, random words, and the pool of channels with their URLs.
// Functions write into memory that the caller has made large enough; each may write up to 7 bytes
// behind the end of its text.
#ifndef LAMINAR_CONNECTORS_NEXMARK_NEXMARK_TEXT_H_
#define LAMINAR_CONNECTORS_NEXMARK_NEXMARK_TEXT_H_

#include <cstdint>
#include <cstring>

#include "connectors/nexmark/nexmark_model.h"
#include "data/vector.h"

namespace laminar::connectors::nexmark {

inline constexpr int64_t kChannels = 10'000;
inline constexpr int64_t kHotChannels = 4;
/// Channels, then hot channels, then NULL.
inline constexpr int64_t kChannelEntries = kChannels + kHotChannels + 1;
inline constexpr uint32_t kNullChannel = kChannelEntries - 1;

/// Bytes that the functions below may write behind what they return.
inline constexpr int64_t kOverrun = 8;

/// Writes `length` letters, eight for each random word.
inline char* WriteLetters(EventRandom& random, int64_t length, char* out) {
  constexpr uint64_t kEvenBytes = 0x00FF00FF00FF00FF;
  constexpr uint64_t kLetterA = 0x6161616161616161;
  for (char* at = out; at < out + length; at += 8) {
    // Each byte b becomes b * 26 / 256, four at a time in lanes of 16 bits.
    const uint64_t word = random.Next();
    const uint64_t even = (((word & kEvenBytes) * 26) >> 8) & kEvenBytes;
    const uint64_t odd = (((word >> 8) & kEvenBytes) * 26) & ~kEvenBytes;
    const uint64_t letters = (even | odd) + kLetterA;
    std::memcpy(at, &letters, sizeof(letters));
  }
  return out + length;
}

/// Bytes of `extra` for an event of `bytes` that should have `bytes_wanted` on average: within a
/// fifth of what is missing.
inline int64_t ExtraLength(uint64_t word, int64_t bytes, int64_t bytes_wanted) {
  if (bytes >= bytes_wanted) {
    return 0;
  }
  const int64_t missing = bytes_wanted - bytes;
  const int64_t spread = (missing + 2) / 5;
  return missing - spread +
         (spread == 0 ? 0 : static_cast<int64_t>(EventRandom::Scale(word, 2 * spread)));
}

/// Writes 3 to length_max - 1 characters: letters, and about one in 13 `special`; spaces at the
/// ends are cut off.
char* WriteWords(EventRandom& random, int64_t length_max, char special, char* out);

/// Writes `First Last`.
char* WriteName(EventRandom& random, char* out);
/// Writes `letters@letters.com`.
char* WriteEmail(EventRandom& random, char* out);
/// Writes four groups of four digits.
char* WriteCreditCard(EventRandom& random, char* out);

const duckdb::string_t& CityOf(uint64_t word);
const duckdb::string_t& StateOf(uint64_t word);

/// The channels and their URLs of a seed, as dictionaries with NULL as last entry. Immutable once
/// made; any thread.
class ChannelPool {
 public:
  explicit ChannelPool(uint64_t seed);

  /// Makes `vector` the channel (or URL) of each of `count` entries.
  void SetChannels(const data::SelectionVector& entries, data::idx_t count, data::Vector& vector);
  void SetUrls(const data::SelectionVector& entries, data::idx_t count, data::Vector& vector);
  /// The same as plain strings, which live as long as a vector that was given to KeepAlive.
  const duckdb::string_t* channels() const {
    return duckdb::FlatVector::GetData<duckdb::string_t>(channels_);
  }
  const duckdb::string_t* urls() const {
    return duckdb::FlatVector::GetData<duckdb::string_t>(urls_);
  }
  void KeepAlive(data::Vector& channels, data::Vector& urls);

 private:
  data::Vector channels_;
  data::Vector urls_;
  std::string channels_id_;
  std::string urls_id_;
};

}  // namespace laminar::connectors::nexmark

#endif  // LAMINAR_CONNECTORS_NEXMARK_NEXMARK_TEXT_H_
