// One line of an access log, cut into its fields:
//   host ident user [10/Oct/2000:13:55:36 -0700] "GET /path HTTP/1.0" status bytes
// and, in the combined format, `"referer" "user agent"` behind. Views into the line.
#ifndef LAMINAR_FORMATS_CLF_CLF_LINE_H_
#define LAMINAR_FORMATS_CLF_CLF_LINE_H_

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "formats/text/time_text.h"

namespace laminar::formats {

enum class ClfField : uint8_t {
  kHost,
  kIdent,
  kUser,
  kTimestamp,
  kMethod,
  kPath,
  kProtocol,
  kStatus,
  kBytes,
  kReferer,
  kUserAgent,
};
inline constexpr size_t kClfFields = 11;
/// Name of the field's column.
std::string_view ClfFieldName(ClfField field);

struct ClfLine {
  /// Nullopt where the log has "-" or nothing. A text in quotes keeps its backslashes.
  std::array<std::optional<std::string_view>, kClfFields> fields;
  Instant time;  // UTC
};

/// False when the line is of neither format: then `reason` says why.
bool ParseClfLine(std::string_view text, ClfLine& line, std::string& reason);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_CLF_CLF_LINE_H_
