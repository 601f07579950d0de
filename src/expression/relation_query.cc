#include "expression/relation_query.h"

#include <exception>
#include <utility>

#include "duckdb.hpp"

#include "data/ascii.h"
#include "expression/duckdb_instance.h"
#include "expression/evaluation_error.h"

namespace laminar::expression {
namespace {

duckdb::DuckDB OpenAlone(const QueryOptions& options) {
  duckdb::DBConfig config;
  config.options.autoload_known_extensions = false;
  config.options.autoinstall_known_extensions = false;
  config.options.temporary_directory = options.spill_folder;
  return duckdb::DuckDB(nullptr, &config);
}

// From here on, nothing but the folders can be reached.
void Confine(duckdb::Connection& connection, const QueryOptions& options) {
  std::string folders = QuoteText(options.spill_folder);
  for (const std::string& folder : options.folders) {
    folders += ", " + QuoteText(folder);
  }
  for (const std::string& statement :
       {std::string("SET GLOBAL TimeZone = 'UTC'"), "SET allowed_directories = [" + folders + "]",
        std::string("SET enable_external_access = false"),
        std::string("SET lock_configuration = true")}) {
    const auto result = connection.Query(statement);
    if (result->HasError()) {
      result->ThrowError();
    }
  }
}

absl::Status DefineViews(duckdb::Connection& connection, const std::vector<Relation>& relations) {
  for (const Relation& relation : relations) {
    const std::string schema = QuoteName(relation.schema);
    for (const std::string& statement : {"CREATE SCHEMA IF NOT EXISTS " + schema,
                                         "CREATE VIEW " + schema + "." + QuoteName(relation.name) +
                                             " AS " + relation.definition}) {
      const auto result = connection.Query(statement);
      if (result->HasError()) {
        return base::Internal(relation.schema + "." + relation.name + ": " + result->GetError());
      }
    }
  }
  return absl::OkStatus();
}

QueryResult Collect(duckdb::MaterializedQueryResult& result) {
  QueryResult collected;
  for (duckdb::idx_t i = 0; i < result.ColumnCount(); ++i) {
    collected.columns.push_back(
        {.name = result.ColumnName(i),
         .is_number = result.types[i].IsNumeric(),
         .is_flag = result.types[i].id() == duckdb::LogicalTypeId::BOOLEAN});
  }
  for (const auto& chunk : result.Collection().Chunks()) {
    for (duckdb::idx_t row = 0; row < chunk.size(); ++row) {
      std::vector<std::optional<std::string>> values;
      for (duckdb::idx_t i = 0; i < chunk.ColumnCount(); ++i) {
        const duckdb::Value value = chunk.GetValue(i, row);
        values.push_back(value.IsNull() ? std::nullopt : std::optional(value.ToString()));
      }
      collected.rows.push_back(std::move(values));
    }
  }
  return collected;
}

}  // namespace

absl::StatusOr<QueryResult> QueryRelations(const std::vector<Relation>& relations,
                                           const std::string& sql,
                                           const QueryOptions& options) {
  try {
    duckdb::DuckDB instance = OpenAlone(options);
    duckdb::Connection connection(instance);
    Confine(connection, options);
    LAMINAR_RETURN_IF_ERROR(DefineViews(connection, relations));
    const auto result = connection.Query(sql);
    if (result->HasError()) {
      result->ThrowError();
    }
    return Collect(*result);
  } catch (const std::exception& exception) {
    return EvaluationError(exception);
  }
}

std::vector<std::string> RelationsNamedIn(const std::string& sql) {
  std::vector<std::string> names;
  try {
    duckdb::Connection connection(DuckDbInstance());
    for (std::string name : connection.GetTableNames(sql, /*qualified=*/true)) {
      std::erase(name, '"');
      name = data::AsciiLower(name);
      names.push_back(name.substr(0, name.find(" as ")));
    }
  } catch (const std::exception&) {
    names.clear();  // whoever runs it is told why
  }
  return names;
}

std::string QuoteName(const std::string& name) {
  return duckdb::KeywordHelper::WriteQuoted(name, '"');
}

std::string QuoteText(const std::string& text) {
  return duckdb::KeywordHelper::WriteQuoted(text, '\'');
}

}  // namespace laminar::expression
