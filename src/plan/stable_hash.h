// StableHasher: a hash that is the same in every process and version, as identities that are stored
// must be: FNV-1a, 64 bits (draft-eastlake-fnv). A value; any thread.
#ifndef LAMINAR_PLAN_STABLE_HASH_H_
#define LAMINAR_PLAN_STABLE_HASH_H_

#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>

namespace laminar::plan {

class StableHasher {
 public:
  StableHasher& Add(std::string_view text) {
    for (const char c : text) {
      AddByte(static_cast<unsigned char>(c));
    }
    AddByte(0xff);  // never part of UTF-8: "ab","c" differs from "a","bc"
    return *this;
  }
  template <std::integral Number>
  StableHasher& Add(Number number) {
    return Add(std::to_string(number));
  }
  uint64_t hash() const { return hash_; }

 private:
  void AddByte(unsigned char byte) { hash_ = (hash_ ^ byte) * 0x100000001b3u; }

  uint64_t hash_ = 0xcbf29ce484222325u;
};

}  // namespace laminar::plan

#endif  // LAMINAR_PLAN_STABLE_HASH_H_
