#include "app/register_formats.h"

#include <memory>

#include "formats/clf/clf_format.h"
#include "formats/csv/csv_format.h"
#include "formats/format_registry.h"
#include "formats/json/json_format.h"
#include "formats/parquet/parquet_format.h"
#include "formats/raw/raw_format.h"

namespace laminar::app {

void RegisterFormats() {
  using formats::RawFormat;
  formats::FormatRegistry& registry = formats::FormatRegistry::Global();
  registry.Register(std::make_unique<formats::JsonFormat>());
  registry.Register(std::make_unique<formats::CsvFormat>());
  registry.Register(std::make_unique<formats::ParquetFormat>());
  registry.Register(std::make_unique<RawFormat>(RawFormat::Kind::kString));
  registry.Register(std::make_unique<RawFormat>(RawFormat::Kind::kBytes));
  registry.Register(std::make_unique<formats::ClfFormat>());
}

}  // namespace laminar::app
