// Where an aggregate keeps its state: in typed columns of a row of a state table, so that a
// snapshot can read and restore it without knowing the function. A row is zeroed when it is made: a
// zeroed state is the state of no rows. Plain data; the operator's thread.
#ifndef LAMINAR_EXPRESSION_AGGREGATE_STATE_H_
#define LAMINAR_EXPRESSION_AGGREGATE_STATE_H_

#include <cstdint>
#include <cstring>

#include "data/vector.h"

namespace laminar::expression {

/// One column's place in a row: the value at `offset`, its validity in bit `valid_mask` of the byte
/// at `valid_byte` (set: not NULL).
struct StateField {
  uint32_t offset = 0;
  uint32_t valid_byte = 0;
  uint8_t valid_mask = 0;

  template <class T>
  T Load(const uint8_t* row) const {
    T value;
    std::memcpy(&value, row + offset, sizeof(T));
    return value;
  }
  template <class T>
  void Store(uint8_t* row, const T& value) const {
    std::memcpy(row + offset, &value, sizeof(T));
  }
  bool IsValid(const uint8_t* row) const { return (row[valid_byte] & valid_mask) != 0; }
  void SetValid(uint8_t* row) const { row[valid_byte] |= valid_mask; }
  void SetNull(uint8_t* row) const { row[valid_byte] &= static_cast<uint8_t>(~valid_mask); }
};

/// Keeps the bytes of strings that states refer to.
class StateStrings {
 public:
  virtual ~StateStrings() = default;
  /// Room for `size` bytes, until it is released or the owning table is dropped.
  virtual char* Allocate(uint32_t size) = 0;
  /// Takes back room of Allocate, of the same size.
  virtual void Release(char* room, uint32_t size) = 0;

  /// A string of the same content that lives as long as the table.
  duckdb::string_t Copy(duckdb::string_t value) {
    if (value.IsInlined()) {
      return value;
    }
    const auto size = static_cast<uint32_t>(value.GetSize());
    char* bytes = Allocate(size);
    std::memcpy(bytes, value.GetData(), size);
    return {bytes, size};
  }
  /// Gives up a string of Copy.
  void Release(duckdb::string_t value) {
    if (!value.IsInlined()) {
      Release(const_cast<char*>(value.GetData()), static_cast<uint32_t>(value.GetSize()));
    }
  }
};

/// Replaces the string of a state, or the empty one of a state of zeros.
inline void AssignString(duckdb::string_t& target, duckdb::string_t value, StateStrings& strings) {
  const duckdb::string_t old = target;
  target = strings.Copy(value);
  strings.Release(old);
}

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_AGGREGATE_STATE_H_
