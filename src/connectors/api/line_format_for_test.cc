#include "connectors/api/line_format_for_test.h"

#include <charconv>
#include <memory>
#include <utility>

#include "base/limits.h"
#include "formats/format_registry.h"

namespace laminar::connectors {
namespace {

using formats::BadRecordHandler;

class LineDecoder final : public formats::Decoder {
 public:
  LineDecoder(const data::ConnectorTable& table,
              std::vector<size_t> columns,
              BadRecordHandler& handler)
      : table_(table), columns_(std::move(columns)), handler_(handler) {}

  absl::StatusOr<size_t> Decode(std::string_view bytes,
                                int64_t position,
                                bool at_end,
                                data::Chunk& chunk) override {
    size_t consumed = 0;
    while (consumed < bytes.size() && chunk.num_rows() < base::kRowsPerChunkMax) {
      const size_t end = bytes.find('\n', consumed);
      if (end == std::string_view::npos && !at_end) {
        break;
      }
      const std::string_view line = bytes.substr(consumed, std::min(end, bytes.size()) - consumed);
      if (line.find('!') != std::string_view::npos) {
        LAMINAR_RETURN_IF_ERROR(
            handler_.Handle({line, "exclamation", position + static_cast<int64_t>(consumed)}));
      } else {
        Append(line, chunk);
      }
      consumed = end == std::string_view::npos ? bytes.size() : end + 1;
    }
    return consumed;
  }

 private:
  void Append(std::string_view line, data::Chunk& chunk) const {
    const data::idx_t row = chunk.num_rows();
    for (size_t i = 0; i < columns_.size(); ++i) {
      // Physical columns come first in the tables of tests.
      std::string_view rest = line;
      for (size_t skip = 0; skip < columns_[i]; ++skip) {
        rest.remove_prefix(std::min(rest.find(','), rest.size() - 1) + 1);
      }
      const std::string_view word = rest.substr(0, rest.find(','));
      if (table_.schema.fields[columns_[i]].type.id() == data::LogicalTypeId::BIGINT) {
        int64_t number = 0;
        std::from_chars(word.data(), word.data() + word.size(), number);
        chunk.column(i).SetValue(row, data::Value::BIGINT(number));
      } else {
        chunk.column(i).SetValue(row, data::Value(std::string(word)));
      }
    }
    chunk.set_num_rows(row + 1);
  }

  const data::ConnectorTable& table_;
  const std::vector<size_t> columns_;
  BadRecordHandler& handler_;
};

class LineEncoder final : public formats::Encoder {
 public:
  explicit LineEncoder(size_t num_columns) : num_columns_(num_columns) {}
  absl::Status Encode(const data::Chunk& chunk, std::string& bytes) override {
    for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
      for (size_t i = 0; i < num_columns_; ++i) {
        bytes += (i == 0 ? "" : ",") + chunk.column(i).GetValue(row).ToString();
      }
      bytes += '\n';
    }
    return absl::OkStatus();
  }

 private:
  const size_t num_columns_;
};

class LineFormat final : public formats::FormatFactory {
 public:
  LineFormat(std::string name, bool random_access)
      : name_(std::move(name)), random_access_(random_access) {}
  std::string name() const override { return name_; }
  std::string description() const override { return "Lines of words, for tests."; }
  std::vector<data::OptionSpec> options() const override { return {}; }
  absl::StatusOr<std::unique_ptr<formats::Decoder>> MakeDecoder(
      const data::ConnectorTable& table,
      const std::vector<size_t>& columns,
      BadRecordHandler& handler) const override {
    return std::make_unique<LineDecoder>(table, columns, handler);
  }
  absl::StatusOr<std::unique_ptr<formats::Encoder>> MakeEncoder(
      const data::ConnectorTable& table) const override {
    return std::make_unique<LineEncoder>(table.schema.num_visible_columns());
  }
  absl::StatusOr<data::Schema> InferSchema(std::string_view sample,
                                           bool at_end,
                                           const data::Options& options) const override {
    if (sample.find('\n') == std::string_view::npos && !at_end) {
      return base::InvalidArgument("no line");
    }
    data::Schema schema;
    schema.fields.push_back(
        {std::string(sample.substr(0, sample.find('\n'))), data::LogicalType::VARCHAR});
    return schema;
  }
  bool needs_random_access() const override { return random_access_; }

 private:
  const std::string name_;
  const bool random_access_;
};

}  // namespace

void RegisterLineFormat() {
  formats::FormatRegistry& registry = formats::FormatRegistry::Global();
  if (registry.Find("lines") == nullptr) {
    registry.Register(std::make_unique<LineFormat>("lines", false));
    registry.Register(std::make_unique<LineFormat>("pages", true));
  }
}

}  // namespace laminar::connectors
