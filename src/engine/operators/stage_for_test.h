// A stage of subtasks in tests: an exchange by key group, the subtasks of one operator behind it
// and, where there is one, of the local operator before it; with barriers, cuts that are handed out
// while the stage goes on, crashes, and restores at another parallelism.
#ifndef LAMINAR_ENGINE_OPERATORS_STAGE_FOR_TEST_H_
#define LAMINAR_ENGINE_OPERATORS_STAGE_FOR_TEST_H_

#include <algorithm>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/limits.h"
#include "data/key_group.h"
#include "engine/operators/operator_for_test.h"

namespace laminar::engine {

struct StageSpecForTest {
  std::function<std::unique_ptr<Operator>()> make;
  std::vector<data::LogicalType> output;
  /// Per input, the columns by which the exchange routes; none: all rows to subtask 0.
  std::vector<std::vector<size_t>> routes;
  /// The operator before the exchange; its rows come as they come.
  std::function<std::unique_ptr<Operator>()> make_local = nullptr;
  std::vector<data::LogicalType> local_output = {};
  /// What the exchange sends of its output: these columns, or all.
  std::vector<size_t> local_columns = {};
};

/// A chunk for an input, or a watermark.
struct EventForTest {
  int input = 0;
  std::optional<data::Chunk> chunk;
  int64_t watermark = 0;
};

class StageForTest {
 public:
  StageForTest(const StageSpecForTest& spec, int parallelism, int num_key_groups)
      : spec_(spec), parallelism_(parallelism), num_key_groups_(num_key_groups) {
    for (int i = 0; i < parallelism; ++i) {
      const SubtaskForTest subtask{i, parallelism, num_key_groups};
      subtasks_.push_back(
          std::make_unique<OperatorForTest>(spec.make(), spec.output, int64_t{1} << 40, subtask));
      if (spec.make_local) {
        locals_.push_back(std::make_unique<OperatorForTest>(spec.make_local(), spec.local_output,
                                                            int64_t{1} << 40, subtask));
      }
    }
  }

  void Process(const EventForTest& event) {
    if (!event.chunk) {
      for (size_t i = 0; i < locals_.size(); ++i) {
        Check(locals_[i]->op().ProcessWatermark({.time = {event.watermark}, .arrival = {}}));
        ScatterAll(locals_[i]->DrainChunks());
      }
      for (const auto& subtask : subtasks_) {
        Append(subtask->Advance(event.watermark));
      }
    } else if (locals_.empty()) {
      Scatter(event.input, *event.chunk);
    } else {
      OperatorForTest& local = *locals_[num_chunks_++ % locals_.size()];
      Check(local.op().Process(0, event.chunk->Share()));
      ScatterAll(local.DrainChunks());
    }
  }

  void Barrier(CutKind kind) {
    for (const auto& local : locals_) {
      ScatterAll(local->Barrier(kind));
    }
    for (const auto& subtask : subtasks_) {
      for (const data::Chunk& chunk : subtask->Barrier(kind)) {
        AppendRowsForTest(chunk, output_);
      }
    }
    num_rows_at_barrier_ = output_.size();
  }
  /// False when all have ended.
  bool StepCuts() {
    bool running = false;
    for (const auto& subtask : All()) {
      running = subtask->StepCuts() || running;
    }
    return running;
  }
  void AbandonCuts() {
    for (const auto& subtask : All()) {
      subtask->AbandonCuts();
    }
  }

  /// What a restore reads. REQUIRES: all cuts have ended.
  struct Checkpoint {
    std::vector<OperatorForTest::Chains> subtasks;
    std::vector<OperatorForTest::Chains> locals;
    std::vector<std::string> output;
  };
  Checkpoint TakeCheckpoint() const {
    Checkpoint checkpoint;
    for (const auto& subtask : subtasks_) {
      checkpoint.subtasks.push_back(subtask->CopyChains());
    }
    for (const auto& local : locals_) {
      checkpoint.locals.push_back(local->CopyChains());
    }
    checkpoint.output.assign(output_.begin(),
                             output_.begin() + static_cast<std::ptrdiff_t>(num_rows_at_barrier_));
    return checkpoint;
  }
  void Restore(const Checkpoint& checkpoint) {
    for (const auto& subtask : subtasks_) {
      subtask->RestoreFrom(Pointers(checkpoint.subtasks));
    }
    for (const auto& local : locals_) {
      local->RestoreFrom(Pointers(checkpoint.locals));
    }
    output_ = checkpoint.output;
  }

  std::vector<std::string> SortedOutput() const {
    std::vector<std::string> rows = output_;
    std::sort(rows.begin(), rows.end());
    return rows;
  }
  int64_t late_rows() const {
    int64_t sum = 0;
    for (const auto& subtask : subtasks_) {
      sum += subtask->late_rows();
    }
    return sum;
  }
  int64_t invalid_rows() const {
    int64_t sum = 0;
    for (const auto& subtask : All()) {
      sum += subtask->invalid_rows();
    }
    return sum;
  }

 private:
  static void Check(const absl::Status& status) { EXPECT_TRUE(status.ok()) << status; }
  static std::vector<const OperatorForTest::Chains*> Pointers(
      const std::vector<OperatorForTest::Chains>& chains) {
    std::vector<const OperatorForTest::Chains*> pointers;
    for (const OperatorForTest::Chains& chain : chains) {
      pointers.push_back(&chain);
    }
    return pointers;
  }
  std::vector<OperatorForTest*> All() const {
    std::vector<OperatorForTest*> all;
    for (const auto& local : locals_) {
      all.push_back(local.get());
    }
    for (const auto& subtask : subtasks_) {
      all.push_back(subtask.get());
    }
    return all;
  }
  void Append(std::vector<std::string> rows) {
    std::move(rows.begin(), rows.end(), std::back_inserter(output_));
  }
  void ScatterAll(const std::vector<data::Chunk>& chunks) {
    for (const data::Chunk& chunk : chunks) {
      if (spec_.local_columns.empty()) {
        Scatter(0, chunk);
        continue;
      }
      std::vector<data::LogicalType> types;
      for (const size_t column : spec_.local_columns) {
        types.push_back(chunk.column(column).GetType());
      }
      data::Chunk picked = data::Chunk::Shell(types);
      for (size_t i = 0; i < types.size(); ++i) {
        picked.column(i).Reference(const_cast<data::Vector&>(chunk.column(spec_.local_columns[i])));
      }
      picked.set_num_rows(chunk.num_rows());
      Scatter(0, picked);
    }
  }
  void Scatter(int input, const data::Chunk& chunk) {
    const std::vector<size_t>& route = spec_.routes[static_cast<size_t>(input)];
    if (route.empty()) {
      Append(subtasks_[0]->Process(input, chunk.Share()));
      return;
    }
    data::Vector hashes(data::LogicalType::UBIGINT);
    data::HashKeys(chunk, route, hashes);
    const auto num_groups = static_cast<uint32_t>(num_key_groups_);
    for (int subtask = 0; subtask < parallelism_; ++subtask) {
      data::SelectionVector selection(base::kRowsPerChunkMax);
      data::idx_t count = 0;
      for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
        const uint32_t key_group =
            data::KeyGroupOf(duckdb::FlatVector::GetData<uint64_t>(hashes)[row], num_groups);
        if (static_cast<int>(data::SubtaskOfKeyGroup(
                key_group, num_groups, static_cast<uint32_t>(parallelism_))) == subtask) {
          selection.set_index(count++, row);
        }
      }
      if (count > 0) {
        Append(subtasks_[static_cast<size_t>(subtask)]->Process(input,
                                                                chunk.Select(selection, count)));
      }
    }
  }

  const StageSpecForTest& spec_;
  const int parallelism_;
  const int num_key_groups_;
  std::vector<std::unique_ptr<OperatorForTest>> locals_;
  std::vector<std::unique_ptr<OperatorForTest>> subtasks_;
  std::vector<std::string> output_;
  size_t num_rows_at_barrier_ = 0;
  size_t num_chunks_ = 0;
};

/// Runs the events once as they are, and once with barriers at random places, cuts handed out
/// between further input, some of them abandoned, and crashes after which the stage goes on from
/// its last complete checkpoint at another parallelism. Both must give the same rows. `events` end
/// with a final watermark.
inline void ExpectSameAfterCrashes(const StageSpecForTest& spec,
                                   const std::vector<EventForTest>& events,
                                   int num_key_groups,
                                   uint64_t seed) {
  StageForTest reference(spec, 1, num_key_groups);
  for (const EventForTest& event : events) {
    reference.Process(event);
  }
  EXPECT_FALSE(reference.SortedOutput().empty());

  std::mt19937_64 random(seed);
  const auto one_in = [&](uint64_t n) { return random() % n == 0; };
  const auto parallelism = [&] { return static_cast<int>(1 + random() % 4); };
  auto stage = std::make_unique<StageForTest>(spec, parallelism(), num_key_groups);
  std::optional<StageForTest::Checkpoint> checkpoint;
  size_t checkpoint_at = 0;
  size_t barrier_at = 0;
  bool running = false;
  int crashes_left = 5;
  for (size_t i = 0; i < events.size();) {
    if (!running && one_in(3)) {
      stage->Barrier(one_in(6) ? CutKind::kAll : CutKind::kChanges);
      barrier_at = i;
      running = true;
    }
    if (running && one_in(2) && !stage->StepCuts()) {
      checkpoint = stage->TakeCheckpoint();
      checkpoint_at = barrier_at;
      running = false;
    }
    if (running && one_in(12)) {
      stage->AbandonCuts();
      running = false;
    }
    if (checkpoint && crashes_left > 0 && one_in(10)) {
      --crashes_left;
      stage = std::make_unique<StageForTest>(spec, parallelism(), num_key_groups);
      stage->Restore(*checkpoint);
      i = checkpoint_at;
      running = false;
      continue;
    }
    stage->Process(events[i++]);
  }
  EXPECT_EQ(stage->SortedOutput(), reference.SortedOutput());
  EXPECT_EQ(stage->late_rows(), reference.late_rows());
  EXPECT_EQ(stage->invalid_rows(), reference.invalid_rows());
}

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_STAGE_FOR_TEST_H_
