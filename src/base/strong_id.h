// Makes number types that cannot be taken for one another: `using TaskId = base::StrongId<struct
// TaskIdTag>;`.
#ifndef LAMINAR_BASE_STRONG_ID_H_
#define LAMINAR_BASE_STRONG_ID_H_

#include <compare>
#include <cstddef>
#include <cstdint>
#include <functional>

namespace laminar::base {

template <typename Tag, typename Representation = int64_t>
struct StrongId {
  Representation value = 0;
  auto operator<=>(const StrongId&) const = default;
};

}  // namespace laminar::base

template <typename Tag, typename Representation>
struct std::hash<laminar::base::StrongId<Tag, Representation>> {
  size_t operator()(const laminar::base::StrongId<Tag, Representation>& id) const noexcept {
    return std::hash<Representation>()(id.value);
  }
};

#endif  // LAMINAR_BASE_STRONG_ID_H_
