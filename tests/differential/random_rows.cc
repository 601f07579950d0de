#include "random_rows.h"

#include <algorithm>
#include <numeric>

#include "duckdb.hpp"

#include "base/limits.h"
#include "expression/duckdb_instance.h"

namespace laminar::tests {
namespace {

duckdb::unique_ptr<duckdb::MaterializedQueryResult> Run(duckdb::Connection& connection,
                                                        const std::string& sql) {
  auto result = connection.Query(sql);
  if (result->HasError()) {
    result->ThrowError(sql + ": ");
  }
  return result;
}

data::Chunk CopyOf(const duckdb::DataChunk& source) {
  const auto types = source.GetTypes();
  data::Chunk chunk = data::Chunk::Allocate({types.begin(), types.end()});
  chunk.columns().Append(source, /*resize=*/true);
  return chunk;
}

bool HasOneValue(const data::Chunk& chunk, size_t column) {
  const data::Value first = chunk.column(column).GetValue(0);
  for (size_t row = 1; row < chunk.num_rows(); ++row) {
    if (!data::Value::NotDistinctFrom(first, chunk.column(column).GetValue(row))) {
      return false;
    }
  }
  return true;
}

}  // namespace

RandomRows::RandomRows(uint64_t seed)
    : random_(seed),
      connection_(std::make_unique<duckdb::Connection>(expression::DuckDbInstance())) {}

RandomRows::~RandomRows() = default;

int64_t RandomRows::Draw(int64_t high) {
  return std::uniform_int_distribution<int64_t>(0, high)(random_);
}

void RandomRows::Execute(const std::string& sql) { Run(*connection_, sql); }

std::vector<std::string> RandomRows::Query(const std::string& sql) {
  const auto result = Run(*connection_, sql);
  std::vector<std::string> rows;
  for (auto chunk = result->Fetch(); chunk != nullptr; chunk = result->Fetch()) {
    AppendRows(CopyOf(*chunk), 0, rows);
  }
  std::sort(rows.begin(), rows.end());
  return rows;
}

data::Schema RandomRows::SchemaOf(const std::string& query) {
  const auto result = Run(*connection_, query + " LIMIT 0");
  data::Schema schema;
  for (size_t i = 0; i < result->names.size(); ++i) {
    schema.fields.push_back({result->names[i], result->types[i]});
  }
  return schema;
}

std::vector<data::Chunk> RandomRows::ChunksOf(const std::string& query, int64_t num_rows_max) {
  const auto result = Run(*connection_, query);
  std::vector<data::Chunk> chunks;
  for (auto fetched = result->Fetch(); fetched != nullptr; fetched = result->Fetch()) {
    const data::Chunk whole = CopyOf(*fetched);
    for (size_t at = 0; at < whole.num_rows();) {
      const size_t count = std::min<size_t>(whole.num_rows() - at, 1 + Draw(num_rows_max - 1));
      data::SelectionVector selection(count);
      for (size_t i = 0; i < count; ++i) {
        selection.set_index(i, at + i);
      }
      at += count;
      chunks.push_back(Disguise(whole.Select(selection, count)));
    }
  }
  return chunks;
}

data::Chunk RandomRows::Disguise(data::Chunk chunk) {
  const size_t num_rows = chunk.num_rows();
  if (Draw(1) == 0) {
    chunk = CopyOf(chunk.columns());
  }
  if (Draw(1) == 0) {
    // Shuffle, then take the rows through a dictionary in their old order.
    std::vector<size_t> order(num_rows);
    std::iota(order.begin(), order.end(), 0);
    std::shuffle(order.begin(), order.end(), random_);
    data::SelectionVector shuffled(num_rows);
    data::SelectionVector back(num_rows);
    for (size_t i = 0; i < num_rows; ++i) {
      shuffled.set_index(i, order[i]);
      back.set_index(order[i], i);
    }
    const data::Chunk mixed = CopyOf(chunk.Select(shuffled, num_rows).columns());
    chunk = mixed.Select(back, num_rows);
  }
  for (size_t i = 0; i < chunk.num_columns(); ++i) {
    if (Draw(1) == 0 && HasOneValue(chunk, i)) {
      // Not Reference(value): it would write into the validity that other chunks share.
      data::Vector constant(chunk.column(i).GetValue(0));
      chunk.column(i).Reference(constant);
    }
  }
  return chunk;
}

void AppendRows(const data::Chunk& chunk, size_t num_hidden, std::vector<std::string>& rows) {
  for (size_t row = 0; row < chunk.num_rows(); ++row) {
    std::string text;
    for (size_t i = 0; i + num_hidden < chunk.num_columns(); ++i) {
      text += (i == 0 ? "" : "|") + chunk.column(i).GetValue(row).ToString();
    }
    rows.push_back(std::move(text));
  }
}

}  // namespace laminar::tests
