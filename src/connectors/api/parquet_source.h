// ParquetSource: reads Parquet files one after the other on an I/O thread, which decodes them too,
// and hands over a few chunks ahead.
#ifndef LAMINAR_CONNECTORS_API_PARQUET_SOURCE_H_
#define LAMINAR_CONNECTORS_API_PARQUET_SOURCE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "connectors/api/byte_source.h"
#include "connectors/api/source_reader.h"

namespace laminar::connectors {

class ParquetSource final : public SourceReader {
 public:
  ParquetSource(SourceContext context, std::vector<std::string> paths);
  ~ParquetSource() override;

  absl::Status Open() override;
  absl::StatusOr<PollResult> Poll(data::Chunk& chunk) override LAMINAR_EXCLUDES(mutex_);
  void Close() override LAMINAR_EXCLUDES(mutex_);

 private:
  struct Item {
    data::Chunk chunk;  // of the decoded columns
    size_t file = 0;
    int64_t row = 0;  // of the file
  };

  void Serve() LAMINAR_EXCLUDES(mutex_);
  absl::Status ReadAll() LAMINAR_EXCLUDES(mutex_);
  absl::Status ReadFile(size_t file) LAMINAR_EXCLUDES(mutex_);
  // Waits for room; Cancelled when closed.
  absl::Status Send(Item item) LAMINAR_EXCLUDES(mutex_);

  SourceContext context_;
  const ColumnSplit split_;
  const std::vector<std::string> paths_;
  std::vector<data::Field> wanted_;
  base::Mutex mutex_;
  base::ConditionVariable changed_;
  std::deque<Item> items_ LAMINAR_GUARDED_BY(mutex_);
  int64_t bytes_ LAMINAR_GUARDED_BY(mutex_) = 0;
  bool ended_ LAMINAR_GUARDED_BY(mutex_) = false;
  absl::Status outcome_ LAMINAR_GUARDED_BY(mutex_);
  bool closed_ LAMINAR_GUARDED_BY(mutex_) = false;
  base::Thread thread_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_PARQUET_SOURCE_H_
