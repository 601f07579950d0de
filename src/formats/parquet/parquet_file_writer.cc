#include "formats/parquet/parquet_file_writer.h"

#include <exception>

#include "parquet_writer.hpp"
#include "writer/primitive_column_writer.hpp"
#include "zstd_file_system.hpp"

#include "base/limits.h"
#include "formats/parquet/duckdb_error.h"
#include "formats/parquet/parquet_types.h"

namespace laminar::formats {
namespace {

constexpr std::string_view kCannotWrite = "cannot write Parquet file";

duckdb_parquet::CompressionCodec::type CodecOf(const std::string& name) {
  using Codec = duckdb_parquet::CompressionCodec;
  if (name == "uncompressed") {
    return Codec::UNCOMPRESSED;
  }
  if (name == "snappy") {
    return Codec::SNAPPY;
  }
  if (name == "gzip") {
    return Codec::GZIP;
  }
  if (name == "lz4" || name == "lz4_raw") {
    return Codec::LZ4_RAW;
  }
  return Codec::ZSTD;
}

}  // namespace

ParquetWriteOptions ParquetWriteOptions::FromTable(const data::Options& format_options) {
  ParquetWriteOptions options;
  options.compression = format_options.GetStringOr("parquet.compression", options.compression);
  if (format_options.Has("parquet.row_group_size")) {
    options.row_group_bytes = format_options.GetInteger("parquet.row_group_size");
  }
  return options;
}

struct ParquetFileWriter::Impl {
  Impl(duckdb::ClientContext& client, std::string file_path, const ParquetWriteOptions& options)
      : context(client),
        path(std::move(file_path)),
        compression(options.compression),
        row_group_bytes(options.row_group_bytes) {}

  void Open() {
    if (writer != nullptr) {
      return;
    }
    writer = std::make_unique<duckdb::ParquetWriter>(
        context, duckdb::FileSystem::GetFileSystem(context), path, written_types, names,
        CodecOf(compression), duckdb::ChildFieldIDs(),
        duckdb::vector<std::pair<std::string, std::string>>(),
        duckdb::shared_ptr<duckdb::ParquetEncryptionConfig>(), duckdb::optional_idx(),
        duckdb::PrimitiveColumnWriter::MAX_UNCOMPRESSED_DICT_PAGE_SIZE,
        /*enable_bloom_filters=*/true, /*bloom_filter_false_positive_ratio=*/0.01,
        duckdb::ZStdFileSystem::DefaultCompressionLevel(), /*debug_use_openssl=*/true,
        duckdb::ParquetVersion::V1, duckdb::GeoParquetVersion::V1);
  }
  void StartRowGroup() {
    buffer = std::make_unique<duckdb::ColumnDataCollection>(duckdb::Allocator::DefaultAllocator(),
                                                            written_types);
    buffer->InitializeAppend(append_state);
  }
  void FlushRowGroup() {
    if (buffer->Count() > 0) {
      Open();
      append_state.current_chunk_state.handles.clear();
      writer->Flush(*buffer);
      StartRowGroup();
    }
  }

  duckdb::ClientContext& context;
  const std::string path;
  const std::string compression;
  const int64_t row_group_bytes;
  duckdb::vector<std::string> names;
  duckdb::vector<data::LogicalType> types;
  duckdb::vector<data::LogicalType> written_types;
  std::unique_ptr<duckdb::ParquetWriter> writer;
  std::unique_ptr<duckdb::ColumnDataCollection> buffer;
  duckdb::ColumnDataAppendState append_state;
  int64_t num_rows = 0;
};

absl::StatusOr<std::unique_ptr<ParquetFileWriter>> ParquetFileWriter::Create(
    duckdb::ClientContext& context,
    const std::string& path,
    const data::Schema& schema,
    const ParquetWriteOptions& options) {
  auto impl = std::make_unique<Impl>(context, path, options);
  for (size_t i = 0; i < schema.num_visible_columns(); ++i) {
    const data::Field& field = schema.fields[i];
    const std::optional<data::LogicalType> written = ParquetTypeOf(field.type);
    if (!written.has_value()) {
      return base::InvalidArgument("column '" + field.name + "' of type " + field.type.ToString() +
                                   " cannot be written as Parquet");
    }
    impl->names.push_back(field.name);
    impl->types.push_back(field.type);
    impl->written_types.push_back(*written);
  }
  try {
    impl->StartRowGroup();
  } catch (const std::exception& error) {
    return FromDuckDbError(error, kCannotWrite, path, absl::StatusCode::kUnavailable);
  }
  std::unique_ptr<ParquetFileWriter> writer(new ParquetFileWriter(std::move(impl)));
  if (!options.open_late) {
    LAMINAR_RETURN_IF_ERROR(writer->Open());
  }
  return writer;
}

ParquetFileWriter::ParquetFileWriter(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ParquetFileWriter::~ParquetFileWriter() = default;

absl::Status ParquetFileWriter::Write(const data::Chunk& chunk) {
  Impl& impl = *impl_;
  const data::idx_t num_rows = chunk.num_rows();
  try {
    // DuckDB's kernels take mutable vectors but only read them.
    auto& source = const_cast<duckdb::DataChunk&>(chunk.columns());
    duckdb::DataChunk rows;
    rows.InitializeEmpty(impl.written_types);
    for (size_t i = 0; i < impl.types.size(); ++i) {
      if (impl.types[i] == impl.written_types[i]) {
        rows.data[i].Reference(source.data[i]);
        continue;
      }
      data::Vector cast(impl.written_types[i], num_rows);
      std::string message;
      if (!duckdb::VectorOperations::DefaultTryCast(source.data[i], cast, num_rows, &message)) {
        return base::InvalidArgument(std::string(kCannotWrite) + " " + impl.path + ": " + message);
      }
      rows.data[i].Reference(cast);
    }
    rows.SetCardinality(num_rows);
    impl.buffer->Append(impl.append_state, rows);
    impl.num_rows += static_cast<int64_t>(num_rows);
    if (bytes_buffered() >= impl.row_group_bytes ||
        impl.buffer->Count() >= static_cast<size_t>(base::kRowsPerRowGroupMax)) {
      impl.FlushRowGroup();
    }
  } catch (const std::exception& error) {
    return FromDuckDbError(error, kCannotWrite, impl.path, absl::StatusCode::kUnavailable);
  }
  return absl::OkStatus();
}

absl::Status ParquetFileWriter::Open() {
  try {
    impl_->Open();
  } catch (const std::exception& error) {
    return FromDuckDbError(error, kCannotWrite, impl_->path, absl::StatusCode::kUnavailable);
  }
  return absl::OkStatus();
}

absl::Status ParquetFileWriter::FlushRowGroup() {
  try {
    impl_->FlushRowGroup();
  } catch (const std::exception& error) {
    return FromDuckDbError(error, kCannotWrite, impl_->path, absl::StatusCode::kUnavailable);
  }
  return absl::OkStatus();
}

absl::Status ParquetFileWriter::Finish() {
  try {
    impl_->Open();
    impl_->FlushRowGroup();
    impl_->writer->Finalize();
  } catch (const std::exception& error) {
    return FromDuckDbError(error, kCannotWrite, impl_->path, absl::StatusCode::kUnavailable);
  }
  return absl::OkStatus();
}

int64_t ParquetFileWriter::num_rows() const { return impl_->num_rows; }

int64_t ParquetFileWriter::bytes_buffered() const {
  return static_cast<int64_t>(impl_->buffer->SizeInBytes());
}

int64_t ParquetFileWriter::bytes_written() const {
  return impl_->writer == nullptr ? 0 : static_cast<int64_t>(impl_->writer->FileSize());
}

bool ParquetFileWriter::is_open() const { return impl_->writer != nullptr; }

}  // namespace laminar::formats
