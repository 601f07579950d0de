// CRC32C (Castagnoli), the checksum of every stored object: RFC 3720, appendix B.4. By the
// processor's instruction where there is one, else by table. Any thread.
#ifndef LAMINAR_BASE_CRC32C_H_
#define LAMINAR_BASE_CRC32C_H_

#include <cstdint>
#include <string_view>

namespace laminar::base {

/// The checksum of `bytes`. With `before`, that of some bytes: of those followed by `bytes`.
uint32_t Crc32c(std::string_view bytes, uint32_t before = 0);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_CRC32C_H_
