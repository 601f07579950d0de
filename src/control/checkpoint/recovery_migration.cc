#include "control/checkpoint/recovery_migration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include <fmt/format.h>

namespace laminar::control {

namespace {

// Each holds all values of those before it.
constexpr std::array<std::string_view, 5> kSigned = {"TINYINT", "SMALLINT", "INTEGER", "BIGINT",
                                                     "HUGEINT"};
constexpr std::array<std::string_view, 5> kUnsigned = {"UTINYINT", "USMALLINT", "UINTEGER",
                                                       "UBIGINT", "UHUGEINT"};

template <size_t kSize>
std::optional<size_t> IndexIn(const std::array<std::string_view, kSize>& types,
                              std::string_view type) {
  const auto found = std::find(types.begin(), types.end(), type);
  if (found == types.end()) {
    return std::nullopt;
  }
  return found - types.begin();
}

// Width and scale of `DECIMAL(w,s)`.
std::optional<std::pair<int, int>> ParseDecimal(std::string_view type) {
  constexpr std::string_view kPrefix = "DECIMAL(";
  if (!type.starts_with(kPrefix) || !type.ends_with(')')) {
    return std::nullopt;
  }
  const char* at = type.data() + kPrefix.size();
  const char* const end = type.data() + type.size() - 1;
  int width = 0;
  int scale = 0;
  const auto first = std::from_chars(at, end, width);
  if (first.ec != std::errc() || first.ptr == end || *first.ptr != ',') {
    return std::nullopt;
  }
  const auto second = std::from_chars(first.ptr + 1, end, scale);
  if (second.ec != std::errc() || second.ptr != end) {
    return std::nullopt;
  }
  return std::make_pair(width, scale);
}

const rpc::StateColumn* FindColumn(const std::vector<rpc::StateColumn>& columns,
                                   const std::string& name) {
  for (const rpc::StateColumn& column : columns) {
    if (column.name == name) {
      return &column;
    }
  }
  return nullptr;
}

const rpc::TableState* FindTable(const std::vector<rpc::TableState>& tables,
                                 const std::string& name) {
  for (const rpc::TableState& table : tables) {
    if (table.name == name) {
      return &table;
    }
  }
  return nullptr;
}

void CompareColumn(const std::string& table,
                   const rpc::StateColumn& stored,
                   const rpc::StateColumn& wanted,
                   TableMigration& migration) {
  if (stored.nullable && !wanted.nullable) {
    migration.refusal = fmt::format("{}: column {} may be NULL no longer", table, stored.name);
    return;
  }
  if (stored.type == wanted.type) {
    return;
  }
  if (!IsWidening(stored.type, wanted.type)) {
    migration.refusal = fmt::format("{}: column {} is {} and was {}, which is no widening", table,
                                    stored.name, wanted.type, stored.type);
    return;
  }
  migration.changes.push_back(fmt::format("{}: column {} is widened from {} to {}", table,
                                          stored.name, stored.type, wanted.type));
}

void CompareTable(const rpc::TableState& stored,
                  const rpc::TableState& wanted,
                  TableMigration& migration) {
  const std::string& name = stored.name;
  if (stored.version > wanted.version) {
    migration.refusal = fmt::format("{}: it has version {}, of a later laminar; this one knows {}",
                                    name, stored.version, wanted.version);
    return;
  }
  // Keys decide where a row lies, so that another type of them is another table.
  if (stored.keys != wanted.keys || stored.sliced != wanted.sliced) {
    migration.refusal = fmt::format("{}: its keys are others", name);
    return;
  }
  for (const rpc::StateColumn& column : stored.values) {
    const rpc::StateColumn* now = FindColumn(wanted.values, column.name);
    if (now == nullptr) {
      migration.changes.push_back(fmt::format("{}: column {} is dropped", name, column.name));
    } else {
      CompareColumn(name, column, *now, migration);
    }
  }
  for (const rpc::StateColumn& column : wanted.values) {
    if (FindColumn(stored.values, column.name) != nullptr) {
      continue;
    }
    if (!column.nullable) {
      migration.refusal = fmt::format(
          "{}: column {} is new and cannot be NULL in rows that are there", name, column.name);
      return;
    }
    migration.changes.push_back(fmt::format("{}: column {} is added, NULL", name, column.name));
  }
}

}  // namespace

bool IsWidening(std::string_view from, std::string_view to) {
  const auto signed_from = IndexIn(kSigned, from);
  const auto signed_to = IndexIn(kSigned, to);
  const auto unsigned_from = IndexIn(kUnsigned, from);
  const auto unsigned_to = IndexIn(kUnsigned, to);
  if (signed_from.has_value() && signed_to.has_value()) {
    return *signed_from <= *signed_to;
  }
  if (unsigned_from.has_value() && unsigned_to.has_value()) {
    return *unsigned_from <= *unsigned_to;
  }
  if (unsigned_from.has_value() && signed_to.has_value()) {
    return *unsigned_from < *signed_to;  // a bit more is needed
  }
  const auto decimal_from = ParseDecimal(from);
  const auto decimal_to = ParseDecimal(to);
  if (decimal_from.has_value() && decimal_to.has_value()) {
    // No fewer digits on either side of the point.
    return decimal_from->second <= decimal_to->second &&
           decimal_from->first - decimal_from->second <= decimal_to->first - decimal_to->second;
  }
  return from == to || (from == "FLOAT" && to == "DOUBLE");
}

TableMigration CompareTables(const std::vector<rpc::TableState>& stored,
                             const std::vector<rpc::TableState>& wanted) {
  TableMigration migration;
  for (const rpc::TableState& table : stored) {
    const rpc::TableState* now = FindTable(wanted, table.name);
    if (now == nullptr) {
      migration.changes.push_back(fmt::format("{}: the table is dropped", table.name));
    } else {
      CompareTable(table, *now, migration);
    }
    if (!migration.refusal.empty()) {
      return migration;
    }
  }
  for (const rpc::TableState& table : wanted) {
    if (FindTable(stored, table.name) == nullptr) {
      migration.changes.push_back(fmt::format("{}: the table is new, and empty", table.name));
    }
  }
  return migration;
}

}  // namespace laminar::control
