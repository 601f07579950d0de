#include "connectors/nexmark/nexmark_text.h"

#include <array>
#include <cstdlib>
#include <string>
#include <string_view>

namespace laminar::connectors::nexmark {
namespace {

using duckdb::string_t;

constexpr std::string_view kFirstNames[] = {"Peter", "Paul",  "Luke",  "John",   "Saul",  "Vicky",
                                            "Kate",  "Julie", "Sarah", "Deiter", "Walter"};
constexpr std::string_view kLastNames[] = {"Shultz", "Abrams", "Spencer", "White", "Bartels",
                                           "Walton", "Smith",  "Jones",   "Noris"};
constexpr std::string_view kHotNames[] = {"Google", "Facebook", "Baidu", "Apple"};

char* Put(std::string_view text, char* out) {
  std::memcpy(out, text.data(), text.size());
  return out + text.size();
}

template <size_t N>
std::string_view Pick(const std::string_view (&texts)[N], uint64_t word) {
  return texts[EventRandom::Scale(word, N)];
}

// A byte's letter: one in 13 is 0, which stands for the special character.
constexpr std::array<char, 256> kLetterOfByte = [] {
  std::array<char, 256> letters{};
  constexpr int kSpecial = 20;
  for (int i = kSpecial; i < 256; ++i) {
    letters[i] = static_cast<char>('a' + (i - kSpecial) * 26 / (256 - kSpecial));
  }
  return letters;
}();

uint32_t ReverseBits(uint32_t value) {
  uint32_t result = 0;
  for (int i = 0; i < 32; ++i) {
    result = result << 1 | (value >> i & 1);
  }
  return result;
}

std::string BaseUrl(EventRandom& random) {
  std::string url = "https://www.nexmark.com/";
  for (int i = 0; i < 3; ++i) {
    char word[5 + kOverrun];
    url.append(word, WriteWords(random, 5, '_', word) - word);
    url += '/';
  }
  return url + "item.htm?query=1";
}

std::string UrlOf(uint64_t seed, int64_t channel) {
  // A number that no event has.
  EventRandom random(seed, -1 - channel);
  std::string url = BaseUrl(random);
  if (channel < kChannels && random.Below(10) > 0) {
    const auto reversed = static_cast<int32_t>(ReverseBits(static_cast<uint32_t>(channel)));
    url += "&channel_id=" + std::to_string(std::abs(static_cast<int64_t>(reversed)));
  }
  return url;
}

// Hashes of a dictionary are computed at the first demand, into the dictionary: demand them before
// it is shared between threads.
void PrepareHashes(data::Vector& dictionary) {
  data::SelectionVector first(1);
  first.set_index(0, 0);
  data::Vector probe(data::LogicalType::VARCHAR, nullptr);
  probe.Dictionary(dictionary, kChannelEntries, first, 1);
  data::Vector hashes(data::LogicalType::HASH);
  duckdb::VectorOperations::Hash(probe, hashes, 1);
}

}  // namespace

char* WriteWords(EventRandom& random, int64_t length_max, char special, char* out) {
  const auto length = static_cast<int64_t>(3 + random.Below(static_cast<uint64_t>(length_max - 3)));
  for (int64_t i = 0; i < length; i += 8) {
    uint64_t word = random.Next();
    for (int64_t k = 0; k < 8; ++k, word >>= 8) {
      const char letter = kLetterOfByte[word & 0xFF];
      out[i + k] = letter == 0 ? special : letter;
    }
  }
  if (special != ' ') {
    return out + length;
  }
  int64_t start = 0;
  int64_t end = length;
  while (end > 0 && out[end - 1] == ' ') {
    --end;
  }
  while (start < end && out[start] == ' ') {
    ++start;
  }
  std::memmove(out, out + start, static_cast<size_t>(end - start));
  return out + (end - start);
}

char* WriteName(EventRandom& random, char* out) {
  out = Put(Pick(kFirstNames, random.Next()), out);
  *out++ = ' ';
  return Put(Pick(kLastNames, random.Next()), out);
}

char* WriteEmail(EventRandom& random, char* out) {
  out = WriteWords(random, 7, '_', out);
  *out++ = '@';
  out = WriteWords(random, 5, '_', out);
  return Put(".com", out);
}

char* WriteCreditCard(EventRandom& random, char* out) {
  for (int group = 0; group < 4; ++group) {
    if (group > 0) {
      *out++ = ' ';
    }
    auto number = static_cast<int>(random.Below(10'000));
    for (int digit = 3; digit >= 0; --digit, number /= 10) {
      out[digit] = static_cast<char>('0' + number % 10);
    }
    out += 4;
  }
  return out;
}

// Both lists hold texts of at most 13 bytes; the longer ones point into the constants, which live
// for ever.
const string_t& CityOf(uint64_t word) {
  static const string_t cities[] = {"Phoenix", "Los Angeles", "San Francisco", "Boise", "Portland",
                                    "Bend",    "Redmond",     "Seattle",       "Kent",  "Cheyenne"};
  return cities[EventRandom::Scale(word, std::size(cities))];
}

const string_t& StateOf(uint64_t word) {
  static const string_t states[] = {"AZ", "CA", "ID", "OR", "WA", "WY"};
  return states[EventRandom::Scale(word, std::size(states))];
}

ChannelPool::ChannelPool(uint64_t seed)
    : channels_(data::LogicalType::VARCHAR, kChannelEntries),
      urls_(data::LogicalType::VARCHAR, kChannelEntries),
      channels_id_("nexmark-channel-" + std::to_string(seed)),
      urls_id_("nexmark-url-" + std::to_string(seed)) {
  auto* channels = duckdb::FlatVector::GetData<string_t>(channels_);
  auto* urls = duckdb::FlatVector::GetData<string_t>(urls_);
  for (int64_t i = 0; i < kNullChannel; ++i) {
    const std::string channel =
        i < kChannels ? "channel-" + std::to_string(i) : std::string(kHotNames[i - kChannels]);
    channels[i] = duckdb::StringVector::AddString(channels_, channel);
    urls[i] = duckdb::StringVector::AddString(urls_, UrlOf(seed, i));
  }
  channels[kNullChannel] = string_t();
  urls[kNullChannel] = string_t();
  duckdb::FlatVector::SetNull(channels_, kNullChannel, true);
  duckdb::FlatVector::SetNull(urls_, kNullChannel, true);
  PrepareHashes(channels_);
  PrepareHashes(urls_);
}

void ChannelPool::SetChannels(const data::SelectionVector& entries,
                              data::idx_t count,
                              data::Vector& vector) {
  vector.Dictionary(channels_, kChannelEntries, entries, count);
  duckdb::DictionaryVector::SetDictionaryId(vector, channels_id_);
}

void ChannelPool::SetUrls(const data::SelectionVector& entries,
                          data::idx_t count,
                          data::Vector& vector) {
  vector.Dictionary(urls_, kChannelEntries, entries, count);
  duckdb::DictionaryVector::SetDictionaryId(vector, urls_id_);
}

void ChannelPool::KeepAlive(data::Vector& channels, data::Vector& urls) {
  duckdb::StringVector::AddHeapReference(channels, channels_);
  duckdb::StringVector::AddHeapReference(urls, urls_);
}

}  // namespace laminar::connectors::nexmark
