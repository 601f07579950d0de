// SnapshotAnswer: calls the `done` of SinkWriter::Snapshot exactly once. Shared by the work that
// makes the snapshot durable and by what is told when that work is dropped: one of the two answers,
// on any thread.
#ifndef LAMINAR_CONNECTORS_API_SNAPSHOT_ANSWER_H_
#define LAMINAR_CONNECTORS_API_SNAPSHOT_ANSWER_H_

#include <functional>
#include <memory>
#include <utility>

#include "base/assert.h"
#include "base/status.h"
#include "connectors/api/sink_writer.h"

namespace laminar::connectors {

class SnapshotAnswer {
 public:
  using Done = std::function<void(absl::StatusOr<SinkSnapshot>)>;

  explicit SnapshotAnswer(Done done) : done_(std::move(done)) {}
  ~SnapshotAnswer() { LAMINAR_ASSERT(done_ == nullptr, 0); }
  SnapshotAnswer(const SnapshotAnswer&) = delete;
  SnapshotAnswer& operator=(const SnapshotAnswer&) = delete;

  void Give(absl::StatusOr<SinkSnapshot> snapshot) {
    LAMINAR_ASSERT(done_ != nullptr, 0);
    std::exchange(done_, nullptr)(std::move(snapshot));
  }

 private:
  Done done_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_SNAPSHOT_ANSWER_H_
