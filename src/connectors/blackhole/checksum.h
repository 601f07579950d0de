// A checksum of rows that depends neither on their order nor on how they are cut into chunks: a sum
// over all values, each weighted by its column. It reads every value, so that an engine that is
// measured with it cannot leave work out. Plain functions; any thread.
#ifndef LAMINAR_CONNECTORS_BLACKHOLE_CHECKSUM_H_
#define LAMINAR_CONNECTORS_BLACKHOLE_CHECKSUM_H_

#include <cstdint>

#include "data/chunk.h"

namespace laminar::connectors::blackhole {

/// Rows seen and the sum of their values. Rows that a changelog takes back are subtracted.
struct RowTotals {
  int64_t rows = 0;
  uint64_t checksum = 0;

  void Add(const RowTotals& other) {
    rows += other.rows;
    checksum += other.checksum;
  }
  bool operator==(const RowTotals&) const = default;
};

/// Sums the first `num_columns` columns: integers by value, floating-point numbers by their bits,
/// text by its length, nested values by their parts, NULL as 0.
RowTotals SumRows(const data::Chunk& chunk, data::idx_t num_columns);

}  // namespace laminar::connectors::blackhole

#endif  // LAMINAR_CONNECTORS_BLACKHOLE_CHECKSUM_H_
