// FixedSplits: how a source that makes its rows up is divided: into as many splits as it had
// subtasks when it was first started, whatever its parallelism is later. Split i belongs to subtask
// i modulo parallelism. Plain value; any thread.
#ifndef LAMINAR_CONNECTORS_API_FIXED_SPLITS_H_
#define LAMINAR_CONNECTORS_API_FIXED_SPLITS_H_

#include <cstdint>
#include <optional>
#include <vector>

#include "connectors/api/saved_object.h"
#include "connectors/api/source_reader.h"

namespace laminar::connectors {

struct FixedSplits {
  struct Split {
    int64_t number = 0;
    std::optional<SavedObject> saved;  // unset: it begins
  };

  int64_t num_splits = 1;  // of all subtasks
  std::vector<Split> own;

  /// DataLoss when the positions that the reader goes on from are not those of one source.
  static absl::StatusOr<FixedSplits> Of(const SourceContext& context);
  /// The position of a split; `object` is what it is to go on from.
  data::SplitPosition PositionOf(int64_t number, SavedObject object) const;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_FIXED_SPLITS_H_
