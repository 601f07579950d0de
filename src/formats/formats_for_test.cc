#include "formats/formats_for_test.h"

#include <numeric>

#include "base/assert.h"
#include "base/limits.h"

namespace laminar::formats {
namespace {

data::LogicalType TypeForTest(const std::string& type) {
  return type == "JSON" ? data::LogicalType::JSON() : duckdb::TransformStringToLogicalType(type);
}

}  // namespace

data::Field FieldForTest(const std::string& name, const std::string& type, bool nullable) {
  return {name, TypeForTest(type), nullable};
}

data::ConnectorTable TableForTest(const FormatFactory& format,
                                  std::vector<data::Field> fields,
                                  const std::map<std::string, std::string>& options) {
  data::ConnectorTable table;
  table.name = "t";
  table.connector = "filesystem";
  table.format = format.name();
  table.schema.fields = std::move(fields);
  data::OptionMap given;
  for (const auto& [key, value] : options) {
    given[key].value = value;
  }
  std::vector<data::OptionError> errors;
  table.format_options = data::Options::Check(given, format.options(), errors);
  LAMINAR_ASSERT(errors.empty(), errors.size());
  return table;
}

absl::Status BadRecordsForTest::Handle(const BadRecord& record) {
  records_.push_back({std::string(record.bytes), std::string(record.error), record.position});
  return absl::OkStatus();
}

std::vector<std::string> RowsForTest(const data::Chunk& chunk) {
  std::vector<std::string> rows;
  for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
    std::string& text = rows.emplace_back();
    for (data::idx_t column = 0; column < chunk.num_columns(); ++column) {
      text += (column > 0 ? " | " : "") + chunk.column(column).GetValue(row).ToString();
    }
  }
  return rows;
}

DecodedForTest DecodeForTest(const FormatFactory& format,
                             const data::ConnectorTable& table,
                             std::string_view text,
                             size_t piece_bytes,
                             std::vector<size_t> columns,
                             bool resume) {
  DecodedForTest decoded;
  if (columns.empty()) {
    columns.resize(table.schema.num_columns());
    std::iota(columns.begin(), columns.end(), size_t{0});
  }
  std::vector<data::LogicalType> types;
  types.reserve(columns.size());
  for (const size_t column : columns) {
    types.push_back(table.schema.fields[column].type);
  }
  BadRecordsForTest handler;
  auto decoder = format.MakeDecoder(table, columns, handler);
  if (!decoder.ok()) {
    decoded.status = decoder.status();
    return decoded;
  }
  if (piece_bytes == 0) {
    piece_bytes = text.size();
  }
  size_t begin = 0;
  size_t end = std::min(piece_bytes, text.size());
  data::Chunk chunk = data::Chunk::Allocate(types);
  while (true) {
    // An exact copy, so that a sanitizer sees every byte read outside of it.
    const std::vector<char> bytes(text.begin() + static_cast<int64_t>(begin),
                                  text.begin() + static_cast<int64_t>(end));
    const bool at_end = end == text.size();
    const auto used = (*decoder)->Decode({bytes.data(), bytes.size()}, static_cast<int64_t>(begin),
                                         at_end, chunk);
    if (!used.ok()) {
      decoded.status = used.status();
      break;
    }
    begin += *used;
    if (resume && begin > 0) {
      const DecoderProgress progress = (*decoder)->SaveProgress();
      decoder = format.MakeDecoder(table, columns, handler);
      decoded.status = (*decoder)->Resume(progress);
      if (!decoded.status.ok()) {
        break;
      }
    }
    const bool is_full = chunk.num_rows() == base::kRowsPerChunkMax;
    if (is_full || (at_end && begin == end)) {
      for (std::string& row : RowsForTest(chunk)) {
        decoded.rows.push_back(std::move(row));
      }
      chunk = data::Chunk::Allocate(types);
    }
    if (at_end && begin == end && !is_full) {
      break;
    }
    if (at_end && *used == 0 && !is_full) {
      decoded.status = base::Internal("the decoder is stuck");
      break;
    }
    end = std::min(std::max(end, begin) + (is_full ? 0 : piece_bytes), text.size());
  }
  decoded.bad = handler.records();
  return decoded;
}

data::Chunk ChunkForTest(const data::Schema& schema,
                         const std::vector<std::vector<std::string>>& rows) {
  data::Chunk chunk = data::Chunk::Allocate(schema.Types());
  for (size_t row = 0; row < rows.size(); ++row) {
    for (size_t column = 0; column < rows[row].size(); ++column) {
      const data::LogicalType& type = schema.fields[column].type;
      data::Value value(type);
      if (rows[row][column] != "NULL") {
        value = data::Value(rows[row][column]).DefaultCastAs(type);
      }
      chunk.column(column).SetValue(row, value);
    }
  }
  chunk.set_num_rows(rows.size());
  return chunk;
}

std::string EncodeForTest(const FormatFactory& format,
                          const data::ConnectorTable& table,
                          const data::Chunk& chunk) {
  auto encoder = format.MakeEncoder(table);
  if (!encoder.ok()) {
    return encoder.status().ToString();
  }
  std::string bytes;
  absl::Status status = (*encoder)->Begin(bytes);
  if (status.ok()) {
    status = (*encoder)->Encode(chunk, bytes);
  }
  return status.ok() ? bytes : status.ToString();
}

}  // namespace laminar::formats
