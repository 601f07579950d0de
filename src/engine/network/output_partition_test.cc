#include "engine/network/output_partition.h"

#include <set>

#include <gtest/gtest.h>

#include "data/key_group.h"
#include "engine/network/network_for_test.h"

namespace laminar::engine {
namespace {

using Kind = plan::Partitioning::Kind;

class OutputPartitionTest : public testing::Test {
 protected:
  std::unique_ptr<OutputPartition> Make(Kind kind,
                                        size_t num_targets,
                                        std::vector<size_t> columns = {},
                                        ChannelLimits limits = {}) {
    channels_.clear();
    for (size_t i = 0; i < num_targets; ++i) {
      channels_.push_back(std::make_shared<Channel>(limits, memory_, waker_, waker_));
    }
    return std::make_unique<OutputPartition>(plan::Partitioning{kind, std::move(columns)},
                                             /*num_key_groups=*/256, channels_);
  }

  // All numbers that wait in a channel.
  std::vector<int64_t> Take(size_t target) {
    std::vector<int64_t> numbers;
    while (!channels_[target]->empty()) {
      const data::StreamEvent event = channels_[target]->Pop();
      const std::vector<int64_t> part = ReadNumbersForTest(std::get<data::Chunk>(event));
      numbers.insert(numbers.end(), part.begin(), part.end());
    }
    return numbers;
  }

  MemoryForTest memory_;
  std::shared_ptr<WakerForTest> waker_ = std::make_shared<WakerForTest>();
  std::vector<std::shared_ptr<Channel>> channels_;
};

TEST_F(OutputPartitionTest, ForwardsToItsOneTarget) {
  auto output = Make(Kind::kForward, 1);
  output->WriteChunk(NumbersForTest({1, 2, 3}), false);
  EXPECT_EQ(Take(0), (std::vector<int64_t>{1, 2, 3}));
}

TEST_F(OutputPartitionTest, HashSendsEachKeyToTheOwnerOfItsKeyGroup) {
  auto output = Make(Kind::kHash, 3, {0});
  data::Chunk chunk = SequenceForTest(0, 2000);
  data::Vector hashes(data::LogicalType::HASH);
  data::HashKeys(chunk, {0}, hashes);
  output->WriteChunk(std::move(chunk), false);
  size_t total = 0;
  for (uint32_t target = 0; target < 3; ++target) {
    const std::vector<int64_t> numbers = Take(target);
    total += numbers.size();
    EXPECT_GT(numbers.size(), 400);
    EXPECT_TRUE(std::is_sorted(numbers.begin(), numbers.end())) << "order within a key is kept";
    for (const int64_t number : numbers) {
      const uint64_t hash =
          duckdb::FlatVector::GetData<duckdb::hash_t>(hashes)[static_cast<size_t>(number)];
      EXPECT_EQ(data::SubtaskOfKeyGroup(data::KeyGroupOf(hash, 256), 256, 3), target);
    }
  }
  EXPECT_EQ(total, 2000);
}

TEST_F(OutputPartitionTest, HashOfOneKeySendsTheWholeChunkOn) {
  auto output = Make(Kind::kHash, 4, {0});
  output->WriteChunk(NumbersForTest(std::vector<int64_t>(100, 7)), false);
  size_t chunks = 0;
  for (size_t target = 0; target < 4; ++target) {
    chunks += static_cast<size_t>(channels_[target]->num_chunks());
  }
  EXPECT_EQ(chunks, 1);
}

TEST_F(OutputPartitionTest, HashOfNoColumnsGathersInTheFirstSubtask) {
  auto output = Make(Kind::kHash, 3);
  output->WriteChunk(SequenceForTest(0, 10), false);
  EXPECT_EQ(Take(0).size(), 10);
  EXPECT_TRUE(channels_[1]->empty());
}

TEST_F(OutputPartitionTest, HashCopiesSmallSharesSoThatTheyHoldNoLargeBuffers) {
  auto output = Make(Kind::kHash, 16, {0});
  output->WriteChunk(SequenceForTest(0, 2000), false);
  std::set<int64_t> seen;
  for (size_t target = 0; target < 16; ++target) {
    while (!channels_[target]->empty()) {
      const data::StreamEvent event = channels_[target]->Pop();
      const auto& chunk = std::get<data::Chunk>(event);
      EXPECT_EQ(chunk.column(0).GetVectorType(), duckdb::VectorType::FLAT_VECTOR);
      for (const int64_t number : ReadNumbersForTest(chunk)) {
        EXPECT_TRUE(seen.insert(number).second);
      }
    }
  }
  EXPECT_EQ(seen.size(), 2000);
}

TEST_F(OutputPartitionTest, HashKeepsNullsStringsRowKindsAndArrival) {
  auto output = Make(Kind::kHash, 2, {0});
  data::Chunk chunk =
      data::Chunk::Allocate({data::LogicalType::BIGINT, data::LogicalType::VARCHAR});
  for (int64_t i = 0; i < 100; ++i) {
    chunk.column(0).SetValue(i, i % 10 == 0 ? data::Value() : data::Value::BIGINT(i));
    chunk.column(1).SetValue(i, data::Value("a string that is not inlined " + std::to_string(i)));
    chunk.row_kinds().push_back(i % 2 == 0 ? data::RowKind::kInsert : data::RowKind::kDelete);
  }
  chunk.set_num_rows(100);
  chunk.set_arrival({42});
  output->WriteChunk(std::move(chunk), false);
  int64_t nulls = 0;
  int64_t rows = 0;
  std::set<size_t> targets_of_null;
  for (size_t target = 0; target < 2; ++target) {
    while (!channels_[target]->empty()) {
      const data::StreamEvent event = channels_[target]->Pop();
      const auto& part = std::get<data::Chunk>(event);
      EXPECT_EQ(part.arrival().nanos, 42);
      for (data::idx_t row = 0; row < part.num_rows(); ++row, ++rows) {
        const std::string text = part.column(1).GetValue(row).ToString();
        const int64_t i = std::stoll(text.substr(text.rfind(' ')));
        EXPECT_EQ(part.row_kind(row), i % 2 == 0 ? data::RowKind::kInsert : data::RowKind::kDelete);
        if (part.column(0).GetValue(row).IsNull()) {
          ++nulls;
          targets_of_null.insert(target);
        } else {
          EXPECT_EQ(part.column(0).GetValue(row).GetValue<int64_t>(), i);
        }
      }
    }
  }
  EXPECT_EQ(rows, 100);
  EXPECT_EQ(nulls, 10);
  EXPECT_EQ(targets_of_null.size(), 1) << "NULL is one key";
}

TEST_F(OutputPartitionTest, BroadcastsOverTheSameBuffers) {
  auto output = Make(Kind::kBroadcast, 3);
  data::Chunk chunk = NumbersForTest({1, 2});
  const auto* buffer = duckdb::FlatVector::GetData<int64_t>(chunk.column(0));
  output->WriteChunk(std::move(chunk), false);
  for (size_t target = 0; target < 3; ++target) {
    const data::StreamEvent event = channels_[target]->Pop();
    const auto& part = std::get<data::Chunk>(event);
    EXPECT_EQ(ReadNumbersForTest(part), (std::vector<int64_t>{1, 2}));
    EXPECT_EQ(duckdb::FlatVector::GetData<int64_t>(part.column(0)), buffer);
  }
}

TEST_F(OutputPartitionTest, RebalancesRoundRobinAroundFullTargets) {
  auto output = Make(Kind::kRebalance, 2, {}, {.chunks_max = 2});
  for (int i = 0; i < 3; ++i) {
    ASSERT_TRUE(output->HasCredit());
    output->WriteChunk(NumbersForTest({i}), false);
  }
  EXPECT_EQ(channels_[0]->num_chunks(), 2);
  EXPECT_EQ(channels_[1]->num_chunks(), 1);
  ASSERT_TRUE(output->HasCredit());
  output->WriteChunk(NumbersForTest({3}), false);
  EXPECT_FALSE(output->HasCredit());
  EXPECT_EQ(output->fill(), 1);
  Take(1);
  ASSERT_TRUE(output->HasCredit());
  output->WriteChunk(NumbersForTest({4}), false);
  output->WriteChunk(NumbersForTest({5}), false);
  EXPECT_EQ(Take(1), (std::vector<int64_t>{4, 5}));
}

TEST_F(OutputPartitionTest, HashNeedsCreditOnAllTargets) {
  auto output = Make(Kind::kHash, 2, {0}, {.chunks_max = 1});
  output->WriteChunk(SequenceForTest(0, 100), false);
  Take(0);
  EXPECT_FALSE(output->HasCredit());
  EXPECT_TRUE(output->HasRoom());
  Take(1);
  EXPECT_TRUE(output->HasCredit());
}

TEST_F(OutputPartitionTest, SendsOtherEventsToAllTargets) {
  auto output = Make(Kind::kHash, 3, {0});
  output->WriteToAll(data::Watermark{{5}, false, {}});
  output->WriteToAll(data::Barrier{{2}});
  output->WriteToAll(data::EndOfInput());
  for (const auto& channel : channels_) {
    EXPECT_EQ(std::get<data::Watermark>(channel->Pop()).time.micros, 5);
    EXPECT_EQ(std::get<data::Barrier>(channel->Pop()).epoch.value, 2);
    EXPECT_TRUE(std::holds_alternative<data::EndOfInput>(channel->Pop()));
  }
}

}  // namespace
}  // namespace laminar::engine
