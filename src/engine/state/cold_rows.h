// ColdRows: the rows of one keyed table that lie in a RowStore instead of in memory. A row that is
// brought back stays in the store, too, as it was; the one in memory counts. Which rows have
// changed since which cut is noted beside them, so that a cut finds those that are not in memory.
// Owned by its KeyedTable; the task's thread. BLOCKS: reads and writes the disk.
#ifndef LAMINAR_ENGINE_STATE_COLD_ROWS_H_
#define LAMINAR_ENGINE_STATE_COLD_ROWS_H_

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/vector.h"
#include "engine/state/row_layout.h"
#include "engine/state/row_store.h"
#include "expression/aggregate_state.h"

namespace laminar::engine {

/// Rows as they were read, for the time of one use.
class LoadedRows {
 public:
  explicit LoadedRows(const RowLayout& layout) : layout_(layout) {}

  void Clear();
  void Add(std::string_view packed);
  data::idx_t size() const { return texts_.size(); }
  /// Places the rows. Valid until Clear.
  uint8_t* const* rows();

 private:
  const RowLayout& layout_;
  std::vector<std::string> texts_;  // packed
  std::vector<uint8_t> memory_;
  std::vector<uint8_t*> rows_;
};

class ColdRows {
 public:
  ColdRows(const RowLayout& layout, RowStore& store);
  ~ColdRows();
  ColdRows(const ColdRows&) = delete;
  ColdRows& operator=(const ColdRows&) = delete;

  RowStore& store() { return store_; }
  /// Rows that are here and not in memory.
  int64_t num_rows() const { return num_rows_; }

  /// Takes rows that then leave memory. Those in `changed` (as long as `rows`; empty: none) are to
  /// be found by the next cut.
  absl::Status Put(uint8_t* const* rows, data::idx_t count, const std::vector<bool>& changed);
  /// Brings back those of the rows, of which only hash and keys are set, that are here: fills them
  /// in, with text in `strings`, but for the flags. Appends i of the others to `missing`.
  absl::Status Recall(const std::vector<uint8_t*>& rows,
                      expression::StateStrings& strings,
                      std::vector<duckdb::sel_t>& missing);
  /// A row that is in memory ends to exist.
  absl::Status Remove(const uint8_t* row);
  /// A row that is only here does.
  absl::Status RemoveCold(const uint8_t* row);

  /// A walk over the rows that are here, whether or not they are in memory, too. They stay as they
  /// are meanwhile.
  class Walk {
   public:
    /// As of now; or as of a snapshot, which must outlive it.
    Walk(ColdRows& rows, const RowStore::Snapshot* snapshot);
    /// The next rows, `count_max` at most; none at the end.
    absl::Status Next(data::idx_t count_max, LoadedRows& rows);

   private:
    RowStore::Scan scan_;
  };

  /// The rows of a cut that were here when it began: all, or those that have changed.
  class Cut {
   public:
    Cut(ColdRows& rows, bool all);
    /// As Walk::Next.
    absl::Status Next(data::idx_t count_max, LoadedRows& rows);
    /// The cut is safe: what it has handed out has not changed since.
    absl::Status Finish();

   private:
    absl::Status NextChanged(data::idx_t count_max, LoadedRows& rows);

    ColdRows& rows_;
    const uint64_t epoch_;
    const RowStore::Snapshot snapshot_;
    std::unique_ptr<Walk> all_;
    std::unique_ptr<RowStore::Scan> changed_;
    std::vector<std::string> keys_;  // scratch
    RowStore::Values values_;        // scratch
  };

 private:
  const RowLayout& layout_;
  RowStore& store_;
  const RowStore::TableId table_;
  int64_t num_rows_ = 0;
  uint64_t epoch_ = 0;  // cuts so far: under which changes are noted
  RowStore::Batch batch_;
  std::vector<std::string> keys_;  // scratch
  RowStore::Values values_;        // scratch
  std::string key_;                // scratch
  std::string packed_;             // scratch
};

}  // namespace laminar::engine

#endif  // LAMINAR_ENGINE_STATE_COLD_ROWS_H_
