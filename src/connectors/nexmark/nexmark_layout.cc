#include "connectors/nexmark/nexmark_layout.h"

namespace laminar::connectors::nexmark {
namespace {

// Row -> its place among `rows`, or the place behind them all.
void Spread(const std::vector<uint32_t>& rows,
            int64_t count,
            data::SelectionVector& selection,
            duckdb::ValidityMask& valid) {
  selection.Initialize(static_cast<data::idx_t>(count));
  for (int64_t row = 0; row < count; ++row) {
    selection.set_index(static_cast<data::idx_t>(row), rows.size());
  }
  for (size_t i = 0; i < rows.size(); ++i) {
    selection.set_index(rows[i], i);
  }
  valid.Resize(rows.size() + 1);
  valid.SetInvalid(rows.size());
}

}  // namespace

Layout::Layout(const EventRange& range)
    : phase(range.first % kEventsPerEpoch),
      stride(range.stride),
      count(range.count),
      bid_valid(range.count),
      all_rows(range.count) {
  for (int64_t row = 0; row < count; ++row) {
    const auto row32 = static_cast<uint32_t>(row);
    all_rows.set_index(row32, row32);
    switch (KindOf(phase + row * stride)) {
      case EventKind::kPerson:
        person_rows.push_back(row32);
        break;
      case EventKind::kAuction:
        auction_rows.push_back(row32);
        break;
      case EventKind::kBid:
        bid_rows.push_back(row32);
        continue;
    }
    other_rows.push_back(row32);
    bid_valid.SetInvalid(row32);
  }
  Spread(person_rows, count, person_selection, person_valid);
  Spread(auction_rows, count, auction_selection, auction_valid);
}

}  // namespace laminar::connectors::nexmark
