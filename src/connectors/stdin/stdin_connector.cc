#include "connectors/stdin/stdin_connector.h"

#include <utility>

#include "connectors/api/byte_source.h"
#include "connectors/api/compression_option.h"
#include "connectors/api/option_table.h"
#include "connectors/stdin/standard_input.h"
#include "formats/format_registry.h"

namespace laminar::connectors {
namespace {

// How long the first line may take to come, when columns are to be guessed.
constexpr int kFirstLineMillisMax = 30'000;

class StdinSequence final : public InputSequence {
 public:
  StdinSequence(std::unique_ptr<ByteInput> bytes, std::optional<formats::Codec> codec)
      : bytes_(std::move(bytes)), codec_(codec) {}

  absl::StatusOr<std::optional<OpenInput>> Next() override {
    if (bytes_ == nullptr) {
      return std::nullopt;
    }
    OpenInput input;
    input.name = "standard input";
    input.bytes = std::move(bytes_);
    input.codec = codec_;
    return input;
  }

 private:
  std::unique_ptr<ByteInput> bytes_;
  std::optional<formats::Codec> codec_;
};

class NoInputs final : public InputSequence {
 public:
  absl::StatusOr<std::optional<OpenInput>> Next() override { return std::nullopt; }
};

absl::StatusOr<const formats::FormatFactory*> ByteFormat(const data::ConnectorTable& table) {
  const formats::FormatFactory* format = formats::FormatRegistry::Global().Find(table.format);
  if (format == nullptr) {
    return base::InvalidArgument("unknown format: " + table.format);
  }
  if (format->needs_random_access()) {
    return base::InvalidArgument(
        "option format: " + table.format +
        " cannot be read from a pipe; use connector = 'filesystem' and a path");
  }
  return format;
}

}  // namespace

ConnectorTraits StdinConnector::traits() const {
  ConnectorTraits traits;
  traits.name = "stdin";
  traits.description = "Reads rows from standard input: a pipe, or a file.";
  traits.source = true;
  traits.has_format = true;
  traits.default_format = "json";
  traits.parallel_source = false;
  return traits;
}

std::vector<data::OptionSpec> StdinConnector::source_options() const {
  OptionTable table;
  AddCompressionOption("compression", "by the first bytes", table);
  return table.Take();
}

absl::Status StdinConnector::Validate(const data::ConnectorTable& table) const {
  return ByteFormat(table).status();
}

absl::StatusOr<data::Schema> StdinConnector::InferSchema(const data::ConnectorTable& table) const {
  LAMINAR_ASSIGN_OR_RETURN(const formats::FormatFactory* format, ByteFormat(table));
  absl::StatusOr<Sample> sample = StandardInput::Global().Peek(
      CompressionOf(table.options, "compression"), kFirstLineMillisMax);
  if (!sample.ok() && sample.status().code() == absl::StatusCode::kDeadlineExceeded) {
    return base::InvalidArgument(
        "columns must be declared: no line came on standard input within 30 seconds to guess them "
        "by");
  }
  if (!sample.ok()) {
    return sample.status();
  }
  if (sample->bytes.empty()) {
    return base::InvalidArgument("columns must be declared: standard input is empty");
  }
  return format->InferSchema(sample->bytes, sample->at_end, table.format_options);
}

absl::StatusOr<std::unique_ptr<SourceReader>> StdinConnector::MakeSource(
    SourceContext context) const {
  LAMINAR_RETURN_IF_ERROR(ByteFormat(context.table).status());
  if (context.subtask > 0) {
    return std::make_unique<ByteSource>(std::move(context), std::make_unique<NoInputs>());
  }
  LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<ByteInput> bytes, StandardInput::Global().Claim());
  auto inputs = std::make_unique<StdinSequence>(
      std::move(bytes), CompressionOf(context.table.options, "compression"));
  return std::make_unique<ByteSource>(std::move(context), std::move(inputs));
}

}  // namespace laminar::connectors
