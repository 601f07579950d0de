// The options of format 'json', read from a checked WITH clause. Plain data.
#ifndef LAMINAR_FORMATS_JSON_JSON_OPTIONS_H_
#define LAMINAR_FORMATS_JSON_JSON_OPTIONS_H_

#include <vector>

#include "data/options.h"
#include "formats/text/cell_writer.h"

namespace laminar::formats {

struct JsonOptions {
  bool unstructured = false;
  bool include_schema = false;
  CellFormat cell{.base64_blobs = true};

  static std::vector<data::OptionSpec> Specs();
  /// Unset options have their defaults.
  static JsonOptions From(const data::Options& format_options);
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_JSON_OPTIONS_H_
