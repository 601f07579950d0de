// JsonColumn: one column of a table, or one field, element, key or value of a nested one, as the
// JSON reader fills it: how its values look in JSON, where they go, and by which names its fields
// are known. Owned by a decoder as a tree below the table's row; task thread.
#ifndef LAMINAR_FORMATS_JSON_JSON_COLUMN_H_
#define LAMINAR_FORMATS_JSON_JSON_COLUMN_H_

#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "data/schema.h"
#include "data/vector.h"
#include "formats/text/cell_writer.h"

namespace laminar::formats {

struct JsonColumn;

/// Finds fields of an object by name. Records mostly have the same fields in the same order, so the
/// name that came at a place last time is compared first.
class JsonFields {
 public:
  struct Match {
    JsonColumn* column = nullptr;  // null: not wanted
    bool exact = true;             // else only without regard to case
  };

  void Add(JsonColumn& column);
  size_t size() const { return columns_.size(); }
  JsonColumn& at(size_t index) const { return *columns_[index]; }

  /// `ordinal` is the place of the field in its object, from 0.
  [[gnu::always_inline]] Match Find(size_t ordinal, std::string_view name) {
    if (ordinal < guesses_.size()) [[likely]] {
      const Guess& guess = guesses_[ordinal];
      if (guess.name.size() == name.size() &&
          SameBytes(guess.name.data(), name.data(), name.size())) {
        return guess.match;
      }
    }
    return Search(ordinal, name);
  }

 private:
  // Compares without a call for the lengths that names have.
  static bool SameBytes(const char* a, const char* b, size_t size) {
    if (size >= 8 && size <= 16) {
      return Word<uint64_t>(a) == Word<uint64_t>(b) &&
             Word<uint64_t>(a + size - 8) == Word<uint64_t>(b + size - 8);
    }
    if (size >= 4 && size < 8) {
      return Word<uint32_t>(a) == Word<uint32_t>(b) &&
             Word<uint32_t>(a + size - 4) == Word<uint32_t>(b + size - 4);
    }
    if (size > 16) {
      return std::memcmp(a, b, size) == 0;
    }
    for (size_t i = 0; i < size; ++i) {
      if (a[i] != b[i]) {
        return false;
      }
    }
    return true;
  }
  template <class T>
  static T Word(const char* p) {
    T word;
    std::memcpy(&word, p, sizeof(word));
    return word;
  }

  struct Guess {
    std::string name;
    Match match;
  };
  Match Search(size_t ordinal, std::string_view name);

  std::vector<JsonColumn*> columns_;
  std::vector<Guess> guesses_;
  std::unordered_map<std::string, JsonColumn*> by_name_;
  std::unordered_map<std::string, JsonColumn*> by_lower_name_;
};

struct JsonColumn {
  enum class Shape : uint8_t { kScalar, kJson, kStruct, kList, kArray, kMap };

  JsonColumn(std::string column_name,
             const data::LogicalType& type,
             bool may_be_null,
             const CellFormat& format);

  /// Values go to `vector` (flat, allocated) from now on.
  void Attach(data::Vector& vector, size_t expected_bytes);
  /// Makes the row NULL, with all below it.
  void SetNull(data::idx_t row);
  /// Makes rows valid again that a record that failed may have set to NULL.
  void ResetValidity(data::idx_t begin, data::idx_t end);
  /// Of kList and kMap: makes room for one more element and returns its row.
  data::idx_t AddElement() {
    if (num_elements == element_capacity) [[unlikely]] {
      GrowElements();
    }
    return num_elements++;
  }
  /// Tells the vectors how many elements their lists have.
  void StoreListSizes();
  /// Appends every kList and kMap of the tree to `lists`.
  void CollectLists(std::vector<JsonColumn*>& lists);

  std::string name;
  bool nullable = true;
  Shape shape = Shape::kScalar;
  CellWriter cell;    // of kScalar and kJson
  JsonFields fields;  // of kStruct
  /// Fields of kStruct; the element of kList and kArray; key and value of kMap.
  std::vector<std::unique_ptr<JsonColumn>> children;

  // Of kStruct: counts objects, so that a field knows whether it was seen in this one.
  uint64_t num_objects = 0;
  // As a field: the object it was last seen in, and whether by its exact name.
  uint64_t seen_in = 0;
  bool seen_exact = false;

  data::Vector* vector = nullptr;
  duckdb::ValidityMask* validity = nullptr;
  duckdb::list_entry_t* entries = nullptr;  // of kList and kMap
  data::idx_t num_elements = 0;             // of kList and kMap, in all rows
  data::idx_t element_capacity = 0;
  data::idx_t num_elements_before = 0;  // before the record being read
  data::idx_t array_size = 0;           // of kArray

 private:
  void AttachAgain(data::Vector& vector);
  void GrowElements();
};

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_JSON_JSON_COLUMN_H_
