#include "control/checkpoint/garbage_core.h"

#include <algorithm>
#include <charconv>
#include <unordered_set>
#include <utility>

#include "base/kill_point.h"

namespace laminar::control {
namespace {

constexpr std::string_view kDataPrefix = "data/g";
constexpr std::string_view kManifestPrefix = "manifests/g";

bool IsManifest(std::string_view key) { return key.starts_with(kManifestPrefix); }

}  // namespace

std::vector<data::Epoch> ChooseDropped(const std::vector<RetainedEpoch>& epochs,
                                       const RetentionPolicy& policy,
                                       std::optional<data::Epoch> restored) {
  std::vector<RetainedEpoch> newest_first = epochs;
  std::ranges::sort(newest_first, std::ranges::greater(), &RetainedEpoch::epoch);
  std::vector<data::Epoch> dropped;
  int num_kept = 0;
  bool committed_kept = false;
  for (const RetainedEpoch& epoch : newest_first) {
    const bool newest_committed = epoch.committed && !committed_kept;
    committed_kept = committed_kept || epoch.committed;
    if (epoch.savepoint) {
      continue;
    }
    const bool first = num_kept == 0;
    if (first || num_kept < policy.num_complete) {
      ++num_kept;
    } else if (epoch.committed && !newest_committed && epoch.epoch != restored) {
      dropped.push_back(epoch.epoch);
    }
  }
  std::ranges::reverse(dropped);
  return dropped;
}

std::optional<data::Generation> GenerationOfKey(std::string_view key) {
  char end_mark = '/';
  if (key.starts_with(kDataPrefix)) {
    key.remove_prefix(kDataPrefix.size());
  } else if (IsManifest(key)) {
    key.remove_prefix(kManifestPrefix.size());
    end_mark = '-';
  } else {
    return std::nullopt;
  }
  data::Generation generation;
  const auto [end, error] = std::from_chars(key.data(), key.data() + key.size(), generation.value);
  if (error != std::errc() || end == key.data() + key.size() || *end != end_mark ||
      generation.value < 1) {
    return std::nullopt;
  }
  return generation;
}

std::vector<std::string> ChooseGarbage(const GarbageInput& input) {
  const std::unordered_set<std::string_view> reachable(input.reachable.begin(),
                                                       input.reachable.end());
  std::vector<std::string> garbage;
  for (const std::string& key : input.dropped) {
    const auto generation = GenerationOfKey(key);
    const bool needed = reachable.contains(key) && !LAMINAR_SEEDED_BUG("collect_by_epoch");
    if (generation.has_value() && *generation <= input.generation && !needed) {
      garbage.push_back(key);
    }
  }
  for (const std::string& key : input.listed) {
    const auto generation = GenerationOfKey(key);
    if (generation.has_value() && *generation < input.generation && !reachable.contains(key)) {
      garbage.push_back(key);
    }
  }
  std::ranges::sort(garbage, [](const std::string& left, const std::string& right) {
    return std::pair(IsManifest(left), std::string_view(left)) <
           std::pair(IsManifest(right), std::string_view(right));
  });
  const auto repeated = std::ranges::unique(garbage);
  garbage.erase(repeated.begin(), repeated.end());
  return garbage;
}

}  // namespace laminar::control
