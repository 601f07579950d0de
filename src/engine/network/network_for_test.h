// Wakers that count, and small chunks, for tests of channels and what is built of them.
#ifndef LAMINAR_ENGINE_NETWORK_NETWORK_FOR_TEST_H_
#define LAMINAR_ENGINE_NETWORK_NETWORK_FOR_TEST_H_

#include <atomic>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "base/ready_queue.h"
#include "data/chunk.h"
#include "engine/network/channel.h"
#include "engine/state/memory_for_test.h"

namespace laminar::engine {

class WakerForTest final : public base::Waker {
 public:
  void Wake() override { ++wakes; }
  std::atomic<int> wakes{0};
};

/// A chunk of one BIGINT column.
inline data::Chunk NumbersForTest(const std::vector<int64_t>& numbers) {
  data::Chunk chunk = data::Chunk::Allocate({data::LogicalType::BIGINT});
  auto* values = duckdb::FlatVector::GetData<int64_t>(chunk.column(0));
  std::copy(numbers.begin(), numbers.end(), values);
  chunk.set_num_rows(numbers.size());
  return chunk;
}

/// Numbers from..from+count-1.
inline data::Chunk SequenceForTest(int64_t from, int64_t count) {
  std::vector<int64_t> numbers;
  for (int64_t i = 0; i < count; ++i) {
    numbers.push_back(from + i);
  }
  return NumbersForTest(numbers);
}

/// The first column's numbers.
inline std::vector<int64_t> ReadNumbersForTest(const data::Chunk& chunk) {
  std::vector<int64_t> numbers;
  for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
    numbers.push_back(chunk.column(0).GetValue(row).GetValue<int64_t>());
  }
  return numbers;
}

struct ChannelForTest {
  explicit ChannelForTest(ChannelLimits limits = {}, int64_t memory_limit = int64_t{1} << 40)
      : memory(memory_limit),
        channel(std::make_shared<Channel>(limits, memory, producer, consumer)) {}

  MemoryForTest memory;
  std::shared_ptr<WakerForTest> producer = std::make_shared<WakerForTest>();
  std::shared_ptr<WakerForTest> consumer = std::make_shared<WakerForTest>();
  std::shared_ptr<Channel> channel;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_NETWORK_NETWORK_FOR_TEST_H_
