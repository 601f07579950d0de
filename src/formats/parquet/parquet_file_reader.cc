#include "formats/parquet/parquet_file_reader.h"

#include <algorithm>
#include <map>
#include <numeric>

#include "parquet_reader.hpp"

#include "base/limits.h"
#include "formats/parquet/duckdb_error.h"

namespace laminar::formats {
namespace {

constexpr std::string_view kCannotRead = "cannot read Parquet file";

// One wanted column: where it comes from and whether it must be cast.
struct Source {
  data::Field field;
  std::optional<size_t> place;  // among the columns that are scanned; nullopt: NULL
  bool needs_cast = false;
};

bool MayBeCast(const data::LogicalType& from, const data::LogicalType& to) {
  const bool is_text =
      from.id() == data::LogicalTypeId::VARCHAR || to.id() == data::LogicalTypeId::VARCHAR;
  return is_text || from.IsNested() == to.IsNested();
}

// What is wrong with rows of one chunk, by their place; the first error of each.
using RowErrors = std::map<data::idx_t, std::string>;

void FindNulls(const data::Field& field,
               data::Vector& vector,
               data::idx_t num_rows,
               RowErrors& errors) {
  data::UnifiedVectorFormat format;
  vector.ToUnifiedFormat(num_rows, format);
  if (format.validity.AllValid()) {
    return;
  }
  for (data::idx_t row = 0; row < num_rows; ++row) {
    if (!format.validity.RowIsValid(format.sel->get_index(row))) {
      errors.try_emplace(row, "field '" + field.name + "': NULL, but NOT NULL");
    }
  }
}

/// Dictionary pages are delivered as references to the reader's own dictionary and selection, which
/// the next Scan overwrites: such columns get values of their own.
void OwnValues(data::Vector& vector, data::idx_t num_rows) {
  if (vector.GetVectorType() == duckdb::VectorType::DICTIONARY_VECTOR) {
    vector.Flatten(num_rows);
  }
  if (vector.GetType().InternalType() == duckdb::PhysicalType::STRUCT) {
    for (auto& child : duckdb::StructVector::GetEntries(vector)) {
      OwnValues(*child, num_rows);
    }
  }
}

bool TryCast(data::Vector& from, data::Vector& to, data::idx_t num_rows, std::string& message) {
  try {
    message.clear();
    return duckdb::VectorOperations::DefaultTryCast(from, to, num_rows, &message);
  } catch (const std::exception& error) {
    message = duckdb::ErrorData(error).RawMessage();
    return false;
  }
}

}  // namespace

struct ParquetFileReader::Impl {
  Impl(duckdb::ClientContext& client_context, std::string file_path)
      : context(client_context), path(std::move(file_path)) {}

  data::Vector Cast(const data::Field& field,
                    data::Vector& from,
                    data::idx_t num_rows,
                    RowErrors& errors) const;
  absl::StatusOr<data::idx_t> Scan(data::Chunk& scanned);
  // The scanned columns of a row, for people.
  std::string RowText(const data::Chunk& scanned, data::idx_t row) const;

  duckdb::ClientContext& context;
  const std::string path;
  duckdb::shared_ptr<duckdb::ParquetReader> reader;
  data::Schema schema;
  std::vector<Source> sources;
  std::vector<data::LogicalType> scanned_types;
  std::unique_ptr<duckdb::ParquetReaderScanState> scan;
  int64_t rows_to_skip = 0;
};

// Rows that cannot be cast become NULL.
data::Vector ParquetFileReader::Impl::Cast(const data::Field& field,
                                           data::Vector& from,
                                           data::idx_t num_rows,
                                           RowErrors& errors) const {
  data::Vector cast(field.type);
  std::string message;
  if (TryCast(from, cast, num_rows, message)) {
    return cast;
  }
  // Seldom: find out which rows, one by one.
  data::Vector one_by_one(field.type);
  for (data::idx_t row = 0; row < num_rows; ++row) {
    data::SelectionVector selection(1);
    selection.set_index(0, row);
    data::Vector value(from, selection, 1);
    data::Vector result(field.type);
    if (TryCast(value, result, 1, message)) {
      duckdb::VectorOperations::Copy(result, one_by_one, 1, 0, row);
    } else {
      duckdb::FlatVector::SetNull(one_by_one, row, true);
      errors.try_emplace(row, "field '" + field.name + "': " + message);
    }
  }
  return one_by_one;
}

std::string ParquetFileReader::Impl::RowText(const data::Chunk& scanned, data::idx_t row) const {
  duckdb::child_list_t<data::Value> values;
  for (const Source& source : sources) {
    if (source.place.has_value()) {
      values.emplace_back(source.field.name, scanned.column(*source.place).GetValue(row));
    }
  }
  return data::Value::STRUCT(std::move(values)).ToString();
}

absl::StatusOr<std::unique_ptr<ParquetFileReader>> ParquetFileReader::Open(
    duckdb::ClientContext& context,
    const std::string& path) {
  auto impl = std::make_unique<Impl>(context, path);
  try {
    impl->reader = duckdb::make_shared_ptr<duckdb::ParquetReader>(
        context, duckdb::OpenFileInfo(path), duckdb::ParquetOptions());
    for (const auto& column : impl->reader->GetColumns()) {
      impl->schema.fields.push_back({column.name, column.type});
    }
  } catch (const std::exception& error) {
    return FromDuckDbError(error, kCannotRead, path, absl::StatusCode::kDataLoss);
  }
  return std::unique_ptr<ParquetFileReader>(new ParquetFileReader(std::move(impl)));
}

ParquetFileReader::ParquetFileReader(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
ParquetFileReader::~ParquetFileReader() = default;

const data::Schema& ParquetFileReader::schema() const { return impl_->schema; }

int64_t ParquetFileReader::num_rows() const {
  return static_cast<int64_t>(impl_->reader->NumRows());
}

absl::Status ParquetFileReader::Select(const std::vector<data::Field>& wanted, int64_t first_row) {
  duckdb::ParquetReader& reader = *impl_->reader;
  impl_->sources.clear();
  impl_->scanned_types.clear();
  reader.column_ids = {};
  reader.column_indexes.clear();
  for (const data::Field& field : wanted) {
    Source source{field, std::nullopt};
    std::optional<size_t> index = impl_->schema.Find(field.name);
    for (size_t i = 0; i < impl_->schema.num_columns(); ++i) {
      if (impl_->schema.fields[i].name == field.name) {
        index = i;
        break;
      }
    }
    if (!index.has_value() && !field.nullable) {
      return base::InvalidArgument("Parquet file " + impl_->path + " has no column '" + field.name +
                                   "', which is NOT NULL; it has: " + impl_->schema.ToString());
    }
    if (index.has_value()) {
      const data::LogicalType& type = impl_->schema.fields[*index].type;
      if (!MayBeCast(type, field.type)) {
        return base::InvalidArgument("Parquet file " + impl_->path + ": column '" + field.name +
                                     "' cannot be read as " + field.type.ToString() + ", it is " +
                                     type.ToString());
      }
      source.place = impl_->scanned_types.size();
      source.needs_cast = type != field.type;
      impl_->scanned_types.push_back(type);
      reader.column_ids.push_back(duckdb::MultiFileLocalColumnId(*index));
      reader.column_indexes.emplace_back(*index);
    }
    impl_->sources.push_back(std::move(source));
  }
  try {
    const std::vector<duckdb_parquet::RowGroup>& groups = reader.GetFileMetadata()->row_groups;
    size_t first_group = 0;
    impl_->rows_to_skip = first_row;
    while (first_group < groups.size() && groups[first_group].num_rows <= impl_->rows_to_skip) {
      impl_->rows_to_skip -= groups[first_group++].num_rows;
    }
    duckdb::vector<duckdb::idx_t> row_groups(groups.size() - first_group);
    std::iota(row_groups.begin(), row_groups.end(), first_group);
    impl_->scan = std::make_unique<duckdb::ParquetReaderScanState>();
    reader.InitializeScan(impl_->context, *impl_->scan, std::move(row_groups));
  } catch (const std::exception& error) {
    return FromDuckDbError(error, kCannotRead, impl_->path, absl::StatusCode::kDataLoss);
  }
  return absl::OkStatus();
}

// Reads rows into `scanned` and leaves out those that are to be skipped, but for the first of the
// chunk that has others too: returns how many of it.
absl::StatusOr<data::idx_t> ParquetFileReader::Impl::Scan(data::Chunk& scanned) {
  while (true) {
    // Fresh buffers each time: what was delivered is not ours any more.
    scanned = data::Chunk::Allocate(scanned_types);
    try {
      reader->Scan(context, *scan, scanned.columns());
    } catch (const std::exception& error) {
      return FromDuckDbError(error, kCannotRead, path, absl::StatusCode::kDataLoss);
    }
    const auto num_rows = static_cast<int64_t>(scanned.num_rows());
    const int64_t skipped = std::min(rows_to_skip, num_rows);
    rows_to_skip -= skipped;
    if (skipped < num_rows || num_rows == 0) {
      return static_cast<data::idx_t>(skipped);
    }
  }
}

absl::StatusOr<bool> ParquetFileReader::Next(data::Chunk& chunk, std::vector<BadRow>& bad_rows) {
  Impl& impl = *impl_;
  data::Chunk scanned;
  LAMINAR_ASSIGN_OR_RETURN(const data::idx_t skipped, impl.Scan(scanned));
  const data::idx_t num_rows = scanned.num_rows();
  if (num_rows == 0) {
    return false;
  }
  std::vector<data::LogicalType> types;
  types.reserve(impl.sources.size());
  for (const Source& source : impl.sources) {
    types.push_back(source.field.type);
  }
  chunk = data::Chunk::Shell(types);
  RowErrors errors;
  for (size_t i = 0; i < impl.sources.size(); ++i) {
    const Source& source = impl.sources[i];
    data::Vector& column = chunk.column(i);
    if (!source.place.has_value()) {
      column.Reference(data::Value(source.field.type));
      continue;
    }
    data::Vector& read = scanned.column(*source.place);
    OwnValues(read, num_rows);
    if (source.needs_cast) {
      data::Vector cast = impl.Cast(source.field, read, num_rows, errors);
      column.Reference(cast);
    } else {
      column.Reference(read);
    }
    if (!source.field.nullable) {
      FindNulls(source.field, read, num_rows, errors);
    }
  }
  bad_rows.clear();
  for (const auto& [row, error] : errors) {
    if (row >= skipped) {
      bad_rows.push_back(
          {.row = row - skipped, .record = impl.RowText(scanned, row), .error = error});
    }
  }
  chunk.set_num_rows(num_rows);
  if (skipped > 0) {
    data::SelectionVector rest(num_rows - skipped);
    for (data::idx_t row = skipped; row < num_rows; ++row) {
      rest.set_index(row - skipped, row);
    }
    chunk = chunk.Select(rest, num_rows - skipped);
  }
  return true;
}

}  // namespace laminar::formats
