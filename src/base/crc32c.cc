#include "base/crc32c.h"

#include <array>
#include <cstddef>
#include <cstring>

#ifdef __SSE4_2__
#include <nmmintrin.h>
#endif

namespace laminar::base {
namespace {

#ifdef __SSE4_2__

uint32_t Extend(uint32_t state, const char* bytes, size_t size) {
  uint64_t wide = state;
  for (; size >= sizeof(uint64_t); size -= sizeof(uint64_t), bytes += sizeof(uint64_t)) {
    uint64_t word;
    std::memcpy(&word, bytes, sizeof(word));
    wide = _mm_crc32_u64(wide, word);
  }
  state = static_cast<uint32_t>(wide);
  for (; size > 0; --size, ++bytes) {
    state = _mm_crc32_u8(state, static_cast<unsigned char>(*bytes));
  }
  return state;
}

#else

constexpr std::array<uint32_t, 256> MakeTable() {
  std::array<uint32_t, 256> table{};
  for (uint32_t byte = 0; byte < table.size(); ++byte) {
    uint32_t value = byte;
    for (int bit = 0; bit < 8; ++bit) {
      value = (value >> 1) ^ ((value & 1) != 0 ? 0x82f63b78u : 0);
    }
    table[byte] = value;
  }
  return table;
}

constexpr std::array<uint32_t, 256> kTable = MakeTable();

uint32_t Extend(uint32_t state, const char* bytes, size_t size) {
  for (size_t i = 0; i < size; ++i) {
    state = (state >> 8) ^ kTable[(state ^ static_cast<unsigned char>(bytes[i])) & 0xff];
  }
  return state;
}

#endif

}  // namespace

uint32_t Crc32c(std::string_view bytes, uint32_t before) {
  return ~Extend(~before, bytes.data(), bytes.size());
}

}  // namespace laminar::base
