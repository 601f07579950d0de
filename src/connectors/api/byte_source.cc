#include "connectors/api/byte_source.h"

#include <algorithm>
#include <cstring>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/limits.h"
#include "formats/format_registry.h"

namespace laminar::connectors {
namespace {

// A record that is longer than this is looked at again only each time that it has doubled.
constexpr size_t kLongRecordBytes = 1 << 20;
// Formats bound the length of a record themselves; this holds where one does not.
constexpr size_t kRecordBytesBound = 2 * base::kRecordBytesMax;

}  // namespace

const std::vector<MetadataField>& FileMetadataFields() {
  static const std::vector<MetadataField> fields = {
      {"file", data::LogicalType::VARCHAR, "Path of the file that the row is from."},
      {"filename", data::LogicalType::VARCHAR, "Another name of file."},
      {"row", data::LogicalType::BIGINT, "How many rows of the file came before this one."},
  };
  return fields;
}

ColumnSplit ColumnSplit::Of(const data::ConnectorTable& table, const std::vector<size_t>& columns) {
  ColumnSplit split;
  for (size_t output = 0; output < columns.size(); ++output) {
    const std::string& name = table.schema.fields[columns[output]].name;
    const auto metadata = std::ranges::find_if(
        table.metadata, [&](const data::MetadataColumn& column) { return column.column == name; });
    if (metadata != table.metadata.end()) {
      split.metadata.push_back({output, metadata->key});
    } else {
      split.decoded.push_back(columns[output]);
      split.decoded_output.push_back(output);
    }
  }
  return split;
}

data::Chunk ColumnSplit::Join(const SourceContext& context,
                              data::Chunk decoded_chunk,
                              const std::string& input,
                              int64_t row) const {
  if (metadata.empty()) {
    return decoded_chunk;
  }
  std::vector<data::LogicalType> types;
  for (const size_t column : context.columns) {
    types.push_back(context.table.schema.fields[column].type);
  }
  data::Chunk chunk = data::Chunk::Shell(types);
  for (size_t i = 0; i < decoded_output.size(); ++i) {
    chunk.column(decoded_output[i]).Reference(decoded_chunk.column(i));
  }
  for (const Metadata& column : metadata) {
    data::Vector& vector = chunk.column(column.output);
    if (column.key == "row") {
      vector.Sequence(row, 1, decoded_chunk.num_rows());
      vector.Flatten(decoded_chunk.num_rows());
    } else {
      vector.Reference(data::Value(input));
    }
  }
  chunk.set_num_rows(decoded_chunk.num_rows());
  chunk.set_arrival(decoded_chunk.arrival());
  return chunk;
}

ByteSource::ByteSource(SourceContext context,
                       std::unique_ptr<InputSequence> inputs,
                       std::vector<FileSplit> splits)
    : context_(std::move(context)),
      split_(ColumnSplit::Of(context_.table, context_.columns)),
      inputs_(std::move(inputs)),
      splits_(std::move(splits)) {
  for (const size_t column : split_.decoded) {
    decoded_types_.push_back(context_.table.schema.fields[column].type);
  }
}

ByteSource::~ByteSource() = default;

absl::Status ByteSource::Open() {
  const formats::FormatFactory* format =
      formats::FormatRegistry::Global().Find(context_.table.format);
  if (format == nullptr) {
    return base::InvalidArgument("unknown format: " + context_.table.format);
  }
  LAMINAR_ASSIGN_OR_RETURN(policy_, formats::BadRecordPolicy::Make(context_.table));
  LAMINAR_ASSIGN_OR_RETURN(decoder_, format->MakeDecoder(context_.table, split_.decoded, *policy_));
  reader_ = std::make_unique<ReadAhead>(std::move(inputs_), context_.clock, context_.wake);
  return absl::OkStatus();
}

absl::StatusOr<PollResult> ByteSource::Poll(data::Chunk& chunk) {
  PollResult result;
  if (finished_) {
    result.state = PollState::kEnd;
    return result;
  }
  data::Chunk decoded = data::Chunk::Allocate(decoded_types_);
  const absl::StatusOr<Step> step = Fill(decoded);
  const formats::BadRecordCounters& bad = policy_->counters();
  context_.counters.bad_records = bad.bad_records;
  context_.counters.dropped_records = bad.dropped_records;
  context_.counters.dead_letter_records = bad.dead_letter_records;
  context_.counters.bytes = reader_->raw_bytes();
  if (!step.ok()) {
    return step.status();
  }
  if (*step == Step::kDeliver) {
    const auto num_rows = static_cast<int64_t>(decoded.num_rows());
    chunk = split_.Join(context_, std::move(decoded), input_name_, input_rows_);
    input_rows_ += num_rows;
    context_.counters.rows += num_rows;
    result.state = PollState::kChunk;
    result.splits_wait = others_wait_;
    return result;
  }
  LAMINAR_RETURN_IF_ERROR(policy_->Flush());
  if (*step == Step::kEnd) {
    finished_ = true;
    result.state = PollState::kEnd;
  }
  return result;
}

absl::StatusOr<ByteSource::Step> ByteSource::Fill(data::Chunk& chunk) {
  while (true) {
    LAMINAR_RETURN_IF_ERROR(decoding_);
    if (!exhausted_) {
      decoding_ = DecodeSome(input_ended_, chunk);
      if (!decoding_.ok() && chunk.num_rows() > 0) {
        return Step::kDeliver;  // what came before is good
      }
      if (chunk.num_rows() == base::kRowsPerChunkMax) {
        return Step::kDeliver;
      }
      continue;
    }
    // Rows are told apart by input only where somebody wants to know.
    if (input_ended_ && chunk.num_rows() > 0 && (others_wait_ || !split_.metadata.empty())) {
      return Step::kDeliver;
    }
    std::optional<ReadEvent> event = reader_->TryTake();
    if (!event.has_value()) {
      if (chunk.num_rows() > 0) {
        return Step::kDeliver;
      }
      if (outcome_.has_value()) {
        return outcome_->ok() ? absl::StatusOr<Step>(Step::kEnd) : *outcome_;
      }
      return Step::kWait;
    }
    switch (event->kind) {
      case ReadEvent::Kind::kBegin:
        LAMINAR_RETURN_IF_ERROR(StartInput(*event));
        break;
      case ReadEvent::Kind::kBytes:
        TakeBlock(std::move(event->block));
        exhausted_ = block_.view().size() < bytes_wanted_;
        break;
      case ReadEvent::Kind::kEnd:
        input_ended_ = true;
        // Also without a byte: a format may need one.
        exhausted_ = false;
        break;
      case ReadEvent::Kind::kFailed:
      case ReadEvent::Kind::kFinished:
        // Rows that came before are delivered first.
        outcome_ = std::move(event->status);
        if (outcome_->ok() && current_ != nullptr) {
          current_->done = true;
        }
        break;
    }
  }
}

absl::Status ByteSource::StartInput(const ReadEvent& begin) {
  input_name_ = begin.name;
  others_wait_ = begin.others_wait;
  input_rows_ = 0;
  input_ended_ = false;
  position_ = 0;
  bytes_wanted_ = 0;
  block_.begin = block_.end;
  policy_->set_source(input_name_);
  if (splits_.empty()) {
    decoder_->StartInput();
    return absl::OkStatus();
  }
  if (current_ != nullptr) {
    current_->done = true;
  }
  current_ = &splits_[begin.split];
  current_->size = begin.size;
  current_->is_stream = begin.is_stream;
  position_ = current_->offset;
  input_rows_ = current_->rows;
  if (position_ == 0) {
    decoder_->StartInput();
    return absl::OkStatus();
  }
  return decoder_->Resume(current_->progress);
}

absl::StatusOr<std::vector<data::SplitPosition>> ByteSource::Positions() {
  // Behind rows that were delivered and before a record that fails the job there is no position.
  LAMINAR_RETURN_IF_ERROR(decoding_);
  LAMINAR_RETURN_IF_ERROR(policy_->Sync());
  if (current_ != nullptr && !current_->done) {
    current_->done = input_ended_ && exhausted_;
    current_->offset = position_;
    current_->rows = input_rows_;
    current_->progress = decoder_->SaveProgress();
  }
  std::vector<data::SplitPosition> positions;
  positions.reserve(splits_.size());
  for (const FileSplit& split : splits_) {
    positions.push_back(split.Position());
  }
  return positions;
}

absl::Status ByteSource::DecodeSome(bool at_end, data::Chunk& chunk) {
  const std::string_view bytes = block_.view();
  const data::idx_t rows_before = chunk.num_rows();
  const absl::StatusOr<size_t> decoded = decoder_->Decode(bytes, position_, at_end, chunk);
  if (rows_before == 0 && chunk.num_rows() > 0) {
    chunk.set_arrival(block_.arrival);
  }
  LAMINAR_ASSIGN_OR_RETURN(const size_t consumed, decoded);
  LAMINAR_ASSERT(consumed <= bytes.size(), consumed);
  block_.begin += consumed;
  position_ += static_cast<int64_t>(consumed);
  if (chunk.num_rows() == base::kRowsPerChunkMax) {
    // There may be more; nothing left is found out next time.
    exhausted_ = false;
    return absl::OkStatus();
  }
  exhausted_ = true;
  const size_t rest = bytes.size() - consumed;
  if (at_end) {
    if (rest > 0) {
      return base::Internal(
          fmt::format("decoder left {} bytes at the end of {}", rest, input_name_));
    }
    return absl::OkStatus();
  }
  if (rest > kRecordBytesBound) {
    return base::InvalidArgument(fmt::format("{}: record at byte {} is longer than {} bytes",
                                             input_name_, position_, kRecordBytesBound));
  }
  bytes_wanted_ = rest < kLongRecordBytes ? 0 : std::min(2 * rest, kRecordBytesBound + 1);
  return absl::OkStatus();
}

// Puts the rest of the old block in front of the new one.
void ByteSource::TakeBlock(ByteBlock block) {
  const std::string_view rest = block_.view();
  if (rest.empty()) {
    std::swap(block_, block);
    reader_->Recycle(std::move(block));
    return;
  }
  if (rest.size() <= block.begin) {
    block.begin -= rest.size();
    std::memcpy(block.storage.data() + block.begin, rest.data(), rest.size());
    block.arrival = block_.arrival;
    std::swap(block_, block);
    reader_->Recycle(std::move(block));
    return;
  }
  // A long record is gathered in a string that grows by factors.
  block_.storage.resize(block_.end);
  block_.storage += block.view();
  block_.end = block_.storage.size();
  block_.storage.append(ByteBlock::kPaddingBytes, '\0');
  reader_->Recycle(std::move(block));
}

void ByteSource::Close() {
  if (reader_ != nullptr) {
    reader_->Close();
    reader_.reset();
  }
  decoder_.reset();
  policy_.reset();
}

}  // namespace laminar::connectors
