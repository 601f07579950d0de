// first, last and any_value, by order of arrival: the arrival number is part of the state, so that
// merging states of slices or subtasks finds the same row as one pass over all rows would.
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "expression/aggregate_compare.h"
#include "expression/aggregate_families.h"

namespace laminar::expression {
namespace {

using data::idx_t;

enum class Which { kFirst, kFirstNotNull, kLast };

template <class T, Which kWhich>
class FirstNative final : public NativeAggregate {
 public:
  explicit FirstNative(const data::LogicalType& type)
      : NativeAggregate({{"value", type}, {"arrival", data::LogicalType::BIGINT, false}}) {}

  void Place(std::span<const StateField> fields) override {
    value_ = fields[0];
    arrival_ = fields[1];
  }
  bool subtractable() const override { return false; }

  absl::Status Update(std::span<const data::UnifiedVectorFormat> arguments,
                      const AggregateRows& rows,
                      StateStrings& strings) const override {
    const T* values = data::UnifiedVectorFormat::GetData<T>(arguments[0]);
    for (idx_t i = 0; i < rows.count; ++i) {
      const idx_t row = rows.PositionOf(i);
      const idx_t position = arguments[0].sel->get_index(row);
      const bool valid = arguments[0].validity.RowIsValid(position);
      if (kWhich == Which::kFirstNotNull && !valid) {
        continue;
      }
      Offer(rows.StateOf(i), rows.first_sequence + static_cast<int64_t>(row),
            valid ? &values[position] : nullptr, strings);
    }
    return absl::OkStatus();
  }

  absl::Status Combine(uint8_t* const* sources,
                       uint8_t* const* targets,
                       idx_t count,
                       StateStrings& strings) const override {
    for (idx_t i = 0; i < count; ++i) {
      const auto arrival = arrival_.Load<int64_t>(sources[i]);
      if (arrival != kNone) {
        const T value = value_.Load<T>(sources[i]);
        Offer(targets[i], arrival, value_.IsValid(sources[i]) ? &value : nullptr, strings);
      }
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
    auto* values = duckdb::FlatVector::GetData<T>(result) + offset;
    for (idx_t i = 0; i < count; ++i) {
      if (value_.IsValid(states[i])) {
        values[i] = value_.Load<T>(states[i]);
      } else {
        duckdb::FlatVector::SetNull(result, offset + i, true);
      }
    }
    return absl::OkStatus();
  }

 private:
  static constexpr int64_t kNone = 0;

  void Offer(uint8_t* state, int64_t arrival, const T* value, StateStrings& strings) const {
    const auto known = arrival_.Load<int64_t>(state);
    if (known != kNone && (kWhich == Which::kLast ? arrival < known : arrival >= known)) {
      return;
    }
    arrival_.Store(state, arrival);
    if (value == nullptr) {
      value_.SetNull(state);
      return;
    }
    if constexpr (std::is_same_v<T, duckdb::string_t>) {
      T kept = value_.Load<T>(state);
      AssignString(kept, *value, strings);
      value_.Store(state, kept);
    } else {
      value_.Store(state, *value);
    }
    value_.SetValid(state);
  }

  StateField value_;
  StateField arrival_;
};

template <Which kWhich>
std::unique_ptr<NativeAggregate> MakeOf(const data::LogicalType& type) {
  return WithPhysicalType(type.InternalType(),
                          [&]<class T>(const T&) -> std::unique_ptr<NativeAggregate> {
                            return std::make_unique<FirstNative<T, kWhich>>(type);
                          });
}

}  // namespace

std::unique_ptr<NativeAggregate> MakeFirst(const std::string& name, const ArgumentTypes& types) {
  if (types.size() != 1 || !IsPlainValue(types[0])) {
    return nullptr;
  }
  if (name == "first" || name == "arbitrary") {
    return MakeOf<Which::kFirst>(types[0]);
  }
  if (name == "any_value") {
    return MakeOf<Which::kFirstNotNull>(types[0]);
  }
  if (name == "last") {
    return MakeOf<Which::kLast>(types[0]);
  }
  return nullptr;
}

}  // namespace laminar::expression
