#include "sql/catalog/scan_function.h"

#include "duckdb.hpp"
#include "duckdb/common/table_column.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/planner/operator/logical_get.hpp"

#include "sql/catalog/program_catalog.h"
#include "sql/catalog/register_functions.h"

namespace laminar::sql {
namespace {

struct ScanBindData final : public duckdb::TableFunctionData {
  std::shared_ptr<const SourceTable> source;

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    auto copy = duckdb::make_uniq<ScanBindData>();
    copy->source = source;
    return copy;
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    return source == other.Cast<ScanBindData>().source;
  }
};

duckdb::unique_ptr<duckdb::FunctionData> BindScan(duckdb::ClientContext& context,
                                                  duckdb::TableFunctionBindInput& input,
                                                  duckdb::vector<duckdb::LogicalType>& types,
                                                  duckdb::vector<duckdb::string>& names) {
  const std::string name = input.inputs[0].ToString();
  auto data = duckdb::make_uniq<ScanBindData>();
  data->source = ProgramCatalog::Of(context).Find(name);
  if (data->source == nullptr) {
    throw duckdb::BinderException("stream is not in this program: %s", name);
  }
  for (const data::Field& field : data->source->table.schema.fields) {
    types.push_back(field.type);
    names.push_back(field.name);
  }
  return data;
}

// Streams are run by the engine; a plan with a scan never reaches DuckDB's executor.
void RefuseToScan(duckdb::ClientContext&, duckdb::TableFunctionInput&, duckdb::DataChunk&) {
  throw duckdb::InternalException("a stream cannot be scanned by a batch query");
}

// A column without content, so that count(*) reads no column at all.
duckdb::virtual_column_map_t EmptyColumn(duckdb::ClientContext&,
                                         duckdb::optional_ptr<duckdb::FunctionData>) {
  duckdb::virtual_column_map_t columns;
  columns.insert(
      {duckdb::COLUMN_IDENTIFIER_EMPTY, duckdb::TableColumn("", duckdb::LogicalType::BOOLEAN)});
  return columns;
}

}  // namespace

void RegisterScanFunction(duckdb::ExtensionLoader& loader) {
  duckdb::TableFunction scan(kScanFunctionName, {duckdb::LogicalType::VARCHAR}, RefuseToScan,
                             BindScan);
  scan.projection_pushdown = true;
  scan.get_virtual_columns = EmptyColumn;
  loader.RegisterFunction(std::move(scan));
}

const SourceTable* FindScanSource(const duckdb::LogicalGet& get) {
  if (get.function.name != kScanFunctionName || get.bind_data == nullptr) {
    return nullptr;
  }
  return get.bind_data->Cast<ScanBindData>().source.get();
}

std::vector<std::optional<size_t>> ScanColumns(const duckdb::LogicalGet& get) {
  std::vector<std::optional<size_t>> columns;
  for (const duckdb::ColumnIndex& index : get.GetColumnIds()) {
    if (index.IsVirtualColumn()) {
      columns.push_back(std::nullopt);
    } else {
      columns.push_back(index.GetPrimaryIndex());
    }
  }
  return columns;
}

}  // namespace laminar::sql
