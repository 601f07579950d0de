#include "sql/binder/table_resolver.h"

#include <algorithm>
#include <utility>

#include "duckdb.hpp"
#include "duckdb/common/string_util.hpp"

#include "sql/catalog/common_options.h"

namespace laminar::sql {
namespace {

using data::ConnectorTable;
using Kind = data::ConnectorTable::Kind;

std::string DidYouMean(const std::string& word, const std::vector<std::string>& candidates) {
  const std::string nearest = base::FindNearest(word, candidates);
  return nearest.empty() ? "possible: " + JoinNames(candidates) : "did you mean '" + nearest + "'?";
}

/// A text or a bare word, as `connector`, `type` and `format` take.
std::string WordOf(const data::OptionValue& option) {
  if (const auto* text = std::get_if<std::string>(&option.value)) {
    return duckdb::StringUtil::Lower(*text);
  }
  if (const auto* name = std::get_if<data::Identifier>(&option.value)) {
    return duckdb::StringUtil::Lower(name->name);
  }
  throw DiagnosticError("LM1112", option.value_span, "expected a text in single quotes");
}

Kind KindByType(const std::string& type, const data::OptionValue& option) {
  if (type == "source") {
    return Kind::kSource;
  }
  if (type == "sink") {
    return Kind::kSink;
  }
  if (type == "lookup") {
    throw DiagnosticError("LM1006", option.value_span, "lookup tables are not supported yet");
  }
  throw DiagnosticError("LM1112", option.value_span, "option 'type': unknown value '" + type + "'",
                        "possible values: source, sink");
}

Kind DecideKind(const TableRequest& request, const connectors::ConnectorTraits& traits) {
  const auto given = request.options.find("type");
  base::SourceSpan span = request.span;
  Kind kind = Kind::kSource;
  if (given != request.options.end()) {
    kind = KindByType(WordOf(given->second), given->second);
    span = given->second.value_span;
  } else if (traits.source != traits.sink) {
    kind = traits.source ? Kind::kSource : Kind::kSink;
  } else {
    kind = request.wanted.value_or(Kind::kSource);
  }
  if (kind == Kind::kSource && !traits.source) {
    throw DiagnosticError("LM1115", span,
                          "connector '" + traits.name + "' cannot be read: it is a sink only");
  }
  if (kind == Kind::kSink && !traits.sink) {
    throw DiagnosticError("LM1115", span,
                          "connector '" + traits.name + "' cannot be written: it is a source only");
  }
  return kind;
}

void Append(std::vector<data::OptionSpec>& all, const std::vector<data::OptionSpec>& more) {
  all.insert(all.end(), more.begin(), more.end());
}

/// Copies the options of these specs.
data::Options Select(const data::Options& options, const std::vector<data::OptionSpec>& specs) {
  data::Options selected;
  for (const data::OptionSpec& spec : specs) {
    if (const auto found = options.values().find(spec.name); found != options.values().end()) {
      selected.Set(spec.name, found->second);
    }
  }
  return selected;
}

base::Diagnostic ToDiagnostic(const data::OptionError& error, const TableRequest& request) {
  base::Diagnostic diagnostic{"LM1112", base::Severity::kError, request.span, error.message,
                              error.hint};
  if (error.key.empty()) {
    diagnostic.code = "LM1113";
  } else if (const auto given = request.options.find(error.key); given != request.options.end()) {
    diagnostic.code = error.at_key ? "LM1111" : "LM1112";
    diagnostic.span = error.at_key ? given->second.key_span : given->second.value_span;
  }
  return diagnostic;
}

data::BadDataPolicy PolicyOf(const data::Options& options) {
  const std::string policy = options.GetStringOr("bad_data", "fail");
  return policy == "drop"          ? data::BadDataPolicy::kDrop
         : policy == "dead_letter" ? data::BadDataPolicy::kDeadLetter
                                   : data::BadDataPolicy::kFail;
}

}  // namespace

std::string JoinNames(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) {
    text += text.empty() ? name : ", " + name;
  }
  return text;
}

const connectors::ConnectorFactory& TableResolver::FindConnector(
    const TableRequest& request) const {
  const auto given = request.options.find("connector");
  if (given == request.options.end()) {
    throw DiagnosticError("LM1113", request.span, "required option is missing: 'connector'",
                          "possible: " + JoinNames(connectors_.Names()));
  }
  const std::string name = WordOf(given->second);
  const connectors::ConnectorFactory* factory = connectors_.Find(name);
  if (factory == nullptr) {
    throw DiagnosticError("LM1110", given->second.value_span, "unknown connector '" + name + "'",
                          DidYouMean(name, connectors_.Names()));
  }
  return *factory;
}

const formats::FormatFactory* TableResolver::FindFormat(
    const TableRequest& request,
    const connectors::ConnectorTraits& traits) const {
  if (!traits.has_format) {
    return nullptr;
  }
  const auto given = request.options.find("format");
  if (given == request.options.end() && traits.default_format.empty()) {
    throw DiagnosticError("LM1113", request.span, "required option is missing: 'format'",
                          "possible: " + JoinNames(formats_.Names()));
  }
  const std::string name =
      given == request.options.end() ? traits.default_format : WordOf(given->second);
  const base::SourceSpan span =
      given == request.options.end() ? request.span : given->second.value_span;
  const formats::FormatFactory* format = formats_.Find(name);
  if (format == nullptr) {
    throw DiagnosticError("LM1114", span, "unknown format '" + name + "'",
                          DidYouMean(name, formats_.Names()));
  }
  if (format->needs_random_access() && !traits.formats_random_access) {
    throw DiagnosticError(
        "LM1114", span,
        "format '" + name + "' needs files, connector '" + traits.name + "' has a stream of bytes");
  }
  return format;
}

std::optional<ResolvedTable> TableResolver::Resolve(
    const TableRequest& request,
    std::vector<base::Diagnostic>& diagnostics) const {
  ResolvedTable resolved;
  resolved.connector = &FindConnector(request);
  const connectors::ConnectorTraits traits = resolved.connector->traits();
  ConnectorTable& table = resolved.table;
  table.name = request.name;
  table.connector = traits.name;
  table.kind = DecideKind(request, traits);
  resolved.format = FindFormat(request, traits);
  table.format = resolved.format == nullptr ? "" : resolved.format->name();

  const std::vector<data::OptionSpec> own = table.kind == Kind::kSource
                                                ? resolved.connector->source_options()
                                                : resolved.connector->sink_options();
  const std::vector<data::OptionSpec> of_format =
      resolved.format == nullptr ? std::vector<data::OptionSpec>() : resolved.format->options();
  std::vector<data::OptionSpec> all = own;
  Append(all, of_format);
  Append(all, CommonOptions(table.kind, traits.has_format));

  std::vector<data::OptionError> errors;
  const data::Options options = data::Options::Check(request.options, all, errors);
  for (const data::OptionError& error : errors) {
    diagnostics.push_back(ToDiagnostic(error, request));
  }
  if (!errors.empty()) {
    return std::nullopt;
  }
  table.options = Select(options, own);
  table.format_options = Select(options, of_format);
  table.bad_data = PolicyOf(options);
  table.dead_letter_path = options.GetStringOr("dead_letter_path", "");
  if (table.bad_data == data::BadDataPolicy::kDeadLetter && table.dead_letter_path.empty()) {
    throw DiagnosticError("LM1113", request.options.at("bad_data").value_span,
                          "bad_data = 'dead_letter' needs the option 'dead_letter_path'");
  }
  if (options.Has("idle_micros")) {
    table.idle_after = data::Duration{options.GetInteger("idle_micros")};
  }
  if (options.Has("event_time_field")) {
    resolved.event_time_field = options.GetString("event_time_field");
  }
  if (options.Has("watermark_field")) {
    resolved.watermark_field = options.GetString("watermark_field");
  }
  return resolved;
}

void TableResolver::InferColumns(ResolvedTable& table, base::SourceSpan span) const {
  if (std::optional<data::Schema> fixed = table.connector->fixed_schema(); fixed.has_value()) {
    table.table.schema = *std::move(fixed);
    return;
  }
  absl::StatusOr<data::Schema> inferred = table.connector->InferSchema(table.table);
  if (!inferred.ok()) {
    throw DiagnosticError("LM1116", span,
                          "the columns are not declared and cannot be inferred: " +
                              std::string(base::FromAbsl(inferred.status().message())),
                          "declare them: CREATE TABLE name (column TYPE, ...) WITH (...)");
  }
  if (inferred->fields.empty()) {
    throw DiagnosticError(
        "LM1116", span,
        "the columns are not declared and the input is empty: nothing to infer them from",
        "declare them: CREATE TABLE name (column TYPE, ...) WITH (...)");
  }
  table.table.schema = *std::move(inferred);
}

void TableResolver::Validate(const ResolvedTable& table,
                             const data::OptionMap& given,
                             base::SourceSpan span) const {
  absl::Status status = table.connector->Validate(table.table);
  if (status.ok() && table.format != nullptr) {
    status = table.format->Validate(table.table);
  }
  if (status.ok()) {
    return;
  }
  const std::string message(base::FromAbsl(status.message()));
  const std::string first_line = message.substr(0, message.find('\n'));
  for (const auto& [key, option] : given) {
    if (first_line.find(key) != std::string::npos && key != "type" && key != "connector" &&
        key != "format") {
      throw DiagnosticError("LM1112", option.value_span, message);
    }
  }
  throw DiagnosticError("LM1112", span, message);
}

}  // namespace laminar::sql
