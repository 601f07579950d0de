// JsonChecker: whether a text is one JSON value, for JSON columns that come by other formats. Owned
// by a decoder; task thread.
#ifndef LAMINAR_FORMATS_JSON_JSON_CHECKER_H_
#define LAMINAR_FORMATS_JSON_JSON_CHECKER_H_

#include <string>
#include <string_view>

#include "formats/json/json_column.h"
#include "formats/json/json_index.h"
#include "formats/json/json_reader.h"

namespace laminar::formats {

class JsonChecker {
 public:
  JsonChecker();
  /// False when it is not JSON: then `reason` says why.
  bool Check(std::string_view text, std::string& reason);

 private:
  JsonColumn nothing_;
  JsonIndex index_;
  JsonReader reader_;
  std::string line_;
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_JSON_CHECKER_H_
