#include <algorithm>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include "base/diagnostic.h"
#include "cli/command.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/output.h"
#include "connectors/api/connector_factory.h"
#include "formats/format_registry.h"
#include "sql/catalog/common_options.h"

namespace laminar::cli {
namespace {

std::string OptionTypeText(const data::OptionSpec& spec) {
  return spec.values.empty() ? data::OptionTypeName(spec.type)
                             : fmt::format("{}", fmt::join(spec.values, "|"));
}

void AddOptions(const std::string& scope,
                const std::vector<data::OptionSpec>& specs,
                Listing& listing) {
  for (const data::OptionSpec& spec : specs) {
    listing.rows.push_back({spec.name, scope, OptionTypeText(spec),
                            spec.default_value.value_or("-"), spec.required ? "yes" : "no",
                            spec.since, spec.description});
  }
}

class ConnectorsCommand final : public Command {
 public:
  CLI::App* Register(CLI::App& root) override {
    CLI::App* connectors = root.add_subcommand("connectors", "List connectors and their options");
    connectors->require_subcommand(1);
    list_ = connectors->add_subcommand("ls", "Every connector, what it can be, and what it does");
    list_->fallthrough();
    describe_ = connectors->add_subcommand(
        "describe",
        "Every option and column of a connector, and the options of the formats it takes");
    describe_->fallthrough();
    describe_->add_option("NAME", name_, "Connector")->required();
    describe_->footer(
        "Examples:\n  laminar connectors describe nexmark\n  laminar connectors describe "
        "filesystem -o json");
    return connectors;
  }

  int Run(const CommandContext& context) override {
    Listing listing;
    if (list_->parsed()) {
      listing = ListAll();
    } else if (const connectors::ConnectorFactory* factory =
                   connectors::ConnectorRegistry::Global().Find(name_)) {
      listing = Describe(*factory);
    } else {
      const std::vector<std::string> names = connectors::ConnectorRegistry::Global().Names();
      const std::string nearest = base::FindNearest(name_, names);
      ReportError(context.global, "LM0004", "unknown connector: " + name_,
                  nearest.empty() ? fmt::format("connectors: {}", fmt::join(names, ", "))
                                  : fmt::format("did you mean {}?", nearest));
      return kNotFound;
    }
    absl::StatusOr<std::string> text = RenderListing(context.global, listing);
    if (!text.ok()) {
      ReportError(context.global, "LM0001", StatusText(text.status()), "");
      return kUsage;
    }
    WriteOutput(*text);
    return kDone;
  }

 private:
  static Listing ListAll() {
    Listing listing;
    listing.columns = {"NAME", "ROLES", "DESCRIPTION"};
    std::vector<std::string> names = connectors::ConnectorRegistry::Global().Names();
    std::sort(names.begin(), names.end());
    for (const std::string& name : names) {
      const connectors::ConnectorTraits traits =
          connectors::ConnectorRegistry::Global().Find(name)->traits();
      std::string roles = traits.source ? "source" : "";
      if (traits.sink) {
        roles += roles.empty() ? "sink" : ", sink";
      }
      listing.rows.push_back({name, roles, traits.description});
    }
    return listing;
  }

  static Listing Describe(const connectors::ConnectorFactory& factory) {
    Listing listing;
    listing.columns = {"OPTION", "OF", "TYPE", "DEFAULT", "REQUIRED", "SINCE", "DESCRIPTION"};
    const connectors::ConnectorTraits traits = factory.traits();
    if (traits.source) {
      AddOptions("source", factory.source_options(), listing);
    }
    if (traits.sink) {
      AddOptions("sink", factory.sink_options(), listing);
    }
    if (const std::optional<data::Schema> columns = factory.fixed_schema()) {
      for (const data::Field& field : columns->fields) {
        const bool is_event_time = field.name == factory.default_event_time().value_or("");
        listing.rows.push_back(
            {field.name, "column", field.type.ToString(), "-", "no", "0.1",
             is_event_time ? "The event time unless the table says otherwise." : ""});
      }
    }
    for (const connectors::MetadataField& field : factory.metadata_fields()) {
      listing.rows.push_back(
          {field.key, "metadata", field.type.ToString(), "-", "no", "0.1", field.description});
    }
    using Kind = data::ConnectorTable::Kind;
    if (traits.source) {
      AddOptions("any source", sql::CommonOptions(Kind::kSource, traits.has_format), listing);
    }
    if (traits.sink) {
      AddOptions("any sink", sql::CommonOptions(Kind::kSink, traits.has_format), listing);
    }
    if (traits.has_format) {
      for (const std::string& name : formats::FormatRegistry::Global().Names()) {
        const formats::FormatFactory* format = formats::FormatRegistry::Global().Find(name);
        if (!format->needs_random_access() || traits.formats_random_access) {
          AddOptions("format " + name, format->options(), listing);
        }
      }
    }
    return listing;
  }

  CLI::App* list_ = nullptr;
  CLI::App* describe_ = nullptr;
  std::string name_;
};

}  // namespace

std::unique_ptr<Command> MakeConnectorsCommand() { return std::make_unique<ConnectorsCommand>(); }

}  // namespace laminar::cli
