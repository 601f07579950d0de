#include "formats/framing.h"

#include "base/limits.h"

namespace laminar::formats {
namespace {

constexpr char kFraming[] = "framing";
constexpr char kMaxLength[] = "framing.newline.max_length";

}  // namespace

std::vector<data::OptionSpec> FramingOptions() {
  data::OptionSpec framing;
  framing.name = kFraming;
  framing.type = data::OptionType::kEnum;
  framing.values = {"newline"};
  framing.description = "How records are told apart: newline, one on each line.";
  data::OptionSpec max_length;
  max_length.name = kMaxLength;
  max_length.type = data::OptionType::kSize;
  max_length.default_value = std::to_string(base::kRecordBytesMax);
  max_length.minimum = 1;
  max_length.maximum = int64_t{1} << 30;
  max_length.description =
      "The most bytes of one record; a longer one is a bad record, and reading goes on with the "
      "next line.";
  return {framing, max_length};
}

int64_t RecordBytesMax(const data::Options& format_options) {
  return format_options.Has(kMaxLength) ? format_options.GetInteger(kMaxLength)
                                        : base::kRecordBytesMax;
}

}  // namespace laminar::formats
