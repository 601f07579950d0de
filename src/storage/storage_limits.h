// Bounds of the object stores: sizes of keys, parts and answers, each with its unit and reason.
#ifndef LAMINAR_STORAGE_STORAGE_LIMITS_H_
#define LAMINAR_STORAGE_STORAGE_LIMITS_H_

#include <cstddef>
#include <cstdint>

namespace laminar::storage {

/// Bytes of a key together with the folder of its store's URL: what every cloud store takes.
inline constexpr size_t kKeyBytesMax = 1024;

/// Bytes of one part between slashes: what Linux's file systems take.
inline constexpr size_t kKeyPartBytesMax = 255;

/// Parts of a key: bounds the depth of folders that are walked.
inline constexpr int kKeyPartsMax = 64;

/// Bytes that are copied at once between files.
inline constexpr size_t kCopyBytes = size_t{1} << 20;

/// Times that a file is written again because somebody removed its folder in between.
inline constexpr int kLocalAttemptsMax = 16;

/// Bytes of a store's URL: longer ones are mistakes.
inline constexpr size_t kStoreUrlBytesMax = 4096;

/// Bytes of one answer's head.
inline constexpr size_t kAnswerHeadBytesMax = size_t{256} << 10;

/// Bytes of an answer that is not an object: listings, errors, credentials.
inline constexpr int64_t kAnswerTextBytesMax = int64_t{64} << 20;

/// Parts of one upload: the least of what the stores take.
inline constexpr int64_t kPartsMax = 10'000;

/// Bytes of one part but the last: S3 refuses smaller ones.
inline constexpr int64_t kPartBytesMin = int64_t{5} << 20;

/// Bytes of one part unless configured: few requests, little memory, quick to send again.
inline constexpr int64_t kPartBytesDefault = int64_t{16} << 20;

/// Pages of one listing: a store that never ends its pages is broken.
inline constexpr int kListPagesMax = 100'000;

static_assert(kPartBytesMin <= kPartBytesDefault);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_STORAGE_LIMITS_H_
