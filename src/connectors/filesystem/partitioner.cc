#include "connectors/filesystem/partitioner.h"

#include <algorithm>
#include <ctime>
#include <utility>

#include <fmt/format.h>

#include "base/file.h"

namespace laminar::connectors::filesystem {
namespace {

constexpr char kNullValue[] = "__HIVE_DEFAULT_PARTITION__";
// Longest name of a folder on common file systems.
constexpr size_t kFolderNameBytesMax = 255;

// The partition columns of a chunk as text.
class PartitionTexts {
 public:
  PartitionTexts(const data::Chunk& chunk, const std::vector<size_t>& columns)
      : formats_(columns.size()) {
    vectors_.reserve(columns.size());
    const data::idx_t num_rows = chunk.num_rows();
    for (size_t i = 0; i < columns.size(); ++i) {
      const data::Vector& column = chunk.column(columns[i]);
      data::Vector source(column.GetType(), nullptr);
      source.Reference(column);
      if (column.GetType().id() == data::LogicalTypeId::VARCHAR) {
        vectors_.push_back(std::move(source));
      } else {
        vectors_.emplace_back(data::LogicalType::VARCHAR, num_rows);
        duckdb::VectorOperations::DefaultCast(source, vectors_.back(), num_rows);
      }
      vectors_.back().ToUnifiedFormat(num_rows, formats_[i]);
    }
  }

  bool IsNull(size_t column, data::idx_t row) const {
    return !formats_[column].validity.RowIsValid(formats_[column].sel->get_index(row));
  }
  duckdb::string_t Text(size_t column, data::idx_t row) const {
    return data::UnifiedVectorFormat::GetDataUnsafe<duckdb::string_t>(
        formats_[column])[formats_[column].sel->get_index(row)];
  }
  bool SameAsRowBefore(data::idx_t row) const {
    for (size_t i = 0; i < formats_.size(); ++i) {
      const bool is_null = IsNull(i, row);
      if (is_null != IsNull(i, row - 1) || (!is_null && !(Text(i, row) == Text(i, row - 1)))) {
        return false;
      }
    }
    return true;
  }

 private:
  std::vector<data::Vector> vectors_;
  std::vector<data::UnifiedVectorFormat> formats_;
};

}  // namespace

absl::Status CheckTimePattern(std::string_view pattern) {
  constexpr std::string_view kConversions = "aAbBcCdDeFgGhHIjklmMpPrRsSTuUVwWxXyYzZ%";
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] != '%') {
      continue;
    }
    ++i;
    if (i == pattern.size() || kConversions.find(pattern[i]) == std::string_view::npos) {
      return base::InvalidArgument(
          fmt::format("option partitioning.time_pattern has an unknown conversion: {}",
                      pattern.substr(i - 1, 2)));
    }
  }
  if (pattern.starts_with('/')) {
    return base::InvalidArgument(
        fmt::format("option partitioning.time_pattern must not begin with a slash: {}", pattern));
  }
  for (std::string_view rest = pattern; !rest.empty();) {
    const std::string_view name = rest.substr(0, rest.find('/'));
    // No conversion gives a dot, an underscore or an equals sign.
    if (base::IsHiddenName(name)) {
      return base::InvalidArgument(
          fmt::format("option partitioning.time_pattern has a part that begins with a dot or "
                      "underscore, and would leave the folder or be hidden from readers: {}",
                      name));
    }
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  }
  return absl::OkStatus();
}

const std::string& TimeFolders::Of(data::EventTime time) {
  constexpr int64_t kMicrosPerSecond = 1'000'000;
  int64_t second = time.micros / kMicrosPerSecond;
  second -= time.micros % kMicrosPerSecond < 0 ? 1 : 0;
  if (second != second_) {
    second_ = second;
    const auto seconds = static_cast<time_t>(second);
    std::tm parts{};
    gmtime_r(&seconds, &parts);
    char buffer[4 * kFolderNameBytesMax];
    folder_.assign(buffer, std::strftime(buffer, sizeof(buffer), pattern_.c_str(), &parts));
  }
  return folder_;
}

Partitioner::Partitioner(const data::Schema& schema,
                         std::vector<size_t> columns,
                         const std::string& time_pattern)
    : schema_(schema),
      columns_(std::move(columns)),
      has_time_(!time_pattern.empty()),
      times_(time_pattern) {}

absl::StatusOr<std::vector<Partitioner::Part>> Partitioner::Split(const data::Chunk& chunk) {
  const size_t time_column = schema_.num_visible_columns();
  const bool rows_have_time = chunk.num_columns() > time_column;
  if (has_time_ && !rows_have_time) {
    return base::InvalidArgument("option partitioning.time_pattern needs rows with an event time");
  }
  // References, since asking a vector for its format may change it.
  data::Vector time_vector(data::LogicalType::TIMESTAMP, nullptr);
  data::UnifiedVectorFormat times;
  if (has_time_) {
    time_vector.Reference(chunk.column(time_column));
    time_vector.ToUnifiedFormat(chunk.num_rows(), times);
  }
  const PartitionTexts texts(chunk, columns_);
  std::vector<Part> parts;
  std::unordered_map<std::string, size_t> known;
  size_t part = 0;
  std::string folder;
  std::string last_time_folder;
  for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
    data::EventTime time = data::EventTime::Min();
    if (has_time_) {
      time.micros =
          data::UnifiedVectorFormat::GetDataUnsafe<int64_t>(times)[times.sel->get_index(row)];
    }
    const bool same_time = !has_time_ || times_.Of(time) == last_time_folder;
    if (row == 0 || !same_time || !texts.SameAsRowBefore(row)) {
      folder.clear();
      if (has_time_) {
        last_time_folder = times_.Of(time);
        folder = last_time_folder;
      }
      for (size_t i = 0; i < columns_.size(); ++i) {
        folder += folder.empty() ? "" : "/";
        folder += EscapePartitionValue(schema_.fields[columns_[i]].name);
        folder += '=';
        if (texts.IsNull(i, row) || texts.Text(i, row).GetSize() == 0) {
          folder += kNullValue;
        } else {
          const duckdb::string_t text = texts.Text(i, row);
          folder += EscapePartitionValue({text.GetData(), text.GetSize()});
        }
      }
      const auto [place, is_new] = known.try_emplace(folder, parts.size());
      part = place->second;
      if (is_new) {
        parts.push_back({folder, last_time_folder, {}, data::EventTime::Min()});
      }
    }
    parts[part].rows.push_back(static_cast<uint32_t>(row));
    parts[part].newest = std::max(parts[part].newest, time);
  }
  return parts;
}

std::string EscapePartitionValue(std::string_view value) {
  constexpr std::string_view kUnsafe = "\"#%'*/:=?\\\x7f{[]^";
  constexpr char kDigits[] = "0123456789ABCDEF";
  std::string escaped;
  for (const char c : value) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x20 || kUnsafe.find(c) != std::string_view::npos) {
      escaped += {'%', kDigits[byte >> 4], kDigits[byte & 15]};
    } else {
      escaped += c;
    }
  }
  return escaped;
}

}  // namespace laminar::connectors::filesystem
