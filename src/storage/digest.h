// Hashes and signatures over OpenSSL, as requests to stores are signed with them. Pure; any thread.
#ifndef LAMINAR_STORAGE_DIGEST_H_
#define LAMINAR_STORAGE_DIGEST_H_

#include <string>
#include <string_view>

#include "base/status.h"

namespace laminar::storage {

/// 32 raw bytes each.
std::string Sha256(std::string_view bytes);
std::string HmacSha256(std::string_view key, std::string_view bytes);

/// RSASSA-PKCS1-v1_5 with SHA-256 (RFC 8017) by a private key in PEM. InvalidArgument when that is
/// none; the message repeats nothing of it.
absl::StatusOr<std::string> SignRsaSha256(const std::string& private_key_pem,
                                          std::string_view bytes);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_DIGEST_H_
