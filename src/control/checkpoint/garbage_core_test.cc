#include "control/checkpoint/garbage_core.h"

#include <optional>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

std::vector<int64_t> Dropped(const std::vector<RetainedEpoch>& epochs,
                             int num_complete,
                             std::optional<data::Epoch> restored = std::nullopt) {
  std::vector<int64_t> numbers;
  for (const data::Epoch epoch : ChooseDropped(epochs, {.num_complete = num_complete}, restored)) {
    numbers.push_back(epoch.value);
  }
  return numbers;
}

RetainedEpoch Committed(int64_t epoch) { return {.epoch = {epoch}, .committed = true}; }
RetainedEpoch Pending(int64_t epoch) { return {.epoch = {epoch}}; }
RetainedEpoch Savepoint(int64_t epoch) {
  return {.epoch = {epoch}, .committed = true, .savepoint = true};
}

TEST(GarbageCore, DropsAllButTheNewestEpochs) {
  EXPECT_THAT(Dropped({Committed(1), Committed(2), Committed(3), Committed(4)}, 2),
              ElementsAre(1, 2));
  EXPECT_THAT(Dropped({Committed(4), Committed(3)}, 2), IsEmpty());
  EXPECT_THAT(Dropped({}, 2), IsEmpty());
}

TEST(GarbageCore, NeverDropsTheNewestEpochOrTheNewestCommittedOne) {
  EXPECT_THAT(Dropped({Committed(1), Committed(2), Pending(3), Pending(4)}, 1), ElementsAre(1));
  EXPECT_THAT(Dropped({Committed(1)}, 0), IsEmpty());
}

TEST(GarbageCore, NeverDropsEpochsWhoseOutputIsUnpublished) {
  EXPECT_THAT(Dropped({Pending(1), Pending(2), Committed(3), Committed(4)}, 1), ElementsAre(3));
}

TEST(GarbageCore, NeverDropsSavepointsNorCountsThem) {
  EXPECT_THAT(Dropped({Savepoint(1), Committed(2), Committed(3), Savepoint(4), Committed(5)}, 2),
              ElementsAre(2));
}

TEST(GarbageCore, NeverDropsTheEpochThatTheAttemptHasGoneOnFrom) {
  EXPECT_THAT(Dropped({Committed(1), Committed(2), Committed(3)}, 1, data::Epoch{1}),
              ElementsAre(2));
}

TEST(GarbageCore, ReadsGenerationsFromKeys) {
  EXPECT_EQ(GenerationOfKey("data/g12/e3/00ff/t-0-1.parquet")->value, 12);
  EXPECT_EQ(GenerationOfKey("manifests/g3-e17.json")->value, 3);
  EXPECT_FALSE(GenerationOfKey("laminar.json").has_value());
  EXPECT_FALSE(GenerationOfKey("data/g/e3").has_value());
  EXPECT_FALSE(GenerationOfKey("data/g3").has_value());
  EXPECT_FALSE(GenerationOfKey("data/g0/e1").has_value());
  EXPECT_FALSE(GenerationOfKey("data/g-3/e1").has_value());
  EXPECT_FALSE(GenerationOfKey("data/g3-e1.json").has_value());
  EXPECT_FALSE(GenerationOfKey("data/g99999999999999999999/e1").has_value());
  EXPECT_FALSE(GenerationOfKey("manifests/g3/e17.json").has_value());
}

TEST(GarbageCore, DeletesWhatOnlyDroppedManifestsName) {
  GarbageInput input;
  input.generation = {2};
  input.reachable = {"manifests/g2-e5.json", "data/g1/e1/a", "data/g2/e5/c"};
  input.dropped = {"manifests/g1-e1.json", "data/g1/e1/a", "data/g1/e1/b", "data/g2/e4/d"};
  EXPECT_THAT(ChooseGarbage(input),
              ElementsAre("data/g1/e1/b", "data/g2/e4/d", "manifests/g1-e1.json"));
}

TEST(GarbageCore, DeletesWhatEarlierGenerationsHaveLeftButNothingThatMayBeOnItsWay) {
  GarbageInput input;
  input.generation = {2};
  input.reachable = {"manifests/g1-e1.json", "data/g1/e1/a"};
  input.listed = {"data/g1/e1/a",         "data/g1/e2/left",      "data/g2/e2/on-its-way",
                  "data/g3/e3/later",     "manifests/g1-e1.json", "manifests/g1-e2.json",
                  "manifests/g2-e2.json", "laminar.json",         "data/somebody-elses"};
  EXPECT_THAT(ChooseGarbage(input), ElementsAre("data/g1/e2/left", "manifests/g1-e2.json"));
}

TEST(GarbageCore, NeverDeletesObjectsOfLaterGenerations) {
  GarbageInput input;
  input.generation = {2};
  input.dropped = {"data/g3/e3/later"};
  EXPECT_THAT(ChooseGarbage(input), IsEmpty());
}

TEST(GarbageCore, LooksAtWhatIsReachedNotAtNumbersOfEpochs) {
  GarbageInput input;
  input.generation = {9};
  input.reachable = {"manifests/g9-e900.json", "data/g1/e1/still-needed"};
  input.dropped = {"manifests/g9-e899.json", "data/g1/e1/still-needed", "data/g9/e899/compacted"};
  EXPECT_THAT(ChooseGarbage(input),
              ElementsAre("data/g9/e899/compacted", "manifests/g9-e899.json"));
}

}  // namespace
}  // namespace laminar::control
