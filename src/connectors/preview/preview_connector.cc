#include "connectors/preview/preview_connector.h"

#include <utility>

#include "connectors/api/consumer_left.h"
#include "connectors/api/option_table.h"
#include "connectors/preview/preview_buffer.h"

namespace laminar::connectors {
namespace {

class PreviewWriter final : public SinkWriter {
 public:
  PreviewWriter(SinkContext context, std::shared_ptr<PreviewBuffer> buffer)
      : context_(std::move(context)), buffer_(std::move(buffer)) {}

  absl::Status Open() override {
    buffer_->AddWriter(context_.wake);
    opened_ = true;
    return absl::OkStatus();
  }

  bool Ready() override { return buffer_->HasRoom(); }

  absl::Status Write(const data::Chunk& chunk) override {
    LAMINAR_RETURN_IF_ERROR(CheckWanted());
    buffer_->Put(chunk.Share());
    context_.counters.rows += static_cast<int64_t>(chunk.num_rows());
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<base::MonotonicTime>> Flush() override {
    LAMINAR_RETURN_IF_ERROR(CheckWanted());
    return std::nullopt;
  }

  absl::StatusOr<bool> Finish() override { return true; }

  void Close() override {
    if (std::exchange(opened_, false)) {
      buffer_->RemoveWriter();
    }
  }

 private:
  absl::Status CheckWanted() const {
    return buffer_->HasLeft() ? ConsumerLeft("the preview was closed") : absl::OkStatus();
  }

  SinkContext context_;
  std::shared_ptr<PreviewBuffer> buffer_;
  bool opened_ = false;
};

}  // namespace

ConnectorTraits PreviewConnector::traits() const {
  ConnectorTraits traits;
  traits.name = "preview";
  traits.description = "Hands rows to the application that runs the job.";
  traits.sink = true;
  traits.accepts_updates = true;
  return traits;
}

std::vector<data::OptionSpec> PreviewConnector::sink_options() const {
  OptionTable table;
  table
      .Add("id", data::OptionType::kString,
           "Name of the preview, as the application registered it.")
      .Default("preview");
  return table.Take();
}

absl::StatusOr<std::unique_ptr<SinkWriter>> PreviewConnector::MakeSink(SinkContext context) const {
  const std::string id = context.table.options.GetStringOr("id", "preview");
  std::shared_ptr<PreviewBuffer> buffer = PreviewRegistry::Global().Find(id);
  if (buffer == nullptr) {
    return base::NotFound("no preview of this name is open: " + id);
  }
  return std::make_unique<PreviewWriter>(std::move(context), std::move(buffer));
}

}  // namespace laminar::connectors
