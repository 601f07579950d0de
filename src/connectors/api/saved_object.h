// SavedObject: what connectors leave in checkpoints for themselves (positions, states of sinks,
// commits) and read again: small JSON objects. Keys that are not known are left alone, so that a
// later version may add some. Plain value; any thread.
#ifndef LAMINAR_CONNECTORS_API_SAVED_OBJECT_H_
#define LAMINAR_CONNECTORS_API_SAVED_OBJECT_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/status.h"

namespace laminar::connectors {

class SavedObject {
 public:
  SavedObject() : json_(nlohmann::json::object()) {}

  /// DataLoss when the text is no JSON object; `what` it is, for messages.
  static absl::StatusOr<SavedObject> Parse(std::string_view text, std::string_view what);

  SavedObject& Set(const char* key, int64_t value);
  SavedObject& Set(const char* key, bool value);
  /// Any bytes: what is not UTF-8 is escaped, and comes back as it was.
  SavedObject& Set(const char* key, std::string_view text);
  SavedObject& Set(const char* key, const std::vector<SavedObject>& list);
  std::string ToString() const { return json_.dump(); }

  /// DataLoss when the key is absent or holds something else.
  absl::StatusOr<int64_t> Integer(const char* key) const;
  absl::StatusOr<std::string> Text(const char* key) const;
  absl::StatusOr<std::vector<SavedObject>> List(const char* key) const;
  /// False when absent.
  bool Flag(const char* key) const;
  bool Has(const char* key) const { return json_.contains(key); }

 private:
  SavedObject(nlohmann::json json, std::string what)
      : json_(std::move(json)), what_(std::move(what)) {}
  absl::Status Missing(const char* key) const;

  nlohmann::json json_;
  std::string what_;
};

/// Any bytes, such as a path, as text in UTF-8: itself where it is, else escaped.
std::string EncodeBytes(std::string_view bytes);
std::string DecodeBytes(std::string_view text);

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_SAVED_OBJECT_H_
