// Which types of columns Parquet files can hold, and as what.
#ifndef LAMINAR_FORMATS_PARQUET_PARQUET_TYPES_H_
#define LAMINAR_FORMATS_PARQUET_PARQUET_TYPES_H_

#include <optional>

#include "data/vector.h"

namespace laminar::formats {

/// The type that a column of `type` is written as, such that nothing is lost: 128-bit integers
/// become DECIMAL(38,0); INTERVAL, which Parquet keeps without sign and in milliseconds, becomes
/// text; other types stay. Nullopt when there is none.
std::optional<data::LogicalType> ParquetTypeOf(const data::LogicalType& type);

}  // namespace laminar::formats

#endif  // LAMINAR_FORMATS_PARQUET_PARQUET_TYPES_H_
