#include "cli/command_checkpoints_query.h"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <nlohmann/json.hpp>

#include "app/checkpoint_query.h"
#include "cli/command_checkpoints_report.h"
#include "cli/error_report.h"
#include "cli/exit_code.h"
#include "cli/listing.h"
#include "cli/output.h"

namespace laminar::cli {
namespace {

using Json = nlohmann::ordered_json;
using expression::QueryResult;

Json ValueToJson(const QueryResult::Column& column, const std::optional<std::string>& value) {
  if (!value.has_value()) {
    return nullptr;
  }
  if (column.is_number || column.is_flag) {
    Json number = Json::parse(*value, nullptr, /*allow_exceptions=*/false);
    if (!number.is_discarded()) {
      return number;
    }
  }
  return *value;
}

std::string RenderJson(const QueryResult& result, bool lines) {
  Json array = Json::array();
  std::string text;
  for (const auto& row : result.rows) {
    Json object = Json::object();
    for (size_t i = 0; i < row.size(); ++i) {
      object[result.columns[i].name] = ValueToJson(result.columns[i], row[i]);
    }
    if (lines) {
      text += object.dump(-1, ' ', false, Json::error_handler_t::replace) + "\n";
    } else {
      array.push_back(std::move(object));
    }
  }
  return lines ? text : array.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

Listing ToListing(const QueryResult& result, const std::string& null) {
  Listing listing;
  for (const QueryResult::Column& column : result.columns) {
    listing.columns.push_back(column.name);
  }
  for (const auto& row : result.rows) {
    std::vector<std::string> values;
    for (const std::optional<std::string>& value : row) {
      values.push_back(value.value_or(null));
    }
    listing.rows.push_back(std::move(values));
  }
  return listing;
}

std::string TablesHint(const app::Checkpoint& checkpoint) {
  std::vector<std::string> names;
  for (const app::StateRelation& relation : app::StateRelations(checkpoint)) {
    names.push_back(relation.FullName());
  }
  return names.empty() ? "no operator of this checkpoint keeps state"
                       : fmt::format("tables: {}", fmt::join(names, ", "));
}

}  // namespace

int RunCheckpointQuery(const CommandContext& context,
                       const control::StateDirectory& directory,
                       const app::Checkpoint& checkpoint,
                       const std::string& sql) {
  const absl::StatusOr<QueryResult> result = app::QueryCheckpoint(directory, checkpoint, sql);
  if (absl::IsInvalidArgument(result.status())) {
    ReportError(context.global, "LM4004", StatusText(result.status()), TablesHint(checkpoint));
    return kInvalid;
  }
  if (!result.ok()) {
    return ReportCheckpointError(context, result.status());
  }
  const std::string& format = context.global.output;
  if (format == "json" || format == "jsonl") {
    WriteOutput(RenderJson(*result, format == "jsonl"));
    return kDone;
  }
  const absl::StatusOr<std::string> text =
      RenderListing(context.global, ToListing(*result, format == "csv" ? "" : "NULL"));
  if (!text.ok()) {
    ReportError(context.global, "LM0001", StatusText(text.status()), "");
    return kUsage;
  }
  WriteOutput(*text);
  return kDone;
}

}  // namespace laminar::cli
