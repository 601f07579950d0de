// count(*) and count(x).
#include <cstdint>
#include <memory>
#include <string>

#include "expression/aggregate_families.h"

namespace laminar::expression {
namespace {

using data::idx_t;
using data::LogicalType;

class CountNative final : public NativeAggregate {
 public:
  explicit CountNative(bool of_rows)
      : NativeAggregate({{"count", LogicalType::BIGINT, false}}), of_rows_(of_rows) {}

  void Place(std::span<const StateField> fields) override { count_ = fields[0]; }
  bool subtractable() const override { return true; }

  absl::Status Update(std::span<const data::UnifiedVectorFormat> arguments,
                      const AggregateRows& rows,
                      StateStrings& strings) const override {
    const StateField field = count_;  // a copy: see aggregate_unary.h
    const bool all = of_rows_ || arguments[0].validity.AllValid();
    uint8_t* const* const states = rows.states;
    if (states == nullptr) {
      const int64_t more = all ? static_cast<int64_t>(rows.count) : NumValid(arguments[0], rows);
      Add(field, rows.single_state, more);
    } else if (all) {
      for (idx_t i = 0; i < rows.count; ++i) {
        Add(field, states[i], 1);
      }
    } else {
      for (idx_t i = 0; i < rows.count; ++i) {
        Add(field, states[i], IsValid(arguments[0], rows.PositionOf(i)) ? 1 : 0);
      }
    }
    return absl::OkStatus();
  }

  absl::Status Combine(uint8_t* const* sources,
                       uint8_t* const* targets,
                       idx_t count,
                       StateStrings& strings) const override {
    for (idx_t i = 0; i < count; ++i) {
      Add(count_, targets[i], count_.Load<int64_t>(sources[i]));
    }
    return absl::OkStatus();
  }

  absl::Status Subtract(uint8_t* const* sources,
                        uint8_t* const* targets,
                        idx_t count) const override {
    for (idx_t i = 0; i < count; ++i) {
      Add(count_, targets[i], -count_.Load<int64_t>(sources[i]));
    }
    return absl::OkStatus();
  }

  absl::Status Finalize(uint8_t* const* states,
                        idx_t count,
                        data::Vector& result,
                        idx_t offset) const override {
    auto* values = duckdb::FlatVector::GetData<int64_t>(result) + offset;
    for (idx_t i = 0; i < count; ++i) {
      values[i] = count_.Load<int64_t>(states[i]);
    }
    return absl::OkStatus();
  }

 private:
  static bool IsValid(const data::UnifiedVectorFormat& argument, idx_t position) {
    return argument.validity.RowIsValid(argument.sel->get_index(position));
  }
  static int64_t NumValid(const data::UnifiedVectorFormat& argument, const AggregateRows& rows) {
    int64_t valid = 0;
    for (idx_t i = 0; i < rows.count; ++i) {
      valid += IsValid(argument, rows.PositionOf(i)) ? 1 : 0;
    }
    return valid;
  }
  static void Add(const StateField& field, uint8_t* state, int64_t more) {
    field.Store<int64_t>(state, field.Load<int64_t>(state) + more);
  }

  const bool of_rows_;
  StateField count_;
};

}  // namespace

std::unique_ptr<NativeAggregate> MakeCount(const std::string& name, const ArgumentTypes& types) {
  if (name == "count_star" || (name == "count" && types.empty())) {
    return std::make_unique<CountNative>(/*of_rows=*/true);
  }
  if (name == "count" && types.size() == 1) {
    return std::make_unique<CountNative>(/*of_rows=*/false);
  }
  return nullptr;
}

}  // namespace laminar::expression
