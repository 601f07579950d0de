// NexmarkGenerator: makes chunks of events straight into vectors: person, auction and bid as
// nullable structs, of which one is set in each row, and the time of the event. Owned by one source
// subtask; its thread only.
#ifndef LAMINAR_CONNECTORS_NEXMARK_NEXMARK_GENERATOR_H_
#define LAMINAR_CONNECTORS_NEXMARK_NEXMARK_GENERATOR_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "connectors/nexmark/nexmark_layout.h"
#include "connectors/nexmark/nexmark_model.h"
#include "connectors/nexmark/nexmark_text.h"
#include "data/chunk.h"
#include "data/schema.h"

namespace laminar::connectors::nexmark {

/// person, auction, bid, datetime.
const data::Schema& NexmarkSchema();
enum NexmarkColumn : size_t { kPersonColumn, kAuctionColumn, kBidColumn, kDatetimeColumn };

struct GeneratorOptions {
  uint64_t seed = 0;
  int64_t base_micros = 0;
  double events_per_second = 10'000;  // of event time
  bool dictionary = true;             // channel and url as dictionary vectors; else plain strings
  std::vector<size_t> columns;        // of NexmarkSchema, to deliver
  bool prune = false;                 // makes no column that is not delivered
};

class NexmarkGenerator {
 public:
  explicit NexmarkGenerator(const GeneratorOptions& options);

  /// Makes the events of a range. REQUIRES: 1 <= count <= kRowsPerChunkMax.
  data::Chunk Generate(const EventRange& range);

  const EventTimes& times() const { return times_; }
  /// What the last chunk keeps in memory, about.
  int64_t chunk_bytes() const { return chunk_bytes_; }

 private:
  struct Arena;

  void MakePersons(const EventRange& range, Arena& arena, data::Vector& column);
  void MakeAuctions(const EventRange& range, Arena& arena, data::Vector& column);
  void MakeBids(const EventRange& range,
                data::Vector& datetime,
                Arena& arena,
                data::Vector& column);

  GeneratorOptions options_;
  EventTimes times_;
  ChannelPool channels_;
  std::unique_ptr<Layout> layout_;
  int64_t chunk_bytes_ = 0;
};

}  // namespace laminar::connectors::nexmark

#endif  // LAMINAR_CONNECTORS_NEXMARK_NEXMARK_GENERATOR_H_
