#include "engine/operators/window_function/rank_keys.h"

#include <bit>
#include <cmath>
#include <limits>
#include <type_traits>

namespace laminar::engine {
namespace {

using data::Chunk;
using data::idx_t;
using data::UnifiedVectorFormat;
using duckdb::PhysicalType;

constexpr uint64_t kSignBit = uint64_t{1} << 63;

// Numbers in the order of their values; both zeros are one, and NaN is above all.
template <typename T>
uint64_t OrderedBits(T value) {
  if constexpr (std::is_floating_point_v<T>) {
    if (std::isnan(value)) {
      return std::numeric_limits<uint64_t>::max();
    }
    const auto bits = std::bit_cast<uint64_t>(value == 0 ? 0.0 : static_cast<double>(value));
    return (bits & kSignBit) != 0 ? ~bits : bits | kSignBit;
  } else if constexpr (std::is_signed_v<T>) {
    return static_cast<uint64_t>(static_cast<int64_t>(value)) ^ kSignBit;
  } else {
    return value;
  }
}

// Appends the keys of a chunk; false when there is a NULL, for which numbers have no room.
template <typename T>
bool AppendNumbers(const Chunk& chunk,
                   const expression::SortColumn& order,
                   std::vector<uint64_t>& numbers) {
  const idx_t num_rows = chunk.num_rows();
  data::Vector column(chunk.column(order.column).GetType(), nullptr);
  column.Reference(chunk.column(order.column));
  UnifiedVectorFormat format;
  column.ToUnifiedFormat(num_rows, format);
  const T* values = UnifiedVectorFormat::GetDataUnsafe<T>(format);
  const uint64_t flip = order.descending ? std::numeric_limits<uint64_t>::max() : 0;
  for (idx_t row = 0; row < num_rows; ++row) {
    const idx_t position = format.sel->get_index(row);
    if (!format.validity.RowIsValid(position)) {
      return false;
    }
    numbers.push_back(OrderedBits(values[position]) ^ flip);
  }
  return true;
}

using Appender = bool (*)(const Chunk&, const expression::SortColumn&, std::vector<uint64_t>&);

// Null for types whose order is not that of a number.
Appender FindAppender(const data::LogicalType& type) {
  if (type.id() == data::LogicalTypeId::TIME_TZ) {
    return nullptr;  // ordered by more than its bits
  }
  switch (type.InternalType()) {
    case PhysicalType::BOOL:
    case PhysicalType::UINT8:
      return AppendNumbers<uint8_t>;
    case PhysicalType::UINT16:
      return AppendNumbers<uint16_t>;
    case PhysicalType::UINT32:
      return AppendNumbers<uint32_t>;
    case PhysicalType::UINT64:
      return AppendNumbers<uint64_t>;
    case PhysicalType::INT8:
      return AppendNumbers<int8_t>;
    case PhysicalType::INT16:
      return AppendNumbers<int16_t>;
    case PhysicalType::INT32:
      return AppendNumbers<int32_t>;
    case PhysicalType::INT64:
      return AppendNumbers<int64_t>;
    case PhysicalType::FLOAT:
      return AppendNumbers<float>;
    case PhysicalType::DOUBLE:
      return AppendNumbers<double>;
    default:
      return nullptr;
  }
}

bool MakeNumbers(const std::vector<Chunk>& chunks,
                 const std::vector<expression::SortColumn>& order,
                 std::vector<uint64_t>& numbers) {
  for (const Chunk& chunk : chunks) {
    if (order.empty()) {
      numbers.resize(numbers.size() + chunk.num_rows(), 0);
      continue;
    }
    const Appender append = FindAppender(chunk.column(order[0].column).GetType());
    if (order.size() > 1 || append == nullptr || !append(chunk, order[0], numbers)) {
      return false;
    }
  }
  return true;
}

}  // namespace

absl::StatusOr<RankKeys> MakeRankKeys(const std::vector<Chunk>& chunks,
                                      const std::vector<expression::SortColumn>& order) {
  RankKeys keys;
  if (MakeNumbers(chunks, order, keys.numbers)) {
    return keys;
  }
  keys.numbers.clear();
  for (const Chunk& chunk : chunks) {
    data::Vector& holder = keys.holders.emplace_back(data::LogicalType::BLOB, chunk.num_rows());
    LAMINAR_RETURN_IF_ERROR(expression::EncodeSortKeys(chunk, order, holder));
    const auto* strings = duckdb::FlatVector::GetData<duckdb::string_t>(holder);
    keys.strings.insert(keys.strings.end(), strings, strings + chunk.num_rows());
  }
  return keys;
}

}  // namespace laminar::engine
