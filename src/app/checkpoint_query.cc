#include "app/checkpoint_query.h"

#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include <fmt/format.h>
#include <fmt/ranges.h>

#include "base/file.h"
#include "base/scratch_folder.h"
#include "control/checkpoint/verify.h"
#include "data/ascii.h"

namespace laminar::app {
namespace {

using expression::QuoteName;
using expression::QuoteText;

// Of the column `_change` of files; see StateTable::ChangeSchema.
constexpr int kRowPut = 0;
constexpr int kSliceGone = 2;

// Rows of one file have an order of their own, and files have one.
constexpr int64_t kRowsPerFileMax = int64_t{1} << 40;

// Where the files of a checkpoint can be read, until this is gone.
class LocalFiles {
 public:
  static absl::StatusOr<LocalFiles> Make(const control::StateDirectory& directory) {
    LAMINAR_ASSIGN_OR_RETURN(base::ScratchFolder scratch,
                             base::ScratchFolder::Make("laminar-query"));
    return LocalFiles(directory.store(), FolderOf(directory), std::move(scratch));
  }

  absl::Status Fetch(const rpc::StoredObject& object) {
    if (paths_.contains(object.key)) {
      return absl::OkStatus();
    }
    LAMINAR_RETURN_IF_ERROR(control::CheckObject(store_, object));
    std::string path = base::JoinPath(folder_, object.key);
    if (folder_.empty()) {
      path = base::JoinPath(scratch_.path(), fmt::format("{}.parquet", paths_.size()));
      LAMINAR_RETURN_IF_ERROR(store_.GetFile(object.key, path));
    }
    paths_[object.key] = std::move(path);
    return absl::OkStatus();
  }
  std::string PathOf(const rpc::StoredObject& object) const { return paths_.at(object.key); }

  expression::QueryOptions query_options() const {
    return {.folders = {folder_.empty() ? scratch_.path() : folder_},
            .spill_folder = scratch_.path()};
  }

 private:
  LocalFiles(storage::ObjectStore& store, std::string folder, base::ScratchFolder scratch)
      : store_(store), folder_(std::move(folder)), scratch_(std::move(scratch)) {}

  storage::ObjectStore& store_;
  std::string folder_;  // of a local store; empty: files are copied
  base::ScratchFolder scratch_;
  std::map<std::string, std::string> paths_;
};

// The columns of the view: those of the table, in the types that it says.
std::vector<rpc::StateColumn> ColumnsOf(const rpc::TableState& table) {
  std::vector<rpc::StateColumn> columns = {{.name = "_key_group", .type = "INTEGER"}};
  if (table.sliced) {
    columns.push_back({.name = "_start", .type = "BIGINT"});
    columns.push_back({.name = "_end", .type = "BIGINT"});
  }
  columns.insert(columns.end(), table.keys.begin(), table.keys.end());
  columns.insert(columns.end(), table.values.begin(), table.values.end());
  return columns;
}

std::string SelectFile(const rpc::StateFile& file, size_t position, const std::string& path) {
  return fmt::format(
      "SELECT * EXCLUDE (file_row_number), {} + file_row_number AS _order FROM read_parquet({}, "
      "file_row_number => true, hive_partitioning => false) WHERE _key_group >= {} AND _key_group "
      "< {}",
      static_cast<int64_t>(position) * kRowsPerFileMax, QuoteText(path), file.key_group_begin,
      file.key_group_end);
}

// What says which row another one takes the place of.
std::string IdentityOf(const rpc::TableState& table) {
  std::vector<std::string> names = {"_key_group"};
  if (table.sliced) {
    names.insert(names.end(), {"_start", "_end"});
  }
  for (const rpc::StateColumn& key : table.keys) {
    names.push_back(QuoteName(key.name));
  }
  return fmt::format("{}", fmt::join(names, ", "));
}

bool IsNamed(const std::vector<std::string>& names, const StateRelation& relation) {
  return std::find(names.begin(), names.end(), data::AsciiLower(relation.FullName())) !=
         names.end();
}

// A query that names only tables needs these; of any other, all are taken.
std::vector<StateRelation> RelationsFor(const Checkpoint& checkpoint, const std::string& sql) {
  const std::vector<StateRelation> all = StateRelations(checkpoint);
  const std::vector<std::string> names = expression::RelationsNamedIn(sql);
  std::vector<StateRelation> named;
  std::copy_if(all.begin(), all.end(), std::back_inserter(named),
               [&names](const StateRelation& relation) { return IsNamed(names, relation); });
  return named.empty() || named.size() < names.size() ? all : named;
}

}  // namespace

std::vector<StateRelation> StateRelations(const Checkpoint& checkpoint) {
  std::vector<StateRelation> relations;
  std::set<std::string> schemas;
  for (const rpc::OperatorState& state : checkpoint.manifest.operators) {
    std::string schema = state.name;
    if (!schemas.insert(schema).second) {
      schema = fmt::format("{}_{:016x}", state.name, state.op.fingerprint);
    }
    for (const rpc::TableState& table : state.tables) {
      relations.push_back({.schema = schema, .name = table.name, .table = &table});
    }
  }
  return relations;
}

std::string DefineStateRelation(
    const rpc::TableState& table,
    const std::function<std::string(const rpc::StoredObject&)>& path_of) {
  std::vector<std::string> casts;
  std::vector<std::string> nothing;
  std::vector<std::string> untyped;
  for (const rpc::StateColumn& column : ColumnsOf(table)) {
    const std::string name = QuoteName(column.name);
    casts.push_back(fmt::format("CAST({} AS {}) AS {}", name, column.type, name));
    nothing.push_back(fmt::format("CAST(NULL AS {}) AS {}", column.type, name));
    untyped.push_back(fmt::format("NULL AS {}", name));
  }
  if (table.files.empty()) {
    return fmt::format("SELECT {} WHERE false", fmt::join(nothing, ", "));
  }
  std::vector<std::string> files;
  for (size_t i = 0; i < table.files.size(); ++i) {
    files.push_back(SelectFile(table.files[i], i, path_of(table.files[i].object)));
  }
  // First a table without rows and types: a column that was added is NULL in files that lack it.
  std::string sql = fmt::format(
      "WITH changes AS NOT MATERIALIZED (SELECT {}, 0::TINYINT AS _change, 0::BIGINT AS _order "
      "WHERE false UNION ALL BY NAME {}), versions AS NOT MATERIALIZED (SELECT * FROM changes "
      "WHERE "
      "_change <> {})",
      fmt::join(untyped, ", "), fmt::join(files, " UNION ALL BY NAME "), kSliceGone);
  std::string wanted = fmt::format("_change = {}", kRowPut);
  if (!table.keys.empty()) {
    wanted += fmt::format(" AND _order IN (SELECT max(_order) FROM versions GROUP BY {})",
                          IdentityOf(table));
  }
  if (table.sliced) {
    sql += fmt::format(
        ", gone AS (SELECT _start, _end, _key_group, max(_order) AS _order FROM changes WHERE "
        "_change = {} GROUP BY ALL)",
        kSliceGone);
    wanted +=
        " AND NOT EXISTS (SELECT 1 FROM gone WHERE gone._start = versions._start AND gone._end = "
        "versions._end AND gone._key_group = versions._key_group AND gone._order > "
        "versions._order)";
  }
  return fmt::format("{} SELECT {} FROM versions WHERE {}", sql, fmt::join(casts, ", "), wanted);
}

absl::StatusOr<expression::QueryResult> QueryCheckpoint(const control::StateDirectory& directory,
                                                        const Checkpoint& checkpoint,
                                                        const std::string& sql) {
  LAMINAR_ASSIGN_OR_RETURN(LocalFiles files, LocalFiles::Make(directory));
  std::vector<expression::Relation> relations;
  for (const StateRelation& relation : RelationsFor(checkpoint, sql)) {
    for (const rpc::StateFile& file : relation.table->files) {
      LAMINAR_RETURN_IF_ERROR(files.Fetch(file.object));
    }
    relations.push_back({.schema = relation.schema,
                         .name = relation.name,
                         .definition = DefineStateRelation(
                             *relation.table, [&files](const rpc::StoredObject& object) {
                               return files.PathOf(object);
                             })});
  }
  return expression::QueryRelations(relations, sql, files.query_options());
}

}  // namespace laminar::app
