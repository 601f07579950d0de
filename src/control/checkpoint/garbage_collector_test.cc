#include "control/checkpoint/garbage_collector.h"

#include <memory>
#include <string>
#include <vector>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "control/metadata/object_log.h"
#include "storage/memory_store_for_test.h"

namespace laminar::control {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

// Keeps what it is asked to end.
class StoreWithUploads : public storage::MemoryStore {
 public:
  absl::Status RemoveUnfinished(const std::string& prefix) override {
    removed_.push_back(prefix);
    return answer_;
  }

  std::vector<std::string> removed_;
  absl::Status answer_;
};

class GarbageCollectorTest : public testing::Test {
 protected:
  GarbageCollectorTest() {
    for (int i = 0; i < 3; ++i) {
      generation_ = log_->ClaimGeneration("nonce-" + std::to_string(i)).value();
    }
    EXPECT_TRUE(store_.Put("data/g2/e1/left-by-a-crash.parquet", "x").applied());
    EXPECT_TRUE(store_.Put("data/g3/e1/on-its-way.parquet", "x").applied());
  }

  absl::Status Collect() {
    LAMINAR_ASSIGN_OR_RETURN(const GarbageCollector::Retained retained, collector_.Retain());
    return collector_.Collect(retained);
  }
  bool Has(const std::string& key) { return store_.Head(key).ok(); }

  StoreWithUploads store_;
  std::unique_ptr<CheckpointLog> log_ = MakeObjectLog(store_);
  data::Generation generation_;
  GarbageCollector collector_{RetentionPolicy(), {3}, std::nullopt, store_, *log_};
};

TEST_F(GarbageCollectorTest, RemovesWhatEarlierGenerationsHaveLeft) {
  EXPECT_EQ(generation_.value, 3);
  EXPECT_TRUE(Collect().ok());
  EXPECT_FALSE(Has("data/g2/e1/left-by-a-crash.parquet"));
  EXPECT_TRUE(Has("data/g3/e1/on-its-way.parquet"));
}

TEST_F(GarbageCollectorTest, EndsUploadsOfEarlierGenerationsOnce) {
  EXPECT_TRUE(Collect().ok());
  EXPECT_THAT(store_.removed_, ElementsAre("data/g2/", "data/g1/"));
  store_.removed_.clear();
  EXPECT_TRUE(Collect().ok());
  EXPECT_THAT(store_.removed_, IsEmpty());
}

TEST_F(GarbageCollectorTest, DoesWithoutTheRightToEndUploads) {
  store_.answer_ = absl::PermissionDeniedError("access is denied");
  EXPECT_TRUE(Collect().ok());
  EXPECT_THAT(store_.removed_, ElementsAre("data/g2/"));
  EXPECT_FALSE(Has("data/g2/e1/left-by-a-crash.parquet"));
}

}  // namespace
}  // namespace laminar::control
