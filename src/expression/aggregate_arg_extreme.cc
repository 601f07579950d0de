// arg_min and arg_max: the argument of the row with the least or greatest value; of equal ones, the
// row that arrived first. The _null forms take rows whose argument is NULL, too.
#include <cstdint>
#include <memory>
#include <string>
#include <type_traits>

#include "expression/aggregate_compare.h"
#include "expression/aggregate_families.h"

namespace laminar::expression {
namespace {

using data::idx_t;

struct ArgExtremeForm {
  bool greatest = false;
  bool takes_null = false;
};

template <class By>
class ArgExtremeNative final : public NativeAggregate {
 public:
  ArgExtremeNative(const data::LogicalType& type, const data::LogicalType& by, ArgExtremeForm form)
      : NativeAggregate(
            {{"argument", type}, {"value", by}, {"arrival", data::LogicalType::BIGINT, false}}),
        form_(form),
        argument_is_string_(type.InternalType() == duckdb::PhysicalType::VARCHAR),
        argument_width_(duckdb::GetTypeIdSize(type.InternalType())) {}

  void Place(std::span<const StateField> fields) override {
    argument_ = fields[0];
    by_ = fields[1];
    arrival_ = fields[2];
  }
  bool subtractable() const override { return false; }

  absl::Status Update(std::span<const data::UnifiedVectorFormat> arguments,
                      const AggregateRows& rows,
                      StateStrings& strings) const override {
    const data::UnifiedVectorFormat& argument = arguments[0];
    const data::UnifiedVectorFormat& by = arguments[1];
    const By* values = data::UnifiedVectorFormat::GetData<By>(by);
    for (idx_t i = 0; i < rows.count; ++i) {
      const idx_t row = rows.PositionOf(i);
      const idx_t at = argument.sel->get_index(row);
      const idx_t by_at = by.sel->get_index(row);
      const bool valid = argument.validity.RowIsValid(at);
      if (!by.validity.RowIsValid(by_at) || (!valid && !form_.takes_null)) {
        continue;
      }
      Offer(rows.StateOf(i),
            {.value = values[by_at],
             .arrival = rows.first_sequence + static_cast<int64_t>(row),
             .argument = valid ? argument.data + at * argument_width_ : nullptr},
            strings);
    }
    return absl::OkStatus();
  }

  absl::Status Combine(uint8_t* const* sources,
                       uint8_t* const* targets,
                       idx_t count,
                       StateStrings& strings) const override {
    for (idx_t i = 0; i < count; ++i) {
      if (by_.IsValid(sources[i])) {
        Offer(targets[i],
              {.value = by_.Load<By>(sources[i]),
               .arrival = arrival_.Load<int64_t>(sources[i]),
               .argument = argument_.IsValid(sources[i]) ? sources[i] + argument_.offset : nullptr},
              strings);
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
    uint8_t* values = duckdb::FlatVector::GetData(result) + offset * argument_width_;
    for (idx_t i = 0; i < count; ++i) {
      if (argument_.IsValid(states[i])) {
        std::memcpy(values + i * argument_width_, states[i] + argument_.offset, argument_width_);
      } else {
        duckdb::FlatVector::SetNull(result, offset + i, true);
      }
    }
    return absl::OkStatus();
  }

 private:
  struct Candidate {
    By value;
    int64_t arrival = 0;
    const uint8_t* argument = nullptr;  // nullptr: NULL
  };

  bool IsBetter(const Candidate& candidate, const By& best, int64_t best_arrival) const {
    const bool less = LessThan(candidate.value, best);
    const bool greater = LessThan(best, candidate.value);
    return less != greater ? greater == form_.greatest : candidate.arrival < best_arrival;
  }

  void Offer(uint8_t* state, const Candidate& candidate, StateStrings& strings) const {
    By kept = by_.Load<By>(state);
    const bool is_set = by_.IsValid(state);
    if (is_set && !IsBetter(candidate, kept, arrival_.Load<int64_t>(state))) {
      return;
    }
    if constexpr (std::is_same_v<By, duckdb::string_t>) {
      AssignString(kept, candidate.value, strings);
      by_.Store(state, kept);
    } else {
      by_.Store(state, candidate.value);
    }
    by_.SetValid(state);
    arrival_.Store(state, candidate.arrival);
    if (candidate.argument == nullptr) {
      argument_.SetNull(state);
      return;
    }
    if (argument_is_string_) {
      auto text = argument_.Load<duckdb::string_t>(state);
      duckdb::string_t next;
      std::memcpy(&next, candidate.argument, sizeof(next));
      AssignString(text, next, strings);
      argument_.Store(state, text);
    } else {
      std::memcpy(state + argument_.offset, candidate.argument, argument_width_);
    }
    argument_.SetValid(state);
  }

  const ArgExtremeForm form_;
  const bool argument_is_string_;
  const idx_t argument_width_;
  StateField argument_;
  StateField by_;
  StateField arrival_;
};

}  // namespace

std::unique_ptr<NativeAggregate> MakeArgExtreme(const std::string& name,
                                                const ArgumentTypes& types) {
  const bool least =
      name == "arg_min" || name == "argmin" || name == "min_by" || name == "arg_min_null";
  const bool greatest =
      name == "arg_max" || name == "argmax" || name == "max_by" || name == "arg_max_null";
  if ((!least && !greatest) || types.size() != 2 || !IsPlainValue(types[0]) ||
      !IsPlainValue(types[1])) {
    return nullptr;
  }
  const ArgExtremeForm form{.greatest = greatest, .takes_null = name.ends_with("_null")};
  return WithPhysicalType(types[1].InternalType(),
                          [&]<class By>(const By&) -> std::unique_ptr<NativeAggregate> {
                            return std::make_unique<ArgExtremeNative<By>>(types[0], types[1], form);
                          });
}

}  // namespace laminar::expression
