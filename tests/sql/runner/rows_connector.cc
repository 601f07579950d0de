#include "rows_connector.h"

#include <fmt/format.h>

namespace laminar::sqltest {
namespace {

// Row i of the rows since the last watermark goes to subtask i % parallelism; watermarks go to all.
class RowsReader final : public connectors::SourceReader {
 public:
  RowsReader(connectors::SourceContext context, const InputData& input, int64_t batch_size)
      : context_(std::move(context)), input_(input), batch_size_(batch_size) {}

  absl::Status Open() override { return absl::OkStatus(); }

  absl::StatusOr<connectors::PollResult> Poll(data::Chunk& chunk) override {
    std::vector<data::LogicalType> types;
    for (size_t column : context_.columns) {
      types.push_back(context_.table.schema.fields[column].type);
    }
    chunk = data::Chunk::Allocate(types);
    chunk.set_arrival(context_.clock.Now());
    connectors::PollResult result;
    while (next_ < input_.steps.size() && static_cast<int64_t>(chunk.num_rows()) < batch_size_) {
      const InputData::Step& step = input_.steps[next_++];
      if (step.watermark) {
        result.watermark = step.watermark;
        break;
      }
      if (num_rows_++ % context_.parallelism != context_.subtask) {
        continue;
      }
      const data::idx_t row = chunk.num_rows();
      for (size_t i = 0; i < context_.columns.size(); ++i) {
        chunk.column(i).SetValue(row, step.row[context_.columns[i]]);
      }
      chunk.set_num_rows(row + 1);
    }
    if (chunk.num_rows() > 0) {
      context_.counters.rows += static_cast<int64_t>(chunk.num_rows());
      result.state = connectors::PollState::kChunk;
    } else if (next_ < input_.steps.size() || result.watermark) {
      result.state = connectors::PollState::kIdle;
      result.wake_at = context_.clock.Now();
    } else {
      result.state = connectors::PollState::kEnd;
    }
    return result;
  }

  void Close() override {}

 private:
  connectors::SourceContext context_;
  const InputData& input_;
  const int64_t batch_size_;
  size_t next_ = 0;
  int num_rows_ = 0;
};

class CollectWriter final : public connectors::SinkWriter {
 public:
  CollectWriter(connectors::SinkContext context, RunData& data)
      : context_(std::move(context)), data_(data) {}

  absl::Status Open() override { return absl::OkStatus(); }
  bool Ready() override { return true; }

  absl::Status Write(const data::Chunk& chunk) override {
    for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
      std::string text = context_.table.options.GetStringOr("label", "");
      text += text.empty() ? "" : " | ";
      if (!chunk.row_kinds().empty()) {
        text += std::string(data::RowKindName(chunk.row_kind(row))) + " ";
      }
      for (size_t column = 0; column < context_.table.schema.num_columns(); ++column) {
        text += (column == 0 ? "" : " | ") + RenderValue(chunk.column(column).GetValue(row));
      }
      data_.AddRow(std::move(text));
    }
    context_.counters.rows += static_cast<int64_t>(chunk.num_rows());
    return absl::OkStatus();
  }

  absl::StatusOr<bool> Finish() override { return true; }
  void Close() override {}

 private:
  connectors::SinkContext context_;
  RunData& data_;
};

class RowsFactory final : public connectors::ConnectorFactory {
 public:
  explicit RowsFactory(RunData& data) : data_(data) {}

  connectors::ConnectorTraits traits() const override {
    connectors::ConnectorTraits traits;
    traits.name = "rows";
    traits.description = "Rows and watermarks of a test script.";
    traits.source = true;
    return traits;
  }
  std::vector<data::OptionSpec> source_options() const override {
    data::OptionSpec input;
    input.name = "input";
    input.required = true;
    input.description = "Name of the script's input.";
    return {input};
  }
  absl::StatusOr<std::unique_ptr<connectors::SourceReader>> MakeSource(
      connectors::SourceContext context) const override {
    const auto input = data_.inputs.find(context.table.options.GetString("input"));
    if (input == data_.inputs.end()) {
      return base::NotFound("no such input: " + context.table.options.GetString("input"));
    }
    return std::make_unique<RowsReader>(std::move(context), input->second, data_.batch_size);
  }

 private:
  RunData& data_;
};

class CollectFactory final : public connectors::ConnectorFactory {
 public:
  explicit CollectFactory(RunData& data) : data_(data) {}

  connectors::ConnectorTraits traits() const override {
    connectors::ConnectorTraits traits;
    traits.name = "collect";
    traits.description = "Keeps rows as text for a test script.";
    traits.sink = true;
    traits.accepts_updates = true;
    return traits;
  }
  std::vector<data::OptionSpec> sink_options() const override {
    data::OptionSpec label;
    label.name = "label";
    label.description = "Put before each row, to tell the rows of several sinks apart.";
    return {label};
  }
  absl::StatusOr<std::unique_ptr<connectors::SinkWriter>> MakeSink(
      connectors::SinkContext context) const override {
    return std::make_unique<CollectWriter>(std::move(context), data_);
  }

 private:
  RunData& data_;
};

}  // namespace

void RunData::AddRow(std::string row) {
  const base::MutexLock lock(mutex_);
  rows_.push_back(std::move(row));
}

std::vector<std::string> RunData::TakeRows() {
  const base::MutexLock lock(mutex_);
  return std::exchange(rows_, {});
}

void RegisterTestConnectors(RunData& data) {
  connectors::ConnectorRegistry::Global().Register(std::make_unique<RowsFactory>(data));
  connectors::ConnectorRegistry::Global().Register(std::make_unique<CollectFactory>(data));
}

std::string RenderValue(const data::Value& value) {
  if (value.IsNull()) {
    return "NULL";
  }
  std::string text = value.ToString();
  // One row is one line of a script.
  for (size_t at = 0; (at = text.find('\n', at)) != std::string::npos; at += 2) {
    text.replace(at, 1, "\\n");
  }
  return text;
}

}  // namespace laminar::sqltest
