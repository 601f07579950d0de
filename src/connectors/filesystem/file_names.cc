#include "connectors/filesystem/file_names.h"

#include <utility>

#include <fmt/format.h>

namespace laminar::connectors::filesystem {

FileNames::FileNames(NameOptions options, const base::Clock& clock, uint64_t seed)
    : options_(std::move(options)), clock_(clock), random_(seed) {}

std::string FileNames::Next() {
  base::MutexLock lock(mutex_);
  std::string name;
  switch (options_.strategy) {
    case NameStrategy::kSerial:
      name = options_.origin.empty() ? fmt::format("{:05}-{:03}", serial_, options_.subtask)
                                     : fmt::format("{:03}-{:05}-{:03}-{}", options_.generation,
                                                   serial_, options_.subtask, options_.origin);
      ++serial_;
      break;
    case NameStrategy::kUuid:
      name = Uuid(/*by_time=*/false);
      break;
    case NameStrategy::kUuidV7:
      name = Uuid(/*by_time=*/true);
      break;
    case NameStrategy::kUlid:
      name = Ulid();
      break;
  }
  if (!options_.prefix.empty()) {
    name = options_.prefix + "-" + name;
  }
  return options_.suffix.empty() ? name : name + "." + options_.suffix;
}

std::string FileNames::NextHidden() {
  base::MutexLock lock(mutex_);
  return "." + Uuid(/*by_time=*/true) + ".tmp";
}

std::string FileNames::Uuid(bool by_time) {
  uint64_t high = random_.Next();
  uint64_t low = random_.Next();
  if (by_time) {
    high = static_cast<uint64_t>(clock_.Wall().micros / 1000) << 16 | (high & 0xFFF);
  }
  high = (high & ~uint64_t{0xF000}) | (by_time ? 0x7000 : 0x4000);
  low = (low & ~(uint64_t{3} << 62)) | uint64_t{2} << 62;
  return fmt::format("{:08x}-{:04x}-{:04x}-{:04x}-{:012x}", high >> 32, high >> 16 & 0xFFFF,
                     high & 0xFFFF, low >> 48, low & 0xFFFFFFFFFFFF);
}

// 48 bits of milliseconds and 80 random bits, in Crockford's base 32.
std::string FileNames::Ulid() {
  constexpr char kDigits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
  unsigned __int128 value = static_cast<uint64_t>(clock_.Wall().micros / 1000) & 0xFFFFFFFFFFFF;
  value =
      value << 80 | static_cast<unsigned __int128>(random_.Next() & 0xFFFF) << 64 | random_.Next();
  std::string text(26, '0');
  for (size_t i = text.size(); i-- > 0; value >>= 5) {
    text[i] = kDigits[static_cast<size_t>(value & 31)];
  }
  return text;
}

}  // namespace laminar::connectors::filesystem
