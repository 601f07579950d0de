// Layout: which rows of a chunk are persons, auctions and bids, as row lists, null masks and
// selections. It depends on nothing but the position of the first event within its epoch, the
// stride and the count, so chunks that begin alike share one. Immutable once made.
#ifndef LAMINAR_CONNECTORS_NEXMARK_NEXMARK_LAYOUT_H_
#define LAMINAR_CONNECTORS_NEXMARK_NEXMARK_LAYOUT_H_

#include <cstdint>
#include <vector>

#include "connectors/nexmark/nexmark_model.h"
#include "data/vector.h"

namespace laminar::connectors::nexmark {

/// Events first, first + stride, ...: `count` of them.
struct EventRange {
  int64_t first = 0;
  int64_t stride = 1;
  int64_t count = 0;
};

struct Layout {
  explicit Layout(const EventRange& range);
  bool Fits(const EventRange& range) const {
    return range.first % kEventsPerEpoch == phase && range.stride == stride && range.count == count;
  }

  int64_t phase = 0;
  int64_t stride = 1;
  int64_t count = 0;
  std::vector<uint32_t> person_rows;
  std::vector<uint32_t> auction_rows;
  std::vector<uint32_t> bid_rows;
  std::vector<uint32_t> other_rows;  // all that are not bids
  duckdb::ValidityMask bid_valid;
  data::SelectionVector all_rows;
  /// Persons and auctions are rare: they are made densely, followed by one NULL, and spread over
  /// the rows by these.
  data::SelectionVector person_selection;
  data::SelectionVector auction_selection;
  duckdb::ValidityMask person_valid;
  duckdb::ValidityMask auction_valid;
};

}  // namespace laminar::connectors::nexmark

#endif  // LAMINAR_CONNECTORS_NEXMARK_NEXMARK_LAYOUT_H_
