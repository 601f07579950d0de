// JsonFields: reads the members of a JSON object that this program or another version of it has
// written, by name and type, without exceptions: the first problem is kept, later calls give empty
// values, and the caller looks once at the end. Used within one function; one thread.
#ifndef LAMINAR_CONTROL_METADATA_JSON_FIELDS_H_
#define LAMINAR_CONTROL_METADATA_JSON_FIELDS_H_

#include <cstdint>
#include <limits>
#include <string>
#include <vector>

#include <nlohmann/json.hpp>

#include "base/status.h"

namespace laminar::control {

/// A text as JSON, whatever its bytes: such that are no UTF-8 (of a file's name, say) as
/// {"hex": "..."}.
nlohmann::ordered_json TextToJson(const std::string& text);
/// A 64-bit hash as 16 hexadecimal digits: many readers of JSON know no such integers.
nlohmann::ordered_json HashToJson(uint64_t hash);

class JsonFields {
 public:
  /// `object` and `error` outlive this; `error` gets the first problem.
  JsonFields(const nlohmann::ordered_json& object, absl::Status& error);

  bool ok() const { return error_.ok(); }
  bool Has(const char* name) const;

  std::string Text(const char* name);
  bool Flag(const char* name);
  int64_t Integer(const char* name,
                  int64_t min = std::numeric_limits<int64_t>::min(),
                  int64_t max = std::numeric_limits<int64_t>::max());
  uint64_t Hash(const char* name);
  /// An array of `size` numbers; that many zeros when it is not that.
  std::vector<uint32_t> Unsigned32s(const char* name, size_t size);
  /// A text that stands for itself, an element of an array.
  std::string TextOf(const nlohmann::ordered_json& value, const char* name);
  /// Calls `take(const ordered_json&)` for each element of the array.
  template <typename Take>
  void Each(const char* name, const Take& take) {
    const nlohmann::ordered_json* array = Find(name);
    if (array == nullptr || !Check(array->is_array(), name, "is no array")) {
      return;
    }
    for (const nlohmann::ordered_json& element : *array) {
      if (!ok()) {
        return;
      }
      take(element);
    }
  }
  /// Calls `take(JsonFields&)` for the object.
  template <typename Take>
  void Object(const char* name, const Take& take) {
    if (const nlohmann::ordered_json* object = Find(name)) {
      JsonFields fields(*object, error_);
      take(fields);
    }
  }
  /// Calls `take(JsonFields&)` for each element of the array of objects.
  template <typename Take>
  void EachObject(const char* name, const Take& take) {
    Each(name, [this, &take](const nlohmann::ordered_json& element) {
      JsonFields fields(element, error_);
      take(fields);
    });
  }

 private:
  /// Null, with an error, when it is missing.
  const nlohmann::ordered_json* Find(const char* name);
  bool Check(bool condition, const char* name, const char* problem);

  const nlohmann::ordered_json& object_;
  absl::Status& error_;
};

}  // namespace laminar::control

#endif  // LAMINAR_CONTROL_METADATA_JSON_FIELDS_H_
