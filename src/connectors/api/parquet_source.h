// ParquetSource: reads Parquet files one after the other on an I/O thread, which decodes them too,
// and hands over a few chunks ahead.
#ifndef LAMINAR_CONNECTORS_API_PARQUET_SOURCE_H_
#define LAMINAR_CONNECTORS_API_PARQUET_SOURCE_H_

#include <cstdint>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "base/thread.h"
#include "connectors/api/byte_source.h"
#include "connectors/api/source_reader.h"
#include "formats/bad_record_policy.h"
#include "formats/parquet/parquet_file_reader.h"

namespace laminar::connectors {

class ParquetSource final : public SourceReader {
 public:
  /// `in_order`: rows of later files are not older.
  ParquetSource(SourceContext context, std::vector<FileSplit> splits, bool in_order);
  ~ParquetSource() override;

  absl::Status Open() override;
  absl::StatusOr<PollResult> Poll(data::Chunk& chunk) override LAMINAR_EXCLUDES(mutex_);
  /// BLOCKS: shortly, when bad records were written to a file since the last call.
  absl::StatusOr<std::vector<data::SplitPosition>> Positions() override;
  void Close() override LAMINAR_EXCLUDES(mutex_);

 private:
  using BadRow = formats::ParquetFileReader::BadRow;
  // Rows that follow each other in a file: good ones, or such as cannot be used; or its end.
  struct Item {
    data::Chunk chunk;  // of the decoded columns
    std::vector<BadRow> bad_rows;
    size_t file = 0;
    int64_t row = 0;      // of the file
    int64_t size = 0;     // of the file, in bytes
    bool is_end = false;  // there are no more rows
  };

  void Serve() LAMINAR_EXCLUDES(mutex_);
  absl::Status ReadAll() LAMINAR_EXCLUDES(mutex_);
  absl::Status ReadFile(size_t file) LAMINAR_EXCLUDES(mutex_);
  // `place` is of the first row.
  absl::Status SendRows(const Item& place, data::Chunk chunk, std::vector<BadRow> bad_rows)
      LAMINAR_EXCLUDES(mutex_);
  // Waits for room; Cancelled when closed.
  absl::Status Send(Item item) LAMINAR_EXCLUDES(mutex_);
  std::optional<Item> Take() LAMINAR_EXCLUDES(mutex_);
  absl::Status TellBad(const Item& item);
  bool IsLast(size_t file) const;

  SourceContext context_;
  const ColumnSplit split_;
  std::unique_ptr<formats::BadRecordPolicy> policy_;
  std::vector<FileSplit> splits_;      // task thread: as far as was delivered
  const std::vector<FileSplit> from_;  // where they were when it was made
  absl::Status failed_;                // by a bad row
  const bool in_order_;
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
