// How records lie in a stream of bytes: the options that text formats share.
#ifndef LAMINAR_FORMATS_FRAMING_H_
#define LAMINAR_FORMATS_FRAMING_H_

#include <cstdint>
#include <vector>

#include "data/options.h"

namespace laminar::formats {

/// `framing` (newline, the only one) and `framing.newline.max_length`.
std::vector<data::OptionSpec> FramingOptions();
/// The most bytes of one record.
int64_t RecordBytesMax(const data::Options& format_options);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_FRAMING_H_
