#include "engine/operators/window_aggregate/distinct_keys.h"

#include <numeric>
#include <string>
#include <utility>

namespace laminar::engine {
namespace {

std::vector<size_t> AllColumns(size_t count) {
  std::vector<size_t> columns(count);
  std::iota(columns.begin(), columns.end(), size_t{0});
  return columns;
}

std::vector<data::LogicalType> WithGroup(const std::vector<data::LogicalType>& argument_types) {
  std::vector<data::LogicalType> types{data::LogicalType::BIGINT};
  types.insert(types.end(), argument_types.begin(), argument_types.end());
  return types;
}

}  // namespace

StateSchema DistinctKeys::Schema(std::string name,
                                 const std::vector<data::LogicalType>& argument_types,
                                 std::vector<data::Field> values) {
  StateSchema schema{.name = std::move(name),
                     .version = 1,
                     .keys = {{"_group", data::LogicalType::BIGINT, false}},
                     .values = std::move(values),
                     .sliced = true};
  for (size_t i = 0; i < argument_types.size(); ++i) {
    schema.keys.push_back({"argument_" + std::to_string(i), argument_types[i]});
  }
  return schema;
}

DistinctKeys::DistinctKeys(const RowLayout& layout,
                           const std::vector<data::LogicalType>& argument_types)
    : types_(WithGroup(argument_types)), keys_(layout, AllColumns(types_.size())) {}

void DistinctKeys::Set(const int64_t* groups, const data::Chunk& arguments) {
  chunk_ = data::Chunk::Shell(types_);
  data::Vector group_column(data::LogicalType::BIGINT,
                            reinterpret_cast<duckdb::data_ptr_t>(const_cast<int64_t*>(groups)));
  chunk_.column(0).Reference(group_column);
  for (size_t i = 1; i < types_.size(); ++i) {
    chunk_.column(i).Reference(const_cast<data::Vector&>(arguments.column(i - 1)));
  }
  chunk_.set_num_rows(arguments.num_rows());
  keys_.Set(chunk_);
}

}  // namespace laminar::engine
