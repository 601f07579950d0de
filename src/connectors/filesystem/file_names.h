// FileNames: names of finished files by a strategy, each given once. Owned by one sink writer; its
// methods are called on any thread.
#ifndef LAMINAR_CONNECTORS_FILESYSTEM_FILE_NAMES_H_
#define LAMINAR_CONNECTORS_FILESYSTEM_FILE_NAMES_H_

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/mutex.h"
#include "base/random.h"

namespace laminar::connectors::filesystem {

enum class NameStrategy { kSerial, kUuid, kUuidV7, kUlid };

struct NameOptions {
  NameStrategy strategy = NameStrategy::kUuidV7;
  std::string prefix;  // put before the name with a dash; may be empty
  std::string suffix;  // put behind the name with a dot
  int subtask = 0;
  /// Of a job that takes checkpoints: makes serial names unique among all that write to the folder
  /// (GENERATION-NUMBER-SUBTASK-ORIGIN).
  std::string origin;
  int64_t generation = 0;
};

class FileNames {
 public:
  /// `seed` must differ between processes, or names may be the same.
  FileNames(NameOptions options, const base::Clock& clock, uint64_t seed);

  /// `prefix-NAME.suffix`, where NAME is a number and the subtask (00012-003), a UUID of version 4
  /// or 7 (RFC 9562), or a ULID.
  /// With the same seed the names are the same, but for the time in those that have one.
  std::string Next() LAMINAR_EXCLUDES(mutex_);
  /// A name for a file that is not whole: it begins with a dot and is given once.
  std::string NextHidden() LAMINAR_EXCLUDES(mutex_);

 private:
  std::string Uuid(bool by_time) LAMINAR_REQUIRES(mutex_);
  std::string Ulid() LAMINAR_REQUIRES(mutex_);

  const NameOptions options_;
  const base::Clock& clock_;
  base::Random random_ LAMINAR_GUARDED_BY(mutex_);
  base::Mutex mutex_;
  int64_t serial_ LAMINAR_GUARDED_BY(mutex_) = 0;
};

}  // namespace laminar::connectors::filesystem

#endif  // LAMINAR_CONNECTORS_FILESYSTEM_FILE_NAMES_H_
