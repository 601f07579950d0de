// The parts of RegisterStreamFunctions, one per source file. Called once per DuckDB instance.
#ifndef LAMINAR_SQL_CATALOG_REGISTER_FUNCTIONS_H_
#define LAMINAR_SQL_CATALOG_REGISTER_FUNCTIONS_H_

namespace duckdb {
class ExtensionLoader;
}  // namespace duckdb

namespace laminar::sql {

void RegisterScanFunction(duckdb::ExtensionLoader& loader);
void RegisterWindowFunctions(duckdb::ExtensionLoader& loader);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_CATALOG_REGISTER_FUNCTIONS_H_
