// What the fuzz targets of formats share: a decoder must read the same rows and
// tell the same bad records however the bytes are handed over, and never crash.
#ifndef LAMINAR_TESTS_FUZZ_FORMATS_FUZZ_H_
#define LAMINAR_TESTS_FUZZ_FORMATS_FUZZ_H_

#include <cstddef>
#include <string_view>

#include "base/assert.h"
#include "formats/formats_for_test.h"

namespace laminar::formats {

inline void CheckDecoder(const FormatFactory& format,
                         const data::ConnectorTable& table,
                         std::string_view text) {
  const DecodedForTest whole = DecodeForTest(format, table, text);
  const DecodedForTest pieces = DecodeForTest(format, table, text, 1 + text.size() % 61);
  LAMINAR_ASSERT(whole.status.code() == pieces.status.code(), text.size());
  LAMINAR_ASSERT(whole.rows == pieces.rows, whole.rows.size());
  LAMINAR_ASSERT(whole.bad.size() == pieces.bad.size(), whole.bad.size());
  for (size_t i = 0; i < whole.bad.size(); ++i) {
    LAMINAR_ASSERT(whole.bad[i].bytes == pieces.bad[i].bytes, i);
    LAMINAR_ASSERT(whole.bad[i].error == pieces.bad[i].error, i);
    LAMINAR_ASSERT(whole.bad[i].position == pieces.bad[i].position, i);
  }
}

}  // namespace laminar::formats

#endif  // LAMINAR_TESTS_FUZZ_FORMATS_FUZZ_H_
