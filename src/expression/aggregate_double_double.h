// Arithmetic on unevaluated sums of two doubles (about 106 bits): Dekker 1971, "A floating-point
// technique for extending the available precision"; Knuth, TAOCP 2, 4.2.2 (TwoSum). Sums kept this
// way round to the same double whatever the order of their terms, but for cases as rare as a tie in
// 2^-50. Overflow leaves the infinity or NaN of plain double arithmetic in `high`. Values; any
// thread.
#ifndef LAMINAR_EXPRESSION_AGGREGATE_DOUBLE_DOUBLE_H_
#define LAMINAR_EXPRESSION_AGGREGATE_DOUBLE_DOUBLE_H_

#include <cmath>

namespace laminar::expression {

struct DoubleDouble {
  double high = 0;
  double low = 0;

  /// Adds exactly, but for the rounding of `low`.
  void Add(double value) {
    const double sum = high + value;
    const double part = sum - high;
    low += (high - (sum - part)) + (value - part);
    high = sum;
  }
  void Add(DoubleDouble value) {
    Add(value.high);
    low += value.low;
  }
  /// The nearest double.
  double Value() const {
    if (!std::isfinite(high)) {
      return high;
    }
    const double sum = high + low;
    return std::isfinite(sum) ? sum : high;
  }
  /// The same number with |low| at most half a unit in the last place of high.
  DoubleDouble Normal() const {
    const double sum = high + low;
    return std::isfinite(sum) ? DoubleDouble{sum, low - (sum - high)} : DoubleDouble{high, 0};
  }
};

/// The exact difference of two doubles.
inline DoubleDouble Difference(double a, double b) {
  DoubleDouble result{a, 0};
  result.Add(-b);
  return result;
}

/// The exact product of two doubles; `low` is 0 where the product is not finite.
inline DoubleDouble Product(double a, double b) {
  constexpr double kSplitter = 134217729.0;  // 2^27 + 1
  const double product = a * b;
  const double a_scaled = kSplitter * a;
  const double b_scaled = kSplitter * b;
  const double a_high = a_scaled - (a_scaled - a);
  const double b_high = b_scaled - (b_scaled - b);
  const double a_low = a - a_high;
  const double b_low = b - b_high;
  const double error =
      ((a_high * b_high - product) + a_high * b_low + a_low * b_high) + a_low * b_low;
  return {product, std::isfinite(error) ? error : 0};
}

inline DoubleDouble operator*(DoubleDouble a, DoubleDouble b) {
  DoubleDouble result = Product(a.high, b.high);
  result.low += a.high * b.low + a.low * b.high;
  return result.Normal();
}

inline DoubleDouble operator*(DoubleDouble a, double b) { return a * DoubleDouble{b, 0}; }

inline DoubleDouble operator/(DoubleDouble a, double b) {
  const double quotient = a.high / b;
  DoubleDouble rest = Product(quotient, b);
  rest = DoubleDouble{-rest.high, -rest.low};
  rest.Add(a);
  return DoubleDouble{quotient, rest.Value() / b}.Normal();
}

inline DoubleDouble operator-(DoubleDouble a, DoubleDouble b) {
  a.Add(DoubleDouble{-b.high, -b.low});
  return a.Normal();
}

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_AGGREGATE_DOUBLE_DOUBLE_H_
