#include "expression/duckdb_instance.h"

#include <memory>

#include "duckdb.hpp"

namespace laminar::expression {
namespace {

std::unique_ptr<duckdb::DuckDB> OpenInstance() {
  duckdb::DBConfig config;
  config.options.maximum_threads = 1;
  config.options.autoload_known_extensions = false;
  config.options.autoinstall_known_extensions = false;
  config.options.use_temporary_directory = false;
  // Files are read once: a cache of their bytes would only grow.
  config.options.enable_external_file_cache = false;
  auto instance = std::make_unique<duckdb::DuckDB>(nullptr, &config);
  duckdb::Connection(*instance).Query("SET GLOBAL TimeZone = 'UTC'");
  return instance;
}

std::unique_ptr<duckdb::Connection> OpenEvaluationConnection() {
  auto connection = std::make_unique<duckdb::Connection>(DuckDbInstance());
  // Functions that look into the catalog or ask for the transaction's time need
  // one that is open.
  connection->BeginTransaction();
  return connection;
}

}  // namespace

duckdb::DuckDB& DuckDbInstance() {
  // Released on purpose: vectors and functions of static lifetime may outlive
  // any order of destruction.
  static duckdb::DuckDB* const instance = OpenInstance().release();
  return *instance;
}

duckdb::ClientContext& EvaluationContext() {
  static duckdb::Connection* const connection = OpenEvaluationConnection().release();
  return *connection->context;
}

}  // namespace laminar::expression
