#include "connectors/api/fixed_splits.h"

#include <charconv>
#include <utility>

#include <fmt/format.h>

namespace laminar::connectors {
namespace {

constexpr char kNumSplits[] = "splits";

absl::StatusOr<int64_t> NumberOf(const data::SplitPosition& position) {
  int64_t number = -1;
  const char* const end = position.split.data() + position.split.size();
  if (std::from_chars(position.split.data(), end, number).ptr != end || number < 0) {
    return base::DataLoss("the checkpoint names a split that is none of this source's: " +
                          position.split);
  }
  return number;
}

}  // namespace

absl::StatusOr<FixedSplits> FixedSplits::Of(const SourceContext& context) {
  FixedSplits splits;
  if (!context.restored.has_value() || context.restored->empty()) {
    splits.num_splits = context.parallelism;
    splits.own.push_back({context.subtask, std::nullopt});
    return splits;
  }
  splits.num_splits = static_cast<int64_t>(context.restored->size());
  std::vector<bool> known(context.restored->size());
  for (const data::SplitPosition& position : *context.restored) {
    LAMINAR_ASSIGN_OR_RETURN(const int64_t number, NumberOf(position));
    LAMINAR_ASSIGN_OR_RETURN(
        SavedObject saved,
        SavedObject::Parse(position.position, "position of split " + position.split));
    LAMINAR_ASSIGN_OR_RETURN(const int64_t num_splits, saved.Integer(kNumSplits));
    if (num_splits != splits.num_splits || number >= num_splits ||
        known[static_cast<size_t>(number)]) {
      return base::DataLoss(
          fmt::format("the checkpoint holds {} positions of a source of {} splits, one of split {}",
                      splits.num_splits, num_splits, number));
    }
    known[static_cast<size_t>(number)] = true;
    if (number % context.parallelism == context.subtask) {
      splits.own.push_back({number, std::move(saved)});
    }
  }
  return splits;
}

data::SplitPosition FixedSplits::PositionOf(int64_t number, SavedObject object) const {
  object.Set(kNumSplits, num_splits);
  return {.split = std::to_string(number), .position = object.ToString()};
}

}  // namespace laminar::connectors
