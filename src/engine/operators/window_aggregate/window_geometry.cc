#include "engine/operators/window_aggregate/window_geometry.h"

#include <algorithm>
#include <limits>

#include "base/assert.h"

namespace laminar::engine {
namespace {

using Int128 = __int128;
using Kind = plan::WindowSpec::Kind;

// TIMESTAMP's own infinities are its greatest value and the negative of it.
constexpr int64_t kTimeMax = std::numeric_limits<int64_t>::max() - 1;
constexpr int64_t kTimeMin = -kTimeMax;
// 100,000 years: wider windows are mistakes, and sums of a few widths cannot overflow.
constexpr int64_t kWidthMax = int64_t{100'000} * 366 * 86'400 * 1'000'000;

Int128 FloorDivide(Int128 a, Int128 b) {
  const Int128 quotient = a / b;
  return quotient * b > a ? quotient - 1 : quotient;
}

int64_t FloorModulo(Int128 a, int64_t b) { return static_cast<int64_t>(a - FloorDivide(a, b) * b); }

}  // namespace

absl::StatusOr<WindowGeometry> WindowGeometry::Make(const plan::WindowSpec& spec) {
  LAMINAR_ASSERT(spec.kind != Kind::kSession, spec.width.micros);
  if (spec.width.micros <= 0 || spec.slide.micros <= 0) {
    return base::InvalidArgument("width and slide of a window must be positive");
  }
  if (spec.width.micros > kWidthMax || spec.slide.micros > kWidthMax) {
    return base::InvalidArgument("width and slide of a window must be at most 100,000 years");
  }
  return WindowGeometry(spec);
}

WindowGeometry::WindowGeometry(const plan::WindowSpec& spec)
    : kind_(spec.kind == Kind::kTumble ? Kind::kHop : spec.kind),
      width_(spec.width.micros),
      slide_(spec.kind == Kind::kTumble ? spec.width.micros : spec.slide.micros),
      offset_(0),
      rest_(kind_ == Kind::kHop && width_ > slide_ ? width_ % slide_ : 0) {
  if (kind_ == Kind::kCumulate) {
    slide_ = std::min(slide_, width_);
    slices_per_window_ = (width_ + slide_ - 1) / slide_;
    offset_ = FloorModulo(spec.offset.micros, width_);
  } else {
    slices_per_window_ =
        width_ <= slide_ ? 1 : width_ / slide_ * (rest_ == 0 ? 1 : 2) + (rest_ == 0 ? 0 : 1);
    offset_ = FloorModulo(spec.offset.micros, slide_);
  }
}

WindowGeometry::Place WindowGeometry::Locate(int64_t time, SliceId& slice) const {
  if (time > kTimeMax || time < kTimeMin) {
    return Place::kOutOfRange;
  }
  const int64_t period = kind_ == Kind::kCumulate ? width_ : slide_;
  const Int128 base = FloorDivide(static_cast<Int128>(time) - offset_, period) * period + offset_;
  // Every window that contains the time lies within [base - width, base + width + period].
  if (base - width_ < kTimeMin || base + width_ + period > kTimeMax) {
    return Place::kOutOfRange;
  }
  const auto start = static_cast<int64_t>(base);
  const int64_t position = time - start;
  if (kind_ == Kind::kCumulate) {
    const int64_t step = position / slide_;
    slice = {.end = start + std::min((step + 1) * slide_, width_), .start = start + step * slide_};
  } else if (width_ < slide_) {
    if (position >= width_) {
      return Place::kGap;
    }
    slice = {.end = start + width_, .start = start};
  } else if (position < rest_) {
    slice = {.end = start + rest_, .start = start};
  } else {
    slice = {.end = start + slide_, .start = start + rest_};
  }
  return Place::kSlice;
}

int64_t WindowGeometry::LastEnd(SliceId slice) const {
  if (kind_ == Kind::kCumulate) {
    return slice.start - FloorModulo(static_cast<Int128>(slice.start) - offset_, width_) + width_;
  }
  return slice.start - FloorModulo(static_cast<Int128>(slice.start) - offset_, slide_) + width_;
}

SliceId WindowGeometry::FirstOpenWindow(SliceId slice, int64_t closed) const {
  const int64_t last = LastEnd(slice);
  LAMINAR_ASSERT(last > closed, closed);
  // Ends of windows that contain the slice: first, first + slide, ..., last.
  int64_t first = slice.end;
  if (kind_ != Kind::kCumulate && rest_ != 0 &&
      FloorModulo(static_cast<Int128>(slice.end) - offset_, slide_) != rest_) {
    first += rest_;
  }
  int64_t end = first;
  if (end <= closed) {
    end += ((closed - end) / slide_ + 1) * slide_;
    end = std::min(end, last);
  }
  return {.end = end, .start = kind_ == Kind::kCumulate ? last - width_ : end - width_};
}

int64_t WindowGeometry::OrdinalOf(SliceId slice) const {
  const auto slide =
      static_cast<int64_t>(FloorDivide(static_cast<Int128>(slice.start) - offset_, slide_));
  if (rest_ == 0) {
    return slide;
  }
  return slide * 2 + (FloorModulo(static_cast<Int128>(slice.start) - offset_, slide_) == 0 ? 0 : 1);
}

}  // namespace laminar::engine
