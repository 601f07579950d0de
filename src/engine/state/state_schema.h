// What a state table consists of: a name, a version, typed key and value columns, and whether rows
// are kept per slice of time. Written down with every snapshot, so that a later program can tell
// what it finds. Plain data; any thread when const.
#ifndef LAMINAR_ENGINE_STATE_STATE_SCHEMA_H_
#define LAMINAR_ENGINE_STATE_STATE_SCHEMA_H_

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "data/schema.h"

namespace laminar::engine {

struct StateSchema {
  std::string name;  // unique within an operator: "groups", "left_rows"
  int version = 1;
  std::vector<data::Field> keys;  // rows belong to the key group of their hash
  std::vector<data::Field> values;
  bool sliced = false;  // rows are kept per SliceId and dropped with it
};

/// The part of time that rows belong to, [start, end) in microseconds: a slice or a window. Ordered
/// by end, as windows close.
struct SliceId {
  int64_t end = 0;
  int64_t start = 0;
  auto operator<=>(const SliceId&) const = default;

  /// For tables that know one time only, such as a window's end.
  static constexpr SliceId At(int64_t time) { return {time, time}; }
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_STATE_SCHEMA_H_
