#include "control/checkpoint/recovery_migration.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <cstddef>
#include <optional>
#include <utility>

#include <fmt/format.h>

#include "data/distinct_names.h"

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

using Columns = std::vector<rpc::StateColumn>;

bool HaveOrigins(const Columns& columns) {
  return std::ranges::all_of(columns, [](const rpc::StateColumn& one) { return one.origin != 0; });
}

// For each wanted column, the position of the stored one that it is; nullopt: it is new.
std::vector<std::optional<size_t>> MatchValues(const rpc::TableState& stored,
                                               const rpc::TableState& wanted) {
  const bool by_origin = HaveOrigins(stored.values) && HaveOrigins(wanted.values);
  // Columns of the same operator may have other names in another text of the program.
  const bool by_order =
      stored.version == wanted.version && stored.values.size() == wanted.values.size();
  std::vector<std::optional<size_t>> matches;
  std::vector<bool> taken(stored.values.size(), false);
  for (size_t i = 0; i < wanted.values.size(); ++i) {
    matches.emplace_back();
    for (size_t j = 0; j < stored.values.size() && !matches.back(); ++j) {
      const bool same = by_origin  ? stored.values[j].origin == wanted.values[i].origin
                        : by_order ? i == j
                                   : stored.values[j].name == wanted.values[i].name;
      if (same && !taken[j]) {
        taken[j] = true;
        matches.back() = j;
      }
    }
  }
  return matches;
}

// Whether a file's reader knows what to give for it.
bool MayBeZero(const rpc::StateColumn& column) {
  return column.nullable || IndexIn(kSigned, column.type).has_value() ||
         IndexIn(kUnsigned, column.type).has_value() || column.type == "DOUBLE" ||
         column.type == "FLOAT" || column.type == "BOOLEAN";
}

// Whatever they are called.
bool SameKeys(const Columns& stored, const Columns& wanted) {
  return std::ranges::equal(
      stored, wanted, [](const rpc::StateColumn& a, const rpc::StateColumn& b) {
        const bool same_origin = a.origin == b.origin || a.origin == 0 || b.origin == 0;
        return a.type == b.type && a.nullable == b.nullable && same_origin;
      });
}

// `k VARCHAR, "n" BIGINT`.
std::string DescribeKeys(const Columns& keys) {
  std::string text;
  for (const rpc::StateColumn& key : keys) {
    text += fmt::format("{}{} {}", text.empty() ? "" : ", ", key.name, key.type);
  }
  return text.empty() ? "none" : text;
}

// The names of its columns in its files: keys, then values.
std::vector<std::string> NamesInFiles(const rpc::TableState& table) {
  std::vector<std::string> names = {"_change", "_key_group"};
  if (table.sliced) {
    names.insert(names.end(), {"_start", "_end"});
  }
  const auto num_others = static_cast<int64_t>(names.size());
  for (const Columns* columns : {&table.keys, &table.values}) {
    for (const rpc::StateColumn& column : *columns) {
      names.push_back(column.name);
    }
  }
  names = data::DistinctNames(names);
  names.erase(names.begin(), names.begin() + num_others);
  return names;
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
  if (stored.sliced != wanted.sliced || !SameKeys(stored.keys, wanted.keys)) {
    migration.refusal = fmt::format("{}: its keys are others: {}, and were {}", name,
                                    DescribeKeys(wanted.keys), DescribeKeys(stored.keys));
    return;
  }
  const std::vector<std::optional<size_t>> matches = MatchValues(stored, wanted);
  for (size_t j = 0; j < stored.values.size(); ++j) {
    const auto found = std::ranges::find(matches, std::optional(j));
    if (found == matches.end()) {
      migration.changes.push_back(
          fmt::format("{}: column {} is dropped", name, stored.values[j].name));
    } else {
      CompareColumn(name, stored.values[j], wanted.values[found - matches.begin()], migration);
    }
  }
  for (size_t i = 0; i < wanted.values.size(); ++i) {
    const rpc::StateColumn& column = wanted.values[i];
    if (matches[i].has_value()) {
      continue;
    }
    if (column.may_begin && MayBeZero(column)) {
      migration.changes.push_back(
          fmt::format("{}: column {} is new, and begins with the rows that come from here on", name,
                      column.name));
      continue;
    }
    if (!column.nullable) {
      migration.refusal = fmt::format(
          "{}: column {} is new and cannot be NULL in rows that are there", name, column.name);
      return;
    }
    migration.changes.push_back(
        fmt::format("{}: column {} is added, NULL in rows that are there", name, column.name));
  }
}

}  // namespace

const rpc::TableState* FindTable(const std::vector<rpc::TableState>& tables,
                                 const std::string& name) {
  for (const rpc::TableState& table : tables) {
    if (table.name == name) {
      return &table;
    }
  }
  return nullptr;
}

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

rpc::TableState MigrateTable(const rpc::TableState& stored, const rpc::TableState& wanted) {
  const std::vector<std::string> names = NamesInFiles(stored);
  rpc::TableState result = stored;
  for (size_t i = 0; i < result.keys.size(); ++i) {
    result.keys[i].name = names[i];
    result.keys[i].origin = 0;
  }
  result.values.clear();
  for (const std::optional<size_t>& match : MatchValues(stored, wanted)) {
    const rpc::StateColumn& column = wanted.values[result.values.size()];
    if (match.has_value()) {
      result.values.push_back(stored.values[*match]);
      result.values.back().name = names[stored.keys.size() + *match];
      result.values.back().origin = 0;
      continue;
    }
    std::string absent = "_added_" + column.name;
    while (std::ranges::find(names, absent) != names.end()) {
      absent += "_";
    }
    result.values.push_back({.name = absent, .type = column.type, .nullable = column.nullable});
  }
  return result;
}

}  // namespace laminar::control
