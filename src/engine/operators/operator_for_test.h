// Drives one operator in tests: feeds rows and watermarks, drains what it produces into rows of
// text, and checks on the way what every operator promises (chunks of 1..2048 rows, the declared
// types, watermarks kept).
#ifndef LAMINAR_ENGINE_OPERATORS_OPERATOR_FOR_TEST_H_
#define LAMINAR_ENGINE_OPERATORS_OPERATOR_FOR_TEST_H_

#include <algorithm>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "base/limits.h"
#include "engine/operators/operator.h"
#include "engine/state/memory_for_test.h"
#include "engine/state/state_for_test.h"

namespace laminar::engine {

/// A chunk of these rows; values are cast to the types. REQUIRES: at most 2048 rows, each with a
/// value per type.
inline data::Chunk ChunkForTest(const std::vector<data::LogicalType>& types,
                                const std::vector<std::vector<data::Value>>& rows) {
  data::Chunk chunk = data::Chunk::Allocate(types);
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t i = 0; i < types.size(); ++i) {
      chunk.column(i).SetValue(row, rows[row][i].DefaultCastAs(types[i]));
    }
  }
  chunk.set_num_rows(rows.size());
  return chunk;
}

/// Each row as `value|value`, preceded by its row kind where the chunk has kinds.
inline void AppendRowsForTest(const data::Chunk& chunk, std::vector<std::string>& rows) {
  for (size_t row = 0; row < chunk.num_rows(); ++row) {
    std::string text = chunk.row_kinds().empty() ? "" : data::RowKindName(chunk.row_kind(row));
    for (size_t i = 0; i < chunk.num_columns(); ++i) {
      text += (i == 0 && chunk.row_kinds().empty() ? "" : "|") +
              chunk.column(i).GetValue(row).ToString();
    }
    rows.push_back(std::move(text));
  }
}

/// Windows as `[start, end)`, and times within the first minute of 1970 as seconds.
inline std::vector<std::string> ShortTimesForTest(std::vector<std::string> rows) {
  const std::vector<std::pair<std::string, std::string>> replacements = {
      {"{'start': '", "["}, {"', 'end': '", ", "}, {"'}", ")"}, {"1970-01-01 00:00:", ""}};
  for (std::string& row : rows) {
    for (const auto& [from, to] : replacements) {
      for (size_t at = row.find(from); at != std::string::npos;
           at = row.find(from, at + to.size())) {
        row.replace(at, from.size(), to);
      }
    }
  }
  return rows;
}

struct SubtaskForTest {
  int subtask = 0;
  int parallelism = 1;
  int num_key_groups = 256;
  int64_t first_arrival = 1;
};

class OperatorForTest {
 public:
  OperatorForTest(std::unique_ptr<Operator> op,
                  std::vector<data::LogicalType> output_types,
                  int64_t memory_limit = int64_t{1} << 40,
                  SubtaskForTest subtask = {})
      : budget_(memory_limit),
        context_{.subtask = subtask.subtask,
                 .parallelism = subtask.parallelism,
                 .num_key_groups = subtask.num_key_groups,
                 .key_groups = KeyGroupsOfSubtask(subtask.subtask,
                                                  subtask.parallelism,
                                                  static_cast<uint32_t>(subtask.num_key_groups)),
                 .first_arrival = subtask.first_arrival,
                 .clock = base::SystemClock(),
                 .memory = budget_,
                 .metrics = metrics_},
        op_(std::move(op)),
        types_(std::move(output_types)) {
    EXPECT_TRUE(op_->Open(context_).ok());
  }
  ~OperatorForTest() {
    AbandonCuts();
    op_->Close();
    EXPECT_EQ(budget_.used_bytes(), 0) << "Close gives all memory back";
  }

  Operator& op() { return *op_; }
  OperatorMetrics& metrics() { return metrics_; }
  MemoryForTest& budget() { return budget_; }
  int64_t late_rows() const { return metrics_.late_rows.Get(); }
  int64_t invalid_rows() const { return metrics_.invalid_time_rows.Get(); }

  /// Feeds rows and returns what comes out.
  std::vector<std::string> Process(int input, data::Chunk chunk) {
    const absl::Status status = op_->Process(input, std::move(chunk));
    EXPECT_TRUE(status.ok()) << status;
    return Drain();
  }
  std::vector<std::string> Advance(int64_t watermark_micros) {
    const absl::Status status = op_->ProcessWatermark({.time = {watermark_micros}, .arrival = {}});
    EXPECT_TRUE(status.ok()) << status;
    return Drain();
  }
  std::vector<std::string> Finish() { return Advance(data::EventTime::Max().micros); }

  /// At most `num_chunks_max` chunks of output, as rows.
  std::vector<std::string> Drain(int64_t num_chunks_max = INT64_MAX) {
    std::vector<std::string> rows;
    for (const data::Chunk& chunk : DrainChunks(num_chunks_max)) {
      AppendRowsForTest(chunk, rows);
    }
    return rows;
  }
  std::vector<data::Chunk> DrainChunks(int64_t num_chunks_max = INT64_MAX) {
    std::vector<data::Chunk> chunks;
    for (int64_t i = 0; i < num_chunks_max; ++i) {
      auto chunk = op_->Produce();
      EXPECT_TRUE(chunk.ok()) << chunk.status();
      if (!chunk.ok() || !chunk->has_value()) {
        break;
      }
      if ((*chunk)->num_rows() == 0) {
        ++num_pauses_;
        continue;
      }
      EXPECT_LE((*chunk)->num_rows(), base::kRowsPerChunkMax);
      EXPECT_EQ((*chunk)->num_columns(), types_.size());
      for (size_t column = 0; column < types_.size(); ++column) {
        EXPECT_EQ((*chunk)->column(column).GetType(), types_[column]);
      }
      ++num_chunks_;
      chunks.push_back(std::move(**chunk));
    }
    return chunks;
  }
  int64_t num_chunks() const { return num_chunks_; }
  /// How often it has said that it goes on without output.
  int64_t num_pauses() const { return num_pauses_; }

  /// A barrier passes: returns what comes out before it, and begins a cut of every table. REQUIRES:
  /// the cuts before have ended.
  std::vector<data::Chunk> Barrier(CutKind kind) {
    const absl::Status status = op_->ProcessBarrier({});
    EXPECT_TRUE(status.ok()) << status;
    std::vector<data::Chunk> rows = DrainChunks();
    for (StateTable* table : op_->StateTables()) {
      chains_[table->schema().name].Begin(*table, kind, context_.key_groups);
    }
    return rows;
  }
  /// Takes some more rows of the running cuts; false when all have ended.
  bool StepCuts() {
    bool running = false;
    for (auto& [name, chain] : chains_) {
      running = (chain.is_running() && chain.Step()) || running;
    }
    return running;
  }
  void FinishCuts() {
    while (StepCuts()) {
    }
  }
  void AbandonCuts() {
    for (auto& [name, chain] : chains_) {
      chain.Abandon();
    }
  }
  /// What the cuts have given so far, by table.
  using Chains = std::map<std::string, ChainForTest>;
  Chains CopyChains() const {
    Chains copies;
    for (const auto& [name, chain] : chains_) {
      copies[name] = chain.Copy();
    }
    return copies;
  }

  /// Restores the state that subtasks of this operator have cut, at whatever parallelism. REQUIRES:
  /// it has seen nothing yet.
  void RestoreFrom(const std::vector<const Chains*>& subtasks) {
    for (StateTable* table : op_->StateTables()) {
      table->Clear();
      for (const Chains* from : subtasks) {
        ASSERT_TRUE(from->contains(table->schema().name)) << table->schema().name;
        from->at(table->schema().name).ApplyTo(*table, context_.key_groups);
      }
    }
    op_->StateRestored();
  }
  /// Gives `other`, which has seen nothing yet, this operator's state, as a restore does.
  void RestoreTo(OperatorForTest& other) {
    EXPECT_TRUE(Barrier(CutKind::kAll).empty());
    FinishCuts();
    other.RestoreFrom({&chains_});
  }

 private:
  MemoryForTest budget_;
  OperatorMetrics metrics_;
  OperatorContext context_;
  std::unique_ptr<Operator> op_;
  const std::vector<data::LogicalType> types_;
  Chains chains_;
  int64_t num_chunks_ = 0;
  int64_t num_pauses_ = 0;
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_OPERATOR_FOR_TEST_H_
