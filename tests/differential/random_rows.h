// Random tables in DuckDB, and their rows as chunks of random sizes and vector forms for operators.
// One thread.
#ifndef LAMINAR_TESTS_DIFFERENTIAL_RANDOM_ROWS_H_
#define LAMINAR_TESTS_DIFFERENTIAL_RANDOM_ROWS_H_

#include <cstdint>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "data/chunk.h"
#include "data/schema.h"

namespace duckdb {
class Connection;
}

namespace laminar::tests {

class RandomRows {
 public:
  explicit RandomRows(uint64_t seed);
  ~RandomRows();

  /// A whole number in [0, high].
  int64_t Draw(int64_t high);
  template <typename T>
  const T& Pick(const std::vector<T>& from) {
    return from[static_cast<size_t>(Draw(static_cast<int64_t>(from.size()) - 1))];
  }

  /// Runs a statement. Throws duckdb::Exception.
  void Execute(const std::string& sql);
  /// The rows of a query as `value|value`, sorted.
  std::vector<std::string> Query(const std::string& sql);
  data::Schema SchemaOf(const std::string& query);
  /// The rows of a query in its order, in chunks of at most `num_rows_max` rows: flat, or
  /// dictionaries over rows in another order; a column with one value may be constant.
  std::vector<data::Chunk> ChunksOf(const std::string& query, int64_t num_rows_max);

 private:
  data::Chunk Disguise(data::Chunk chunk);

  std::mt19937_64 random_;
  std::unique_ptr<duckdb::Connection> connection_;
};

/// The rows of chunks as `value|value`, without the last `num_hidden` columns.
void AppendRows(const data::Chunk& chunk, size_t num_hidden, std::vector<std::string>& rows);

}  // namespace laminar::tests

#endif  // LAMINAR_TESTS_DIFFERENTIAL_RANDOM_ROWS_H_
