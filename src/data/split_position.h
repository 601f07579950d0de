// SplitPosition: how far a source has delivered one of its splits (a file, a partition, a
// generator). What a checkpoint remembers of a source, and what a later reader of any parallelism
// goes on from. Plain data; any thread.
#ifndef LAMINAR_DATA_SPLIT_POSITION_H_
#define LAMINAR_DATA_SPLIT_POSITION_H_

#include <string>

namespace laminar::data {

struct SplitPosition {
  std::string split;     // unique within the source, the same whatever the parallelism
  std::string position;  // JSON that only the connector reads
  bool operator==(const SplitPosition&) const = default;
};

}  // namespace laminar::data

#endif  // LAMINAR_DATA_SPLIT_POSITION_H_
