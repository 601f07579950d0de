#include "engine/operators/window_join/join_run.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/operators/window_rows/key_equality.h"
#include "engine/operators/window_rows/windowed_input.h"

namespace laminar::engine {
namespace {

using data::Chunk;
using data::idx_t;
using data::SelectionVector;
using data::Vector;
using plan::JoinType;

constexpr idx_t kFull = base::kRowsPerChunkMax;

// Pairs are given out once this many are found: looking for few more would cost a round of its own.
constexpr idx_t kPairsEnough = kFull / 2;

// Rounds of a chunk of candidates each in one call, so that a join that finds next to nothing lets
// others run: about a millisecond.
constexpr int kRoundsMax = 32;

idx_t CountRows(const std::vector<Chunk>& chunks) {
  idx_t num_rows = 0;
  for (const Chunk& chunk : chunks) {
    num_rows += chunk.num_rows();
  }
  return num_rows;
}

bool ProbesLeft(const JoinShape& shape,
                const std::vector<Chunk>& left,
                const std::vector<Chunk>& right) {
  return shape.tests_existence || CountRows(right) <= CountRows(left);
}

}  // namespace

JoinRun::JoinRun(const JoinShape& shape,
                 expression::FilterEvaluator* residual,
                 SliceId window,
                 const std::vector<Chunk>& left,
                 const std::vector<Chunk>& right)
    : shape_(shape),
      residual_(residual),
      window_(window),
      probe_is_left_(ProbesLeft(shape, left, right)),
      probe_chunks_(probe_is_left_ ? left : right),
      table_chunks_(probe_is_left_ ? right : left) {
  const bool wants_left_rest = shape.type == JoinType::kLeft || shape.type == JoinType::kFull;
  const bool wants_right_rest = shape.type == JoinType::kRight || shape.type == JoinType::kFull;
  wants_pairs_ = !shape.tests_existence;
  wants_probe_rest_ =
      shape.tests_existence || (probe_is_left_ ? wants_left_rest : wants_right_rest);
  wants_table_rest_ = probe_is_left_ ? wants_right_rest : wants_left_rest;
  const bool can_match = !probe_chunks_.empty() && !table_chunks_.empty();
  if (can_match || wants_table_rest_) {
    table_rows_ = CombinedRows(table_input().types, table_chunks_);
  }
  if (wants_table_rest_) {
    table_matched_.assign(table_rows_.num_rows(), 0);
  }
  if (can_match) {
    table_.emplace(table_chunks_, table_input().keys);
  } else if (!wants_probe_rest_) {
    chunk_ = probe_chunks_.size();
  }
}

int64_t JoinRun::EstimateBytes(const JoinShape& shape,
                               const std::vector<Chunk>& left,
                               const std::vector<Chunk>& right) {
  const bool probes_left = ProbesLeft(shape, left, right);
  const std::vector<Chunk>& table = probes_left ? right : left;
  const JoinInput& input = probes_left ? shape.right : shape.left;
  return CombinedRows::EstimateBytes(input.types, table) +
         JoinTable::EstimateBytes(CountRows(table)) + static_cast<int64_t>(CountRows(table));
}

absl::StatusOr<std::optional<Chunk>> JoinRun::Next() {
  rounds_left_ = kRoundsMax;
  while (stage_ != Stage::kDone) {
    std::optional<Chunk> output;
    switch (stage_) {
      case Stage::kNextChunk:
        StartChunk();
        break;
      case Stage::kPairs: {
        LAMINAR_ASSIGN_OR_RETURN(output, NextPairs());
        break;
      }
      case Stage::kProbeRest:
        output = ProbeRest();
        break;
      case Stage::kTableRest:
        output = TableRest();
        break;
      case Stage::kDone:
        break;
    }
    if (output) {
      return output;
    }
  }
  return std::nullopt;
}

void JoinRun::StartChunk() {
  if (chunk_ == probe_chunks_.size()) {
    stage_ = wants_table_rest_ ? Stage::kTableRest : Stage::kDone;
    return;
  }
  const Chunk& chunk = probe_chunks_[chunk_];
  if (wants_probe_rest_) {
    probe_matched_.assign(chunk.num_rows(), 0);
  }
  probe_row_ = 0;
  stage_ = Stage::kProbeRest;
  if (table_) {
    HashJoinKeys(chunk, probe_input().keys, hashes_);
    table_->Find(hashes_, ranges_);
    stage_ = Stage::kPairs;
  }
}

absl::StatusOr<std::optional<Chunk>> JoinRun::NextPairs() {
  if (!wants_pairs_) {
    LAMINAR_RETURN_IF_ERROR(TestExistence());
    if (!untested_.empty()) {
      return Chunk::Shell(shape_.output_types);
    }
    stage_ = Stage::kProbeRest;
    return std::nullopt;
  }
  Pairs pairs{SelectionVector(kFull), SelectionVector(kFull)};
  for (; pairs.count < kPairsEnough && probe_row_ < ranges_.size() && rounds_left_ > 0;
       --rounds_left_) {
    const idx_t begin = pairs.count;
    CollectCandidates(pairs);
    LAMINAR_RETURN_IF_ERROR(KeepMatches(pairs, begin));
  }
  if (pairs.count == 0 && probe_row_ < ranges_.size()) {
    return Chunk::Shell(shape_.output_types);
  }
  if (pairs.count == 0) {
    stage_ = Stage::kProbeRest;
    return std::nullopt;
  }
  return MakeOutput({&pairs.probe}, {&pairs.table}, pairs.count);
}

absl::Status JoinRun::TestExistence() {
  if (untested_.empty()) {
    for (idx_t row = 0; row < ranges_.size(); ++row) {
      if (ranges_[row].begin < ranges_[row].end) {
        untested_.push_back(static_cast<uint32_t>(row));
      }
    }
  }
  // Each round looks at a few candidates of every row that has none yet that goes with it.
  for (; !untested_.empty() && rounds_left_ > 0; --rounds_left_) {
    Pairs pairs{SelectionVector(kFull), SelectionVector(kFull)};
    const idx_t share = std::max<idx_t>(kFull / untested_.size(), 1);
    for (const uint32_t row : untested_) {
      CollectOfRow(row, std::min(share, kFull - pairs.count), pairs);
    }
    LAMINAR_RETURN_IF_ERROR(KeepMatches(pairs, 0));
    std::erase_if(untested_, [this](uint32_t row) {
      return probe_matched_[row] != 0 || ranges_[row].begin == ranges_[row].end;
    });
  }
  return absl::OkStatus();
}

std::optional<Chunk> JoinRun::ProbeRest() {
  stage_ = Stage::kNextChunk;
  const Chunk& chunk = probe_chunks_[chunk_];
  if (wants_probe_rest_) {
    const uint8_t wanted = shape_.type == JoinType::kSemi ? 1 : 0;
    SelectionVector rest(kFull);
    idx_t num_rows = 0;
    for (idx_t row = 0; row < chunk.num_rows(); ++row) {
      rest.set_index(num_rows, row);
      num_rows += probe_matched_[row] == wanted ? 1 : 0;
    }
    if (num_rows > 0) {
      Chunk output = MakeOutput({&rest}, {}, num_rows);
      ++chunk_;
      return output;
    }
  }
  ++chunk_;
  return std::nullopt;
}

std::optional<Chunk> JoinRun::TableRest() {
  SelectionVector rest(kFull);
  idx_t num_rows = 0;
  for (; table_row_ < table_matched_.size() && num_rows < kFull; ++table_row_) {
    if (table_matched_[table_row_] == 0) {
      rest.set_index(num_rows++, table_row_);
    }
  }
  if (num_rows == 0) {
    stage_ = Stage::kDone;
    return std::nullopt;
  }
  return MakeOutput({}, {&rest}, num_rows);
}

void JoinRun::CollectCandidates(Pairs& pairs) {
  while (probe_row_ < ranges_.size()) {
    CollectOfRow(probe_row_, kFull - pairs.count, pairs);
    if (ranges_[probe_row_].begin < ranges_[probe_row_].end) {
      return;  // full
    }
    ++probe_row_;
  }
}

void JoinRun::CollectOfRow(idx_t row, idx_t limit, Pairs& pairs) {
  JoinTable::Range& range = ranges_[row];
  const JoinTable::Entry* entries = table_->entries();
  const idx_t end = pairs.count + limit;
  while (range.begin < range.end && pairs.count < end) {
    const JoinTable::Entry entry = entries[range.begin++];
    if (entry.tag == range.tag) {
      pairs.probe.set_index(pairs.count, row);
      pairs.table.set_index(pairs.count, entry.row);
      ++pairs.count;
    }
  }
}

absl::Status JoinRun::KeepMatches(Pairs& pairs, idx_t begin) {
  KeepEqualKeys(pairs, begin);
  if (residual_ != nullptr && pairs.count > begin) {
    LAMINAR_RETURN_IF_ERROR(KeepResidual(pairs, begin));
  }
  if (wants_probe_rest_) {
    for (idx_t i = begin; i < pairs.count; ++i) {
      probe_matched_[pairs.probe.get_index(i)] = 1;
    }
  }
  if (wants_table_rest_) {
    for (idx_t i = begin; i < pairs.count; ++i) {
      table_matched_[pairs.table.get_index(i)] = 1;
    }
  }
  return absl::OkStatus();
}

void JoinRun::KeepEqualKeys(Pairs& pairs, idx_t begin) {
  const JoinKeys& probe_keys = probe_input().keys;
  const JoinKeys& table_keys = table_input().keys;
  for (size_t i = 0; i < probe_keys.columns.size(); ++i) {
    pairs.count =
        KeepEqual(ColumnOf(true, probe_keys.columns[i]), ColumnOf(false, table_keys.columns[i]),
                  probe_keys.null_equals_null[i], pairs.probe, pairs.table, begin, pairs.count);
  }
}

absl::Status JoinRun::KeepResidual(Pairs& pairs, idx_t begin) {
  const idx_t count = pairs.count - begin;
  const SelectionVector probe(pairs.probe.data() + begin);
  const SelectionVector table(pairs.table.data() + begin);
  Chunk candidates = Chunk::Shell(shape_.candidate_types);
  candidates.set_num_rows(count);
  SetColumns(shape_.left, probe_is_left_, {probe_is_left_ ? &probe : &table}, count, 0, candidates);
  SetColumns(shape_.right, !probe_is_left_, {probe_is_left_ ? &table : &probe}, count,
             shape_.left.visible.size(), candidates);
  SelectionVector selection(kFull);
  LAMINAR_ASSIGN_OR_RETURN(const idx_t num_true, residual_->Select(candidates, selection));
  for (idx_t i = 0; i < num_true; ++i) {
    const idx_t from = begin + selection.get_index(i);
    pairs.probe.set_index(begin + i, pairs.probe.get_index(from));
    pairs.table.set_index(begin + i, pairs.table.get_index(from));
  }
  pairs.count = begin + num_true;
  return absl::OkStatus();
}

Chunk JoinRun::MakeOutput(Rows probe, Rows table, idx_t num_rows) {
  Chunk output = Chunk::Shell(shape_.output_types);
  output.set_num_rows(num_rows);
  SetColumns(shape_.left, probe_is_left_, probe_is_left_ ? probe : table, num_rows, 0, output);
  if (wants_pairs_) {
    SetColumns(shape_.right, !probe_is_left_, probe_is_left_ ? table : probe, num_rows,
               shape_.left.visible.size(), output);
  }
  output.column(shape_.output_types.size() - 1).Reference(WindowEventTime(window_));
  return output;
}

void JoinRun::SetColumns(const JoinInput& input,
                         bool is_probe,
                         Rows rows,
                         idx_t num_rows,
                         size_t first_column,
                         Chunk& output) {
  for (size_t i = 0; i < input.visible.size(); ++i) {
    Vector& column = output.column(first_column + i);
    if (rows.selection == nullptr) {
      column.Reference(data::Value(input.visible_types[i]));
    } else if (!input.visible[i]) {
      column.Reference(WindowValue(input.visible_types[i], window_));
    } else {
      column.Slice(ColumnOf(is_probe, *input.visible[i]), *rows.selection, num_rows);
    }
  }
}

const Vector& JoinRun::ColumnOf(bool is_probe, size_t column) const {
  return is_probe ? probe_chunks_[chunk_].column(column) : table_rows_.column(column);
}

}  // namespace laminar::engine
