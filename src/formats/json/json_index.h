// JsonIndex: where the structure of JSON text is: the offsets of braces, brackets, colons, commas
// and of the first character of every string and scalar, all outside of strings. Found by
// simdjson's first stage (Langdale and Lemire, "Parsing Gigabytes of JSON per Second", 2019), which
// also checks UTF-8. Owned by a decoder; task thread.
#ifndef LAMINAR_FORMATS_JSON_JSON_INDEX_H_
#define LAMINAR_FORMATS_JSON_JSON_INDEX_H_

#include <cstdint>
#include <memory>
#include <string_view>

namespace laminar::formats {

class JsonIndex {
 public:
  enum class Fault { kNone, kBlank, kUtf8, kOpenString, kControlCharacter, kTooLarge };

  JsonIndex();
  ~JsonIndex();

  /// Replaces the index by that of `text`. On a fault there is none. REQUIRES: text ends with a
  /// line feed.
  Fault Build(std::string_view text);

  /// Offsets in ascending order. Behind the last one stand three more with the offset of the text's
  /// last line feed, which is no structure: so readers stop there without comparing counts.
  const uint32_t* offsets() const;
  uint32_t size() const;

 private:
  struct Parser;
  std::unique_ptr<Parser> parser_;
};

/// What a fault means, for messages.
std::string_view Describe(JsonIndex::Fault fault);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_JSON_INDEX_H_
