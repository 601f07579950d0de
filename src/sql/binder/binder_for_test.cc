#include "sql/binder/binder_for_test.h"

#include <utility>

namespace laminar::sql {
namespace {

using connectors::ConnectorTraits;
using data::LogicalType;
using data::OptionSpec;
using data::OptionType;

OptionSpec Spec(const std::string& name, OptionType type, bool required = false) {
  OptionSpec spec;
  spec.name = name;
  spec.type = type;
  spec.required = required;
  spec.description = "option " + name;
  return spec;
}

class ImpulseFactory final : public connectors::ConnectorFactory {
 public:
  ConnectorTraits traits() const override {
    ConnectorTraits traits;
    traits.name = "impulse";
    traits.source = true;
    return traits;
  }
  std::vector<OptionSpec> source_options() const override {
    return {Spec("event_rate", OptionType::kFloat, true)};
  }
  std::optional<data::Schema> fixed_schema() const override {
    return data::Schema{
        {{"counter", LogicalType::BIGINT, false}, {"subtask_index", LogicalType::BIGINT, false}}};
  }
};

class BidsFactory final : public connectors::ConnectorFactory {
 public:
  ConnectorTraits traits() const override {
    ConnectorTraits traits;
    traits.name = "bids";
    traits.source = true;
    return traits;
  }
  std::optional<data::Schema> fixed_schema() const override {
    return data::Schema{{{"auction", LogicalType::BIGINT},
                         {"bidder", LogicalType::BIGINT},
                         {"price", LogicalType::BIGINT},
                         {"channel", LogicalType::VARCHAR},
                         {"ts", LogicalType::TIMESTAMP, false}}};
  }
  std::optional<std::string> default_event_time() const override { return "ts"; }
};

class FileFactory final : public connectors::ConnectorFactory {
 public:
  ConnectorTraits traits() const override {
    ConnectorTraits traits;
    traits.name = "file";
    traits.source = true;
    traits.sink = true;
    traits.has_format = true;
    traits.positional_option = "path";
    return traits;
  }
  std::vector<OptionSpec> source_options() const override {
    return {Spec("path", OptionType::kString, true)};
  }
  std::vector<OptionSpec> sink_options() const override {
    return {Spec("path", OptionType::kString, true), Spec("rolling", OptionType::kDuration)};
  }
  std::vector<connectors::MetadataField> metadata_fields() const override {
    return {{"filename", LogicalType::VARCHAR, "where the record came from"}};
  }
  absl::StatusOr<data::Schema> InferSchema(const data::ConnectorTable& table) const override {
    if (table.options.GetString("path") == "missing") {
      return base::NotFound("file does not exist: missing");
    }
    return data::Schema{{{"a", LogicalType::BIGINT}, {"b", LogicalType::VARCHAR}}};
  }
  absl::Status Validate(const data::ConnectorTable& table) const override {
    return table.options.GetString("path") == "bad"
               ? base::InvalidArgument("option 'path' names no file: bad")
               : absl::OkStatus();
  }
};

class NullFactory final : public connectors::ConnectorFactory {
 public:
  ConnectorTraits traits() const override {
    ConnectorTraits traits;
    traits.name = "null";
    traits.sink = true;
    return traits;
  }
};

class Format final : public formats::FormatFactory {
 public:
  explicit Format(std::string name) : name_(std::move(name)) {}
  std::string name() const override { return name_; }
  std::string description() const override { return name_ + " lines"; }
  std::vector<OptionSpec> options() const override {
    return name_ == "json"
               ? std::vector<OptionSpec>{Spec("json.unstructured", OptionType::kBoolean)}
               : std::vector<OptionSpec>();
  }
  absl::StatusOr<std::unique_ptr<formats::Decoder>> MakeDecoder(
      const data::ConnectorTable&,
      const std::vector<size_t>&,
      formats::BadRecordHandler&) const override {
    return base::Unimplemented("tests of sql decode nothing");
  }
  absl::StatusOr<std::unique_ptr<formats::Encoder>> MakeEncoder(
      const data::ConnectorTable&) const override {
    return base::Unimplemented("tests of sql encode nothing");
  }

 private:
  std::string name_;
};

}  // namespace

const connectors::ConnectorRegistry& ConnectorsForTest() {
  static const connectors::ConnectorRegistry* const registry = [] {
    auto made = std::make_unique<connectors::ConnectorRegistry>();
    made->Register(std::make_unique<ImpulseFactory>());
    made->Register(std::make_unique<BidsFactory>());
    made->Register(std::make_unique<FileFactory>());
    made->Register(std::make_unique<NullFactory>());
    return made.release();
  }();
  return *registry;
}

const formats::FormatRegistry& FormatsForTest() {
  static const formats::FormatRegistry* const registry = [] {
    auto made = std::make_unique<formats::FormatRegistry>();
    made->Register(std::make_unique<Format>("json"));
    made->Register(std::make_unique<Format>("csv"));
    return made.release();
  }();
  return *registry;
}

BindResult BindForTest(std::string_view text, std::map<std::string, std::string> variables) {
  BindOptions options;
  options.variables = std::move(variables);
  options.default_sink.connector = "null";
  options.connectors = &ConnectorsForTest();
  options.formats = &FormatsForTest();
  return Bind(text, options);
}

std::string DiagnosticsForTest(std::string_view text, const BindResult& result) {
  std::string all;
  for (const base::Diagnostic& diagnostic : result.diagnostics) {
    if (diagnostic.span.offset >= 0) {
      const base::TextPosition position = base::FindPosition(text, diagnostic.span.offset);
      all += std::to_string(position.line) + ":" + std::to_string(position.column) + " ";
    }
    all += diagnostic.code + " " + diagnostic.message;
    all += diagnostic.hint.empty() ? "\n" : " | " + diagnostic.hint + "\n";
  }
  return all;
}

}  // namespace laminar::sql
