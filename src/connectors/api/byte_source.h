// ByteSource: a source reader for everything that is a sequence of byte inputs (files, pipes): an
// I/O thread reads and decompresses ahead, the task's thread decodes. Records that cannot be
// decoded go by the table's bad_data policy. Chunks do not span inputs when a metadata column tells
// the input.
#ifndef LAMINAR_CONNECTORS_API_BYTE_SOURCE_H_
#define LAMINAR_CONNECTORS_API_BYTE_SOURCE_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "connectors/api/connector_factory.h"
#include "connectors/api/file_splits.h"
#include "connectors/api/read_ahead.h"
#include "connectors/api/source_reader.h"
#include "formats/bad_record_policy.h"
#include "formats/decoder.h"

namespace laminar::connectors {

/// Metadata keys that ByteSource fills: "file" and "filename" (VARCHAR), the input's name; "row"
/// (BIGINT), how many rows of the input were delivered before this one.
const std::vector<MetadataField>& FileMetadataFields();

/// Positions of `columns` (of table.schema) that are metadata, with their keys, and those that are
/// not. InvalidArgument for unknown keys.
struct ColumnSplit {
  struct Metadata {
    size_t output = 0;  // position in the delivered chunk
    std::string key;
  };
  std::vector<size_t> decoded;         // positions in table.schema
  std::vector<size_t> decoded_output;  // where they go in the delivered chunk
  std::vector<Metadata> metadata;

  static ColumnSplit Of(const data::ConnectorTable& table, const std::vector<size_t>& columns);
  /// Makes the delivered chunk of decoded columns and the metadata of an input.
  data::Chunk Join(const SourceContext& context,
                   data::Chunk decoded_chunk,
                   const std::string& input,
                   int64_t row) const;
};

class ByteSource final : public SourceReader {
 public:
  /// `splits` are what OpenInput::split numbers; empty for inputs of which no position is told.
  ByteSource(SourceContext context,
             std::unique_ptr<InputSequence> inputs,
             std::vector<FileSplit> splits = {});
  ~ByteSource() override;

  absl::Status Open() override;
  absl::StatusOr<PollResult> Poll(data::Chunk& chunk) override;
  /// BLOCKS: shortly, when bad records were written to a file since the last call.
  absl::StatusOr<std::vector<data::SplitPosition>> Positions() override;
  void Close() override;

 private:
  enum class Step { kDeliver, kWait, kEnd };

  // Decodes until the chunk is full, nothing is there, or an input with metadata has ended.
  absl::StatusOr<Step> Fill(data::Chunk& chunk);
  absl::Status DecodeSome(bool at_end, data::Chunk& chunk);
  absl::Status StartInput(const ReadEvent& begin);
  void TakeBlock(ByteBlock block);

  SourceContext context_;
  ColumnSplit split_;
  std::vector<data::LogicalType> decoded_types_;
  std::unique_ptr<InputSequence> inputs_;
  std::vector<FileSplit> splits_;
  FileSplit* current_ = nullptr;  // of splits_; begun last
  std::unique_ptr<formats::BadRecordPolicy> policy_;
  std::unique_ptr<formats::Decoder> decoder_;
  std::unique_ptr<ReadAhead> reader_;
  std::string input_name_;
  bool others_wait_ = false;  // behind the input
  int64_t input_rows_ = 0;
  ByteBlock block_;           // what is read and not yet decoded
  int64_t position_ = 0;      // of its first byte in the input
  size_t bytes_wanted_ = 0;   // decode again only when there are as many, or the input has ended
  bool exhausted_ = true;     // the decoder wants more than there is
  bool input_ended_ = false;  // nothing comes behind the block
  bool finished_ = false;
  absl::Status decoding_;                // its error; rows from before it are delivered first
  std::optional<absl::Status> outcome_;  // of all reading; rows may still be there
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_API_BYTE_SOURCE_H_
