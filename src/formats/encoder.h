// Encoder: rows to bytes. Owned by a sink writer; called on its task's thread.
#ifndef LAMINAR_FORMATS_ENCODER_H_
#define LAMINAR_FORMATS_ENCODER_H_

#include <string>

#include "base/status.h"
#include "data/chunk.h"

namespace laminar::formats {

class Encoder {
 public:
  virtual ~Encoder() = default;
  /// Appends what a new output starts with (a CSV header) to `bytes`.
  virtual absl::Status Begin(std::string& bytes) { return absl::OkStatus(); }
  /// Appends every row, each whole, to `bytes`. On error `bytes` holds only whole rows.
  virtual absl::Status Encode(const data::Chunk& chunk, std::string& bytes) = 0;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_ENCODER_H_
