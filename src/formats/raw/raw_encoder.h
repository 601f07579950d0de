// RawEncoder: the values of the only column, as they are, each with a line feed behind; NULL is an
// empty line. Owned by a sink writer; task thread.
#ifndef LAMINAR_FORMATS_RAW_RAW_ENCODER_H_
#define LAMINAR_FORMATS_RAW_RAW_ENCODER_H_

#include <string>

#include "formats/encoder.h"

namespace laminar::formats {

class RawEncoder final : public Encoder {
 public:
  absl::Status Encode(const data::Chunk& chunk, std::string& bytes) override;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_RAW_RAW_ENCODER_H_
