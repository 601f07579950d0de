// Cuts of state tables in tests: keeps what they have given the way a chain of checkpoints does,
// and applies it to other tables.
#ifndef LAMINAR_ENGINE_STATE_STATE_FOR_TEST_H_
#define LAMINAR_ENGINE_STATE_STATE_FOR_TEST_H_

#include <algorithm>
#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "gtest/gtest.h"

#include "engine/state/state_table.h"

namespace laminar::engine {

/// The cuts of one table, up to its last complete one. One may be running.
class ChainForTest {
 public:
  void Begin(StateTable& table, CutKind kind, KeyGroupRange range) {
    EXPECT_EQ(cut_, nullptr);
    auto cut = table.Cut(kind, range);
    ASSERT_TRUE(cut.ok()) << cut.status();
    cut_ = *std::move(cut);
    types_ = table.ChangeSchema().Types();
    EXPECT_TRUE(kind == CutKind::kChanges || cut_->complete());
  }
  /// Takes the next rows of the running cut; false at its end, when it has become part of the
  /// chain.
  bool Step() {
    auto rows = cut_->Next();
    EXPECT_TRUE(rows.ok()) << rows.status();
    if (rows->has_value()) {
      EXPECT_GT((*rows)->num_rows(), 0U);
      EXPECT_EQ((*rows)->columns().GetTypes(), types_);
      handed_out_.push_back(std::move(**rows));
      return true;
    }
    if (cut_->complete()) {
      chunks_.clear();
    }
    num_rows_of_last_ = 0;
    for (data::Chunk& chunk : handed_out_) {
      num_rows_of_last_ += static_cast<int64_t>(chunk.num_rows());
      chunks_.push_back(std::move(chunk));
    }
    handed_out_.clear();
    cut_.reset();
    return false;
  }
  void Finish() {
    while (cut_ != nullptr && Step()) {
    }
  }
  void Abandon() {
    if (cut_ != nullptr) {
      cut_->Abandon();
      cut_.reset();
    }
    handed_out_.clear();
  }
  /// Hands everything out, and loses it.
  void DrainAndAbandon() {
    while (cut_->Next()->has_value()) {
    }
    Abandon();
  }
  /// The chain without the running cut.
  ChainForTest Copy() const {
    ChainForTest copy;
    for (const data::Chunk& chunk : chunks_) {
      copy.chunks_.push_back(chunk.Share());
    }
    return copy;
  }
  bool is_running() const { return cut_ != nullptr; }
  int64_t num_rows_of_last() const { return num_rows_of_last_; }

  void ApplyTo(StateTable& table, KeyGroupRange range) const {
    for (const data::Chunk& chunk : chunks_) {
      const absl::Status applied = table.Apply(chunk, range);
      ASSERT_TRUE(applied.ok()) << applied;
    }
  }

 private:
  std::unique_ptr<StateCut> cut_;
  std::vector<data::LogicalType> types_;
  std::vector<data::Chunk> handed_out_;
  std::vector<data::Chunk> chunks_;
  int64_t num_rows_of_last_ = 0;
};

/// Rows as `value|value`.
inline std::vector<std::string> ToTextForTest(const data::Chunk& chunk) {
  std::vector<std::string> rows;
  for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
    std::string text;
    for (data::idx_t i = 0; i < chunk.num_columns(); ++i) {
      text += (i == 0 ? "" : "|") + chunk.column(i).GetValue(row).ToString();
    }
    rows.push_back(text);
  }
  return rows;
}

/// All rows of a table, in the columns of a cut, sorted.
inline std::vector<std::string> RowsForTest(StateTable& table, KeyGroupRange range = {}) {
  std::vector<std::string> rows;
  auto cut = table.Cut(CutKind::kAll, range);
  EXPECT_TRUE(cut.ok()) << cut.status();
  for (auto chunk = (*cut)->Next(); chunk.ok() && chunk->has_value(); chunk = (*cut)->Next()) {
    for (std::string& row : ToTextForTest(**chunk)) {
      rows.push_back(std::move(row));
    }
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

/// Gives `to` the rows of `range` that `from` holds.
inline void TransferForTest(StateTable& from, StateTable& to, KeyGroupRange range) {
  ChainForTest chain;
  chain.Begin(from, CutKind::kAll, KeyGroupRange::All(range.num_key_groups));
  chain.Finish();
  chain.ApplyTo(to, range);
}

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_STATE_FOR_TEST_H_
