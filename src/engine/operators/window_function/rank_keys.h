// RankKeys: one value per row that orders as ORDER BY does: a number where one column of a simple
// type decides, else a string of bytes. Made per window; the task's thread.
#ifndef LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_RANK_KEYS_H_
#define LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_RANK_KEYS_H_

#include <cstdint>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "expression/batch_sort_key.h"

namespace laminar::engine {

struct RankKeys {
  /// By position through all chunks; exactly one of them is filled. Without ORDER BY all numbers
  /// are equal.
  std::vector<uint64_t> numbers;
  std::vector<duckdb::string_t> strings;
  /// Holds the bytes of `strings`.
  std::vector<data::Vector> holders;
};

absl::StatusOr<RankKeys> MakeRankKeys(const std::vector<data::Chunk>& chunks,
                                      const std::vector<expression::SortColumn>& order);

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_OPERATORS_WINDOW_FUNCTION_RANK_KEYS_H_
