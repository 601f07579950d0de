// Sort keys: one byte string per row that orders as ORDER BY does, whatever the columns' types are;
// for operators that sort or rank rows themselves. Any thread.
#ifndef LAMINAR_EXPRESSION_BATCH_SORT_KEY_H_
#define LAMINAR_EXPRESSION_BATCH_SORT_KEY_H_

#include <cstddef>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"

namespace laminar::expression {

struct SortColumn {
  size_t column = 0;
  bool descending = false;
  bool nulls_first = false;
  bool operator==(const SortColumn&) const = default;
};

/// Writes into `keys` (flat, BLOB) one string per row of `rows`. Two rows compare as their strings
/// do, byte by byte, and tie where the strings are equal; keys of several chunks compare with each
/// other. InvalidArgument for types that have no order. REQUIRES: at least one column.
absl::Status EncodeSortKeys(const data::Chunk& rows,
                            const std::vector<SortColumn>& order,
                            data::Vector& keys);

}  // namespace laminar::expression

#endif  // LAMINAR_EXPRESSION_BATCH_SORT_KEY_H_
