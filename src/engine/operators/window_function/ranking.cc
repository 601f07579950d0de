#include "engine/operators/window_function/ranking.h"

#include <algorithm>
#include <utility>

#include "base/assert.h"
#include "engine/operators/window_function/partition_groups.h"
#include "engine/operators/window_function/rank_keys.h"

namespace laminar::engine {
namespace {

using expression::RankingKind;

template <typename Key>
struct Item {
  Key key;
  uint32_t row;

  bool operator<(const Item& other) const {
    if (key < other.key) {
      return true;
    }
    return key == other.key && row < other.row;
  }
};

// Rows of each partition side by side, in order of arrival.
struct Partitions {
  explicit Partitions(const PartitionGroups& groups)
      : starts(groups.num_groups + 1, 0), rows(groups.group_of_row.size()) {
    for (const uint32_t group : groups.group_of_row) {
      ++starts[group + 1];
    }
    for (size_t i = 1; i < starts.size(); ++i) {
      starts[i] += starts[i - 1];
    }
    std::vector<uint32_t> next(starts.begin(), starts.end() - 1);
    for (uint32_t row = 0; row < rows.size(); ++row) {
      rows[next[groups.group_of_row[row]]++] = row;
    }
  }

  std::vector<uint32_t> starts;
  std::vector<uint32_t> rows;
};

template <typename Key>
class Ranker {
 public:
  Ranker(const RankingShape& shape, const std::vector<Key>& keys) : shape_(shape), keys_(keys) {
    ranked_.values.resize(shape.functions.size());
  }

  void RankPartition(const uint32_t* begin, const uint32_t* end) {
    items_.clear();
    for (const uint32_t* row = begin; row != end; ++row) {
      items_.push_back({keys_[*row], *row});
    }
    Sort();
    Number();
  }
  RankedRows Take() { return std::move(ranked_); }

 private:
  // Sorts the items, of which those beyond the limit may be left out where that is cheaper.
  void Sort() {
    const bool counts_rows = shape_.functions[0] != RankingKind::kDenseRank;
    if (!shape_.limit || !counts_rows || *shape_.limit >= static_cast<int64_t>(items_.size() / 2)) {
      std::sort(items_.begin(), items_.end());
      return;
    }
    const auto num_best = static_cast<size_t>(std::max<int64_t>(*shape_.limit, 0));
    const auto best_end = items_.begin() + static_cast<std::ptrdiff_t>(num_best);
    std::partial_sort(items_.begin(), best_end, items_.end());
    size_t kept = num_best;
    if (num_best > 0 && shape_.functions[0] == RankingKind::kRank) {
      // Rows that tie with the last best one have its rank.
      const Key last = items_[num_best - 1].key;
      for (size_t i = num_best; i < items_.size(); ++i) {
        if (items_[i].key == last) {
          std::swap(items_[kept++], items_[i]);
        }
      }
      std::sort(items_.begin() + static_cast<std::ptrdiff_t>(num_best),
                items_.begin() + static_cast<std::ptrdiff_t>(kept));
    }
    items_.resize(kept);
  }

  void Number() {
    int64_t rank = 0;
    int64_t dense_rank = 0;
    for (size_t i = 0; i < items_.size(); ++i) {
      const auto row_number = static_cast<int64_t>(i) + 1;
      if (i == 0 || !(items_[i].key == items_[i - 1].key)) {
        rank = row_number;
        ++dense_rank;
      }
      const auto value_of = [&](RankingKind kind) {
        return kind == RankingKind::kRowNumber ? row_number
               : kind == RankingKind::kRank    ? rank
                                               : dense_rank;
      };
      if (shape_.limit && value_of(shape_.functions[0]) > *shape_.limit) {
        return;
      }
      ranked_.rows.push_back(items_[i].row);
      for (size_t function = 0; function < shape_.functions.size(); ++function) {
        ranked_.values[function].push_back(value_of(shape_.functions[function]));
      }
    }
  }

  const RankingShape& shape_;
  const std::vector<Key>& keys_;
  std::vector<Item<Key>> items_;
  RankedRows ranked_;
};

template <typename Key>
RankedRows RankAll(const RankingShape& shape,
                   const Partitions& partitions,
                   const std::vector<Key>& keys) {
  Ranker<Key> ranker(shape, keys);
  for (size_t group = 0; group + 1 < partitions.starts.size(); ++group) {
    ranker.RankPartition(partitions.rows.data() + partitions.starts[group],
                         partitions.rows.data() + partitions.starts[group + 1]);
  }
  return ranker.Take();
}

}  // namespace

absl::StatusOr<RankedRows> RankRows(const std::vector<data::Chunk>& chunks,
                                    const RankingShape& shape) {
  LAMINAR_ASSERT(!shape.functions.empty(), chunks.size());
  const Partitions partitions(FindPartitionGroups(chunks, shape.partition_by));
  LAMINAR_ASSIGN_OR_RETURN(const RankKeys keys, MakeRankKeys(chunks, shape.order_by));
  return keys.strings.empty() ? RankAll(shape, partitions, keys.numbers)
                              : RankAll(shape, partitions, keys.strings);
}

}  // namespace laminar::engine
