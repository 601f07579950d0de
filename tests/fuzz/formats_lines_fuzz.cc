// Formats whose records are lines: access logs, raw texts and raw bytes.
#include <cstdint>

#include "formats/clf/clf_format.h"
#include "formats/raw/raw_format.h"
#include "tests/fuzz/formats_fuzz.h"

using laminar::formats::CheckDecoder;
using laminar::formats::FieldForTest;
using laminar::formats::RawFormat;
using laminar::formats::TableForTest;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static const laminar::formats::ClfFormat clf;
  static const RawFormat texts(RawFormat::Kind::kString);
  static const RawFormat bytes(RawFormat::Kind::kBytes);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  CheckDecoder(clf, TableForTest(clf, clf.InferSchema("", true, {})->fields), text);
  CheckDecoder(texts,
               TableForTest(texts, {FieldForTest("value", "VARCHAR")},
                            {{"framing.newline.max_length", "64"}}),
               text);
  CheckDecoder(bytes, TableForTest(bytes, {FieldForTest("value", "BLOB")}), text);
  return 0;
}
