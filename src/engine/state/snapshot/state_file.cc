#include "engine/state/snapshot/state_file.h"

#include <utility>
#include <vector>

#include "data/distinct_names.h"
#include "expression/duckdb_instance.h"

namespace laminar::engine {
namespace {

// Encoding must not cost more than the state is worth: light compression, and the whole delta as
// one row group where it fits.
constexpr char kCompression[] = "lz4";
constexpr int64_t kRowGroupBytes = 32 << 20;

// `_change` and `_key_group`, which no row is without.
constexpr size_t kNumFixedColumns = 2;

// Parquet has no 128-bit integers. A DECIMAL without digits behind the point is the same number in
// the same bytes, so that nothing has to be computed.
data::LogicalType TypeInFile(const data::LogicalType& type) {
  return type.id() == data::LogicalTypeId::HUGEINT ? data::LogicalType::DECIMAL(38, 0) : type;
}

// The same rows under other types of the same form.
data::Chunk Reinterpret(const data::Chunk& rows, const std::vector<data::LogicalType>& types) {
  data::Chunk result = data::Chunk::Shell(types);
  for (size_t i = 0; i < types.size(); ++i) {
    result.column(i).Reinterpret(const_cast<data::Vector&>(rows.column(i)));
  }
  result.set_num_rows(rows.num_rows());
  return result;
}

// Names of columns are the user's and may be the same but for case: later ones get a number. With
// `reading`, NULL is where a removed row has no values.
data::Schema FileSchema(const data::Schema& schema, bool reading) {
  data::Schema result;
  const std::vector<std::string> names = data::DistinctNames(schema.Names());
  for (const data::Field& field : schema.fields) {
    data::Field column = field;
    column.name = names[result.fields.size()];
    column.type = TypeInFile(field.type);
    if (reading && result.fields.size() >= kNumFixedColumns) {
      column.nullable = true;
    }
    result.fields.push_back(std::move(column));
  }
  return result;
}

absl::Status About(const absl::Status& status, const std::string& object) {
  return base::MakeError(status.code(), "cannot read state file " + object + ": " +
                                            std::string(base::FromAbsl(status.message())));
}

}  // namespace

absl::StatusOr<std::unique_ptr<StateFileWriter>> StateFileWriter::Create(
    const std::string& path,
    const data::Schema& schema) {
  formats::ParquetWriteOptions options;
  options.compression = kCompression;
  options.row_group_bytes = kRowGroupBytes;
  LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<formats::ParquetFileWriter> writer,
                           formats::ParquetFileWriter::Create(expression::EvaluationContext(), path,
                                                              FileSchema(schema, false), options));
  return std::unique_ptr<StateFileWriter>(new StateFileWriter(std::move(writer)));
}

absl::Status StateFileWriter::Add(const data::Chunk& rows) {
  std::vector<data::LogicalType> types = rows.columns().GetTypes();
  for (data::LogicalType& type : types) {
    type = TypeInFile(type);
  }
  return writer_->Write(Reinterpret(rows, types));
}

absl::StatusOr<std::unique_ptr<StateFileReader>> StateFileReader::Open(const std::string& path,
                                                                       const std::string& object,
                                                                       const data::Schema& schema,
                                                                       size_t num_required) {
  auto reader = formats::ParquetFileReader::Open(expression::EvaluationContext(), path);
  if (!reader.ok()) {
    return About(reader.status(), object);
  }
  const data::Schema wanted = FileSchema(schema, true);
  for (size_t i = 0; i < num_required; ++i) {
    if (!(*reader)->schema().Find(wanted.fields[i].name).has_value()) {
      return base::InvalidArgument("a state file lacks a column of its table's keys: column " +
                                   wanted.fields[i].name + " in " + object);
    }
  }
  std::vector<size_t> zeros;
  for (size_t i = num_required; i < wanted.fields.size(); ++i) {
    if (!schema.fields[i].nullable &&
        !(*reader)->schema().Find(wanted.fields[i].name).has_value()) {
      zeros.push_back(i);
    }
  }
  if (absl::Status status = (*reader)->Select(wanted.fields); !status.ok()) {
    return About(status, object);
  }
  return std::unique_ptr<StateFileReader>(
      new StateFileReader(*std::move(reader), object, schema.Types(), std::move(zeros)));
}

absl::StatusOr<std::optional<data::Chunk>> StateFileReader::Next() {
  data::Chunk chunk;
  std::vector<formats::ParquetFileReader::BadRow> bad_rows;
  absl::StatusOr<bool> more = reader_->Next(chunk, bad_rows);
  if (!more.ok()) {
    return About(more.status(), object_);
  }
  if (!bad_rows.empty()) {
    return base::DataLoss("cannot read state file " + object_ + ": " + bad_rows.front().error);
  }
  if (!*more) {
    return std::nullopt;
  }
  data::Chunk rows = Reinterpret(chunk, types_);
  for (const size_t column : zeros_) {
    rows.column(column).Reference(data::Value::INTEGER(0).DefaultCastAs(types_[column]));
    rows.column(column).Flatten(rows.num_rows());
  }
  return rows;
}

}  // namespace laminar::engine
