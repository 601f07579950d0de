// Variances, covariances and correlation. The state holds sums of differences from the first value
// seen (the shift), to twice the precision: so the result is the mathematical one but for the last
// rounding, whatever the order of the rows and however states were merged. (Chan, Golub, LeVeque
// 1983, "Algorithms for computing the sample variance", on shifting.)
#include <cmath>
#include <cstdint>
#include <memory>
#include <string>

#include "duckdb/common/exception.hpp"

#include "expression/aggregate_double_double.h"
#include "expression/aggregate_families.h"
#include "expression/aggregate_unary.h"

namespace laminar::expression {
namespace {

using data::idx_t;
using data::LogicalType;

// Sum of (a - shift) * (b - shift) terms.
void AddProduct(DoubleDouble& sum, DoubleDouble a, DoubleDouble b) {
  const DoubleDouble product = Product(a.high, b.high);
  sum.Add(product.high);
  sum.low += product.low + (a.high * b.low + a.low * b.high);
}

// Sum of products `pair` of n terms, moved from shifts (a, b) to shifts (a - da, b - db), where
// `sum_a` and `sum_b` are the sums before.
DoubleDouble Shifted(DoubleDouble pair,
                     DoubleDouble sum_a,
                     DoubleDouble sum_b,
                     DoubleDouble da,
                     DoubleDouble db,
                     double n) {
  pair.Add(sum_a.Normal() * db);
  pair.Add(sum_b.Normal() * da);
  pair.Add(da * db * n);
  return pair;
}

// Sum of products about the means: pair - sum_a * sum_b / n.
double Centred(DoubleDouble pair, DoubleDouble sum_a, DoubleDouble sum_b, double n) {
  return (pair.Normal() - sum_a.Normal() * sum_b.Normal() / n).Value();
}

void SetNull(data::Vector& result, idx_t row) { duckdb::FlatVector::SetNull(result, row, true); }

void SetResult(data::Vector& result, idx_t row, double value) {
  duckdb::FlatVector::GetData<double>(result)[row] = value;
}

// --- one argument ---

enum class Spread {
  kVarianceSample,
  kVariancePopulation,
  kDeviationSample,
  kDeviationPopulation,
  kMeanError
};

template <Spread kSpread>
struct SpreadOp {
  using Value = double;
  struct State {
    int64_t count;
    double shift;
    DoubleDouble sum;
    DoubleDouble squares;
  };
  static constexpr bool kSubtractable = false;
  static constexpr int kNumFields = 6;

  void Place(std::span<const StateField> given) {
    for (int i = 0; i < kNumFields; ++i) {
      fields[i] = given[i];
    }
  }
  State Load(const uint8_t* row) const {
    return {fields[0].Load<int64_t>(row),
            fields[1].Load<double>(row),
            {fields[2].Load<double>(row), fields[3].Load<double>(row)},
            {fields[4].Load<double>(row), fields[5].Load<double>(row)}};
  }
  void Store(uint8_t* row, const State& state) const {
    fields[0].Store(row, state.count);
    fields[1].Store(row, state.shift);
    fields[2].Store(row, state.sum.high);
    fields[3].Store(row, state.sum.low);
    fields[4].Store(row, state.squares.high);
    fields[5].Store(row, state.squares.low);
  }
  void Add(State& state, double value, UpdateContext&) const {
    if (state.count == 0) {
      state.shift = value;
    }
    state.count += 1;
    const DoubleDouble difference = Difference(value, state.shift);
    state.sum.Add(difference);
    AddProduct(state.squares, difference, difference);
  }
  void Merge(State& state, const State& other, StateStrings&) const {
    if (state.count == 0) {
      state = other;
    } else if (other.count > 0) {
      const DoubleDouble move = Difference(other.shift, state.shift).Normal();
      const auto n = static_cast<double>(other.count);
      state.squares.Add(Shifted(other.squares, other.sum, other.sum, move, move, n));
      state.sum.Add(other.sum);
      state.sum.Add(move * n);
      state.count += other.count;
    }
  }
  void Finish(const State& state, data::Vector& result, idx_t row) const {
    constexpr bool kSample =
        kSpread == Spread::kVarianceSample || kSpread == Spread::kDeviationSample;
    if (state.count == 0 || (kSample && state.count == 1)) {
      SetNull(result, row);
      return;
    }
    const auto n = static_cast<double>(state.count);
    double squares = Centred(state.squares, state.sum, state.sum, n);
    squares = squares < 0 ? 0 : squares;
    const double variance =
        kSample ? squares / static_cast<double>(state.count - 1)
                : (state.count > 1 || kSpread == Spread::kMeanError ? squares / n : 0);
    const double value = ResultOf(variance, n);
    if (!std::isfinite(value)) {
      throw duckdb::OutOfRangeException("%s is out of range!", Name());
    }
    SetResult(result, row, value);
  }

  static double ResultOf(double variance, double n) {
    switch (kSpread) {
      case Spread::kVarianceSample:
      case Spread::kVariancePopulation:
        return variance;
      case Spread::kDeviationSample:
      case Spread::kDeviationPopulation:
        return std::sqrt(variance);
      case Spread::kMeanError:
        return std::sqrt(variance) / std::sqrt(n);
    }
  }
  static const char* Name() {
    switch (kSpread) {
      case Spread::kVarianceSample:
        return "VARSAMP";
      case Spread::kVariancePopulation:
        return "VARPOP";
      case Spread::kDeviationSample:
        return "STDDEV_SAMP";
      case Spread::kDeviationPopulation:
        return "STDDEV_POP";
      case Spread::kMeanError:
        return "SEM";
    }
  }

  StateField fields[kNumFields];
};

template <Spread kSpread>
std::unique_ptr<NativeAggregate> MakeSpread() {
  return MakeUnary<SpreadOp<kSpread>>({{"count", LogicalType::BIGINT, false},
                                       {"shift", LogicalType::DOUBLE, false},
                                       {"sum", LogicalType::DOUBLE, false},
                                       {"sum_low", LogicalType::DOUBLE, false},
                                       {"squares", LogicalType::DOUBLE, false},
                                       {"squares_low", LogicalType::DOUBLE, false}});
}

// --- two arguments ---

enum class Pairing { kCovarianceSample, kCovariancePopulation, kCorrelation };

struct PairState {
  int64_t count = 0;
  double shift_x = 0;
  double shift_y = 0;
  DoubleDouble sum_x;
  DoubleDouble sum_y;
  DoubleDouble products;
  DoubleDouble squares_x;
  DoubleDouble squares_y;
};

constexpr int kNumPairFields = 13;

class PairNative final : public NativeAggregate {
 public:
  explicit PairNative(Pairing pairing) : NativeAggregate(Columns()), pairing_(pairing) {}

  void Place(std::span<const StateField> fields) override {
    for (int i = 0; i < kNumPairFields; ++i) {
      fields_[i] = fields[i];
    }
  }
  bool subtractable() const override { return false; }

  absl::Status Update(std::span<const data::UnifiedVectorFormat> arguments,
                      const AggregateRows& rows,
                      StateStrings& strings) const override {
    const auto* ys = data::UnifiedVectorFormat::GetData<double>(arguments[0]);
    const auto* xs = data::UnifiedVectorFormat::GetData<double>(arguments[1]);
    for (idx_t i = 0; i < rows.count; ++i) {
      const idx_t row = rows.PositionOf(i);
      const idx_t y = arguments[0].sel->get_index(row);
      const idx_t x = arguments[1].sel->get_index(row);
      if (arguments[0].validity.RowIsValid(y) && arguments[1].validity.RowIsValid(x)) {
        PairState state = Load(rows.StateOf(i));
        Add(state, xs[x], ys[y]);
        Store(rows.StateOf(i), state);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Combine(uint8_t* const* sources,
                       uint8_t* const* targets,
                       idx_t count,
                       StateStrings& strings) const override {
    for (idx_t i = 0; i < count; ++i) {
      PairState state = Load(targets[i]);
      Merge(state, Load(sources[i]));
      Store(targets[i], state);
    }
    return absl::OkStatus();
  }

  absl::Status Subtract(uint8_t* const*, uint8_t* const*, idx_t) const override {
    return base::Internal("aggregate state cannot be subtracted");
  }

  absl::Status Finalize(uint8_t* const* states,
                        idx_t count,
                        data::Vector& result,
                        idx_t offset) const override {
    for (idx_t i = 0; i < count; ++i) {
      LAMINAR_RETURN_IF_ERROR(Finish(Load(states[i]), result, offset + i));
    }
    return absl::OkStatus();
  }

 private:
  static std::vector<data::Field> Columns() {
    std::vector<data::Field> columns{{"count", LogicalType::BIGINT, false}};
    for (const char* name :
         {"shift_x", "shift_y", "sum_x", "sum_x_low", "sum_y", "sum_y_low", "products",
          "products_low", "squares_x", "squares_x_low", "squares_y", "squares_y_low"}) {
      columns.push_back({name, LogicalType::DOUBLE, false});
    }
    return columns;
  }

  PairState Load(const uint8_t* row) const {
    const auto number = [&](int field) { return fields_[field].Load<double>(row); };
    return {fields_[0].Load<int64_t>(row),
            number(1),
            number(2),
            {number(3), number(4)},
            {number(5), number(6)},
            {number(7), number(8)},
            {number(9), number(10)},
            {number(11), number(12)}};
  }
  void Store(uint8_t* row, const PairState& state) const {
    fields_[0].Store(row, state.count);
    const double numbers[] = {state.shift_x,       state.shift_y,        state.sum_x.high,
                              state.sum_x.low,     state.sum_y.high,     state.sum_y.low,
                              state.products.high, state.products.low,   state.squares_x.high,
                              state.squares_x.low, state.squares_y.high, state.squares_y.low};
    for (int i = 1; i < kNumPairFields; ++i) {
      fields_[i].Store(row, numbers[i - 1]);
    }
  }

  static void Add(PairState& state, double x, double y) {
    if (state.count == 0) {
      state.shift_x = x;
      state.shift_y = y;
    }
    state.count += 1;
    const DoubleDouble dx = Difference(x, state.shift_x);
    const DoubleDouble dy = Difference(y, state.shift_y);
    state.sum_x.Add(dx);
    state.sum_y.Add(dy);
    AddProduct(state.products, dx, dy);
    AddProduct(state.squares_x, dx, dx);
    AddProduct(state.squares_y, dy, dy);
  }

  static void Merge(PairState& state, const PairState& other) {
    if (state.count == 0) {
      state = other;
    } else if (other.count > 0) {
      const DoubleDouble dx = Difference(other.shift_x, state.shift_x).Normal();
      const DoubleDouble dy = Difference(other.shift_y, state.shift_y).Normal();
      const auto n = static_cast<double>(other.count);
      state.products.Add(Shifted(other.products, other.sum_x, other.sum_y, dx, dy, n));
      state.squares_x.Add(Shifted(other.squares_x, other.sum_x, other.sum_x, dx, dx, n));
      state.squares_y.Add(Shifted(other.squares_y, other.sum_y, other.sum_y, dy, dy, n));
      state.sum_x.Add(other.sum_x);
      state.sum_x.Add(dx * n);
      state.sum_y.Add(other.sum_y);
      state.sum_y.Add(dy * n);
      state.count += other.count;
    }
  }

  absl::Status Finish(const PairState& state, data::Vector& result, idx_t row) const {
    if (state.count == 0 || (pairing_ == Pairing::kCovarianceSample && state.count < 2)) {
      SetNull(result, row);
      return absl::OkStatus();
    }
    const auto n = static_cast<double>(state.count);
    const double products = Centred(state.products, state.sum_x, state.sum_y, n);
    switch (pairing_) {
      case Pairing::kCovarianceSample:
        SetResult(result, row, products / static_cast<double>(state.count - 1));
        return absl::OkStatus();
      case Pairing::kCovariancePopulation:
        SetResult(result, row, products / n);
        return absl::OkStatus();
      case Pairing::kCorrelation:
        break;
    }
    const double deviation_x = Deviation(state.squares_x, state.sum_x, state.count);
    const double deviation_y = Deviation(state.squares_y, state.sum_y, state.count);
    if (!std::isfinite(deviation_x)) {
      return base::InvalidArgument("STDDEV_POP for X is out of range!");
    }
    if (!std::isfinite(deviation_y)) {
      return base::InvalidArgument("STDDEV_POP for Y is out of range!");
    }
    const double scale = deviation_x * deviation_y;
    SetResult(result, row, scale != 0 ? products / n / scale : std::nan(""));
    return absl::OkStatus();
  }

  static double Deviation(DoubleDouble squares, DoubleDouble sum, int64_t count) {
    if (count == 1) {
      return 0;
    }
    const auto n = static_cast<double>(count);
    const double centred = Centred(squares, sum, sum, n);
    return centred < 0 ? 0 : std::sqrt(centred / n);
  }

  const Pairing pairing_;
  StateField fields_[kNumPairFields];
};

bool AreDoubles(const ArgumentTypes& types, size_t count) {
  if (types.size() != count) {
    return false;
  }
  for (const LogicalType& type : types) {
    if (type.id() != data::LogicalTypeId::DOUBLE) {
      return false;
    }
  }
  return true;
}

}  // namespace

std::unique_ptr<NativeAggregate> MakeMoments(const std::string& name, const ArgumentTypes& types) {
  if (AreDoubles(types, 2)) {
    if (name == "covar_pop") {
      return std::make_unique<PairNative>(Pairing::kCovariancePopulation);
    }
    if (name == "covar_samp") {
      return std::make_unique<PairNative>(Pairing::kCovarianceSample);
    }
    return name == "corr" ? std::make_unique<PairNative>(Pairing::kCorrelation) : nullptr;
  }
  if (!AreDoubles(types, 1)) {
    return nullptr;
  }
  if (name == "var_samp" || name == "variance") {
    return MakeSpread<Spread::kVarianceSample>();
  }
  if (name == "var_pop") {
    return MakeSpread<Spread::kVariancePopulation>();
  }
  if (name == "stddev" || name == "stddev_samp") {
    return MakeSpread<Spread::kDeviationSample>();
  }
  if (name == "stddev_pop") {
    return MakeSpread<Spread::kDeviationPopulation>();
  }
  return name == "sem" ? MakeSpread<Spread::kMeanError>() : nullptr;
}

}  // namespace laminar::expression
