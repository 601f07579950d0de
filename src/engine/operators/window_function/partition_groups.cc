#include "engine/operators/window_function/partition_groups.h"

#include <limits>

#include "base/assert.h"
#include "data/key_group.h"
#include "engine/operators/window_rows/combined_rows.h"
#include "engine/operators/window_rows/key_equality.h"

namespace laminar::engine {
namespace {

using data::idx_t;
using data::SelectionVector;

constexpr uint32_t kNone = std::numeric_limits<uint32_t>::max();

// Groups by hash, in open addressing; several groups may have one hash.
class GroupTable {
 public:
  explicit GroupTable(idx_t num_rows) {
    while (slots_.size() < 2 * num_rows) {
      slots_.resize(2 * slots_.size(), kNone);
    }
  }

  // A walk over the groups with a hash.
  struct Place {
    uint64_t slot;
    uint32_t group;  // kNone: no more, and the slot is free
  };
  Place First(uint64_t hash) const { return Seek(hash, hash & Mask()); }
  Place Next(uint64_t hash, Place place) const { return Seek(hash, (place.slot + 1) & Mask()); }

  uint32_t Add(Place free, uint64_t hash, uint32_t row) {
    slots_[free.slot] = static_cast<uint32_t>(groups_.size());
    groups_.push_back({hash, row});
    return slots_[free.slot];
  }
  uint32_t first_row(uint32_t group) const { return groups_[group].first_row; }
  uint32_t size() const { return static_cast<uint32_t>(groups_.size()); }

 private:
  struct Group {
    uint64_t hash;
    uint32_t first_row;
  };
  uint64_t Mask() const { return slots_.size() - 1; }
  Place Seek(uint64_t hash, uint64_t slot) const {
    while (slots_[slot] != kNone && groups_[slots_[slot]].hash != hash) {
      slot = (slot + 1) & Mask();
    }
    return {slot, slots_[slot]};
  }

  std::vector<uint32_t> slots_ = std::vector<uint32_t>(16, kNone);
  std::vector<Group> groups_;
};

class GroupFinder {
 public:
  GroupFinder(const std::vector<data::Chunk>& chunks, const std::vector<size_t>& columns)
      : columns_(columns), combined_(ColumnsOf(chunks, columns)), table_(combined_.num_rows()) {
    LAMINAR_ASSERT(combined_.num_rows() < kNone, combined_.num_rows());
    groups_.group_of_row.resize(combined_.num_rows());
    idx_t position = 0;
    for (const data::Chunk& chunk : chunks) {
      AssignChunk(chunk, position);
      position += chunk.num_rows();
    }
    groups_.num_groups = table_.size();
  }
  PartitionGroups Take() { return std::move(groups_); }

 private:
  static CombinedRows ColumnsOf(const std::vector<data::Chunk>& chunks,
                                const std::vector<size_t>& columns) {
    std::vector<data::LogicalType> types;
    for (const size_t column : columns) {
      types.push_back(chunks[0].column(column).GetType());
    }
    std::vector<data::Chunk> selected;
    for (const data::Chunk& chunk : chunks) {
      data::Chunk& shell = selected.emplace_back(data::Chunk::Shell(types));
      shell.set_num_rows(chunk.num_rows());
      for (size_t i = 0; i < columns.size(); ++i) {
        shell.column(i).Reference(chunk.column(columns[i]));
      }
    }
    return CombinedRows(types, selected);
  }

  // Takes equal hashes for equal values first, then checks all of them at once.
  void AssignChunk(const data::Chunk& chunk, idx_t first_position) {
    const idx_t num_rows = chunk.num_rows();
    data::Vector hashes(data::LogicalType::HASH);
    data::HashKeys(chunk, columns_, hashes);
    const auto* hash_of = duckdb::FlatVector::GetData<uint64_t>(hashes);
    SelectionVector rows(num_rows);
    SelectionVector first_rows(num_rows);
    for (idx_t row = 0; row < num_rows; ++row) {
      const GroupTable::Place place = table_.First(hash_of[row]);
      const auto position = static_cast<uint32_t>(first_position + row);
      const uint32_t group =
          place.group != kNone ? place.group : table_.Add(place, hash_of[row], position);
      groups_.group_of_row[position] = group;
      rows.set_index(row, row);
      first_rows.set_index(row, table_.first_row(group));
    }
    const idx_t num_equal = KeepEqualRows(chunk, rows, first_rows, num_rows);
    if (num_equal == num_rows) {
      return;
    }
    for (idx_t row = 0, next_equal = 0; row < num_rows; ++row) {
      if (next_equal < num_equal && rows.get_index(next_equal) == row) {
        ++next_equal;
      } else {
        AssignCollision(chunk, row, hash_of[row], static_cast<uint32_t>(first_position + row));
      }
    }
  }

  // The row's hash is that of a group it does not belong to.
  void AssignCollision(const data::Chunk& chunk, idx_t row, uint64_t hash, uint32_t position) {
    GroupTable::Place place = table_.First(hash);
    while (place.group != kNone) {
      SelectionVector rows(1);
      SelectionVector first_rows(1);
      rows.set_index(0, row);
      first_rows.set_index(0, table_.first_row(place.group));
      if (KeepEqualRows(chunk, rows, first_rows, 1) == 1) {
        break;
      }
      place = table_.Next(hash, place);
    }
    groups_.group_of_row[position] =
        place.group != kNone ? place.group : table_.Add(place, hash, position);
  }

  idx_t KeepEqualRows(const data::Chunk& chunk,
                      SelectionVector& rows,
                      SelectionVector& first_rows,
                      idx_t num_rows) const {
    for (size_t i = 0; i < columns_.size(); ++i) {
      num_rows = KeepEqual(chunk.column(columns_[i]), combined_.column(i),
                           /*null_equals_null=*/true, rows, first_rows, 0, num_rows);
    }
    return num_rows;
  }

  const std::vector<size_t>& columns_;
  const CombinedRows combined_;
  GroupTable table_;
  PartitionGroups groups_;
};

}  // namespace

PartitionGroups FindPartitionGroups(const std::vector<data::Chunk>& chunks,
                                    const std::vector<size_t>& columns) {
  if (columns.empty()) {
    PartitionGroups groups;
    for (const data::Chunk& chunk : chunks) {
      groups.group_of_row.resize(groups.group_of_row.size() + chunk.num_rows(), 0);
    }
    groups.num_groups = chunks.empty() ? 0 : 1;
    return groups;
  }
  if (chunks.empty()) {
    return {};
  }
  return GroupFinder(chunks, columns).Take();
}

}  // namespace laminar::engine
