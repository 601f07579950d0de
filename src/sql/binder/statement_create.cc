// ProgramBuilder: CREATE TABLE and CREATE VIEW.
#include <utility>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/parser/expression/list.hpp"
#include "duckdb/parser/parsed_data/create_view_info.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/tableref/list.hpp"
#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"

#include "sql/binder/program_builder.h"
#include "sql/binder/select_from.h"
#include "sql/binder/token_reader.h"
#include "sql/catalog/program_catalog.h"
#include "sql/catalog/scan_function.h"

namespace laminar::sql {
namespace {

using data::LogicalType;
using duckdb::StringUtil;
using ParsedPointer = duckdb::unique_ptr<duckdb::ParsedExpression>;
using Kind = data::ConnectorTable::Kind;

bool IsTimestamp(const LogicalType& type) {
  switch (type.id()) {
    case data::LogicalTypeId::TIMESTAMP:
    case data::LogicalTypeId::TIMESTAMP_SEC:
    case data::LogicalTypeId::TIMESTAMP_MS:
    case data::LogicalTypeId::TIMESTAMP_NS:
    case data::LogicalTypeId::TIMESTAMP_TZ:
      return true;
    default:
      return false;
  }
}

bool IsPhysical(const ColumnDeclaration& column) {
  return !column.generated.has_value() && !column.metadata.has_value();
}

bool DeclaresPhysicalColumns(const CreateTable& declaration) {
  for (const ColumnDeclaration& column : declaration.columns) {
    if (IsPhysical(column)) {
      return true;
    }
  }
  return false;
}

ParsedPointer ColumnNamed(const std::string& name, base::SourceSpan span = {}) {
  auto column = duckdb::make_uniq<duckdb::ColumnRefExpression>(name);
  if (span.offset >= 0) {
    column->SetQueryLocation(static_cast<duckdb::idx_t>(span.offset));
  }
  column->SetAlias(name);
  return column;
}

duckdb::unique_ptr<duckdb::TableRef> Scan(const std::string& source) {
  duckdb::vector<ParsedPointer> arguments;
  arguments.push_back(duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(source)));
  auto scan = duckdb::make_uniq<duckdb::TableFunctionRef>();
  scan->function =
      duckdb::make_uniq<duckdb::FunctionExpression>(kScanFunctionName, std::move(arguments));
  return scan;
}

/// The name in CREATE TABLE or CREATE VIEW.
std::optional<PlacedName> CreatedName(const ProgramText& text, TokenRange statement) {
  TokenReader reader(text, statement);
  reader.AcceptKeyword("create");
  reader.AcceptKeywords({"or", "replace"});
  reader.AcceptKeyword("temporary") || reader.AcceptKeyword("temp");
  if (!reader.AcceptKeyword("table") && !reader.AcceptKeyword("view")) {
    return std::nullopt;
  }
  reader.AcceptKeywords({"if", "not", "exists"});
  if (!reader.SeesKind(TokenKind::kWord) && !reader.SeesKind(TokenKind::kQuotedWord)) {
    return std::nullopt;
  }
  PlacedName name;
  name.span = reader.NextSpan();
  name.name = IdentifierOf(text.text(), reader.Next());
  return name;
}

/// Replaces what equals `part` by a reference to column `position`.
void ReplaceEqual(duckdb::unique_ptr<duckdb::Expression>& expression,
                  const duckdb::Expression& part,
                  size_t position) {
  if (expression->Equals(part)) {
    expression = duckdb::make_uniq<duckdb::BoundReferenceExpression>("event_time", part.return_type,
                                                                     position);
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      *expression,
      [&](duckdb::unique_ptr<duckdb::Expression>& child) { ReplaceEqual(child, part, position); });
}

expression::BoundExpression Shared(duckdb::unique_ptr<duckdb::Expression> expression) {
  return expression::BoundExpression(
      std::shared_ptr<const duckdb::Expression>(expression.release()));
}

}  // namespace

void ProgramBuilder::RunCreate(TokenRange statement) {
  try {
    CreateObject(statement);
  } catch (...) {
    // Whoever uses what could not be created is not to blame.
    const std::optional<PlacedName> name = CreatedName(text_, statement);
    if (name.has_value() && FindTable(name->name) == nullptr) {
      tables_[StringUtil::Lower(name->name)].name = *name;
    }
    throw;
  }
}

void ProgramBuilder::CreateObject(TokenRange statement) {
  TokenReader reader(text_, statement);
  reader.ExpectKeyword("create");
  reader.AcceptKeywords({"or", "replace"});
  reader.AcceptKeyword("temporary") || reader.AcceptKeyword("temp");
  if (reader.SeesKeyword("table")) {
    RunCreateTable(statement);
  } else if (reader.SeesKeyword("view")) {
    RunCreateView(statement);
  } else if (reader.SeesKeyword("connection") || reader.SeesKeyword("pipeline") ||
             reader.SeesKeyword("metric") || reader.SeesKeyword("function") ||
             reader.SeesKeyword("macro") || reader.SeesKeyword("type") ||
             reader.SeesKeyword("index") || reader.SeesKeyword("schema") ||
             reader.SeesKeyword("sequence") || reader.SeesKeyword("source") ||
             reader.SeesKeyword("sink") || reader.SeesKeyword("stream") ||
             reader.SeesKeyword("materialized")) {
    const std::string word = StringUtil::Upper(IdentifierOf(text_.text(), reader.Peek()));
    throw DiagnosticError("LM1006", reader.NextSpan(), "CREATE " + word + " is not supported",
                          "CREATE TABLE ... WITH (connector = '...') and CREATE VIEW are");
  } else {
    reader.Fail("TABLE or VIEW");
  }
}

void ProgramBuilder::RunCreateTable(TokenRange statement) {
  bool is_usable = true;
  CreateTable declaration = ParseCreateTable(text_, statement, diagnostics_, is_usable);
  if (!is_usable) {
    Table& broken = tables_[StringUtil::Lower(declaration.name.name)];
    broken = Table();
    broken.name = declaration.name;
    if (declaration.options.contains("connector")) {
      TableRequest request;
      request.name = declaration.name.name;
      request.span = declaration.name.span;
      request.options = declaration.options;
      resolver_.Resolve(request, diagnostics_);  // for its own errors
    }
    return;
  }
  if (MayDeclare(declaration.name, declaration.or_replace, declaration.if_not_exists)) {
    DeclareTable(std::move(declaration));
  }
}

bool ProgramBuilder::MayDeclare(const PlacedName& name, bool or_replace, bool if_not_exists) {
  const Table* known = FindTable(name.name);
  if (known == nullptr || or_replace) {
    return true;
  }
  if (if_not_exists) {
    return false;
  }
  throw DiagnosticError("LM1101", name.span, "table \"" + name.name + "\" exists already",
                        "use another name, CREATE OR REPLACE, or IF NOT EXISTS");
}

void ProgramBuilder::DeclareTable(CreateTable declaration) {
  // Until all went well the table is known to be broken, so that its users are not blamed.
  Table& table = tables_[StringUtil::Lower(declaration.name.name)];
  table = Table();
  table.name = declaration.name;
  const auto connector = declaration.options.find("connector");
  const bool is_memory = connector == declaration.options.end() ||
                         (std::holds_alternative<std::string>(connector->second.value) &&
                          std::get<std::string>(connector->second.value) == "memory");
  if (!is_memory) {
    CreateConnectorTable(std::move(declaration));
  } else if (declaration.as_query.has_value() && declaration.columns.empty() &&
             declaration.options.empty()) {
    CreateFromQuery(std::move(declaration));
  } else {
    CreateMemoryTable(std::move(declaration));
  }
}

void ProgramBuilder::CreateFromQuery(CreateTable declaration) {
  const auto select = ParseSelect(*declaration.as_query);
  if (!Rewrite(*select)) {
    return;
  }
  const std::optional<BoundSelect> bound = BindSelect(*select, declaration.name.span);
  if (!bound.has_value()) {
    return;
  }
  Table& table = *FindTable(declaration.name.name);
  CreateView(table,
             duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(select->Copy()),
             bound->names, bound->types);
  table.kind = TableKind::kView;
}

void ProgramBuilder::CreateMemoryTable(CreateTable declaration) {
  for (const auto& [key, option] : declaration.options) {
    if (key != "connector") {
      const bool is_misspelt = base::FindNearest(key, {"connector"}) == "connector";
      throw DiagnosticError(
          "LM1117", option.key_span, "a memory table takes no options, found '" + key + "'",
          is_misspelt ? "did you mean 'connector'?" : "name a connector: connector = '...'");
    }
  }
  if (declaration.watermark.has_value()) {
    throw DiagnosticError("LM1117", declaration.watermark->span,
                          "a memory table takes its event time from the query that is inserted",
                          "remove WATERMARK FOR");
  }
  for (const ColumnDeclaration& column : declaration.columns) {
    if (!IsPhysical(column)) {
      throw DiagnosticError("LM1117", column.name.span,
                            "a memory table has no computed and no metadata columns",
                            "compute it in the query that is inserted");
    }
  }
  if (declaration.as_query.has_value()) {
    throw DiagnosticError("LM1117", declaration.name.span,
                          "CREATE TABLE AS takes its columns from the query",
                          "leave out the column list");
  }
  if (declaration.columns.empty()) {
    throw DiagnosticError("LM1116", declaration.name.span, "the table has no columns",
                          "declare them, or give the table a connector: WITH (connector = '...')");
  }
  Table& table = *FindTable(declaration.name.name);
  table.declaration = std::move(declaration);
  table.kind = TableKind::kMemory;
}

void ProgramBuilder::CreateConnectorTable(CreateTable declaration) {
  Table& table = *FindTable(declaration.name.name);
  if (declaration.temporary) {
    throw DiagnosticError("LM1006", declaration.name.span,
                          "lookup tables (CREATE TEMPORARY TABLE) are not supported yet");
  }
  TableRequest request;
  request.name = declaration.name.name;
  request.span = declaration.name.span;
  request.options = declaration.options;
  const bool is_target =
      declaration.as_query.has_value() || insert_targets_.contains(StringUtil::Lower(request.name));
  request.wanted = is_target ? Kind::kSink : Kind::kSource;
  table.resolved = resolver_.Resolve(request, diagnostics_);
  if (!table.resolved.has_value()) {
    return;
  }
  table.declaration = std::move(declaration);
  if (table.resolved->table.kind == Kind::kSource) {
    CreateSource(table);
    return;
  }
  CreateSink(table);
  if (table.declaration.as_query.has_value()) {
    const auto select = ParseSelect(*table.declaration.as_query);
    std::optional<BoundSelect> bound =
        Rewrite(*select) ? BindSelect(*select, table.name.span) : std::nullopt;
    if (bound.has_value()) {
      const duckdb::InsertStatement whole_row;
      InsertIntoSink(table, *std::move(bound), whole_row,
                     {table.declaration.span, table.name.span});
    }
  }
}

void ProgramBuilder::CheckMetadata(const ColumnDeclaration& column,
                                   const ResolvedTable& resolved) const {
  std::vector<std::string> keys;
  for (const connectors::MetadataField& field : resolved.connector->metadata_fields()) {
    keys.push_back(field.key);
    if (field.key != column.metadata->name) {
      continue;
    }
    if (field.type != column.type) {
      throw DiagnosticError("LM1108", column.type_span,
                            "incorrect data type for metadata field '" + field.key +
                                "'; expected " + field.type.ToString() + ", but found " +
                                column.type.ToString());
    }
    return;
  }
  const std::string nearest = base::FindNearest(column.metadata->name, keys);
  std::string hint = keys.empty() ? "this connector has none" : "possible: " + JoinNames(keys);
  if (!nearest.empty()) {
    hint = "did you mean '" + nearest + "'?";
  }
  throw DiagnosticError("LM1108", column.metadata->span,
                        "unknown metadata key '" + column.metadata->name + "'", hint);
}

void ProgramBuilder::AddPhysicalColumns(Table& table) const {
  ResolvedTable& resolved = *table.resolved;
  data::Schema& schema = resolved.table.schema;
  const bool declares = DeclaresPhysicalColumns(table.declaration);
  if (!declares && resolved.table.kind == Kind::kSource) {
    resolver_.InferColumns(resolved, table.name.span);
  } else if (declares && resolved.connector->fixed_schema().has_value()) {
    throw DiagnosticError("LM1109", table.declaration.columns.front().name.span,
                          "connector '" + resolved.table.connector + "' has columns of its own: " +
                              JoinNames(resolved.connector->fixed_schema()->Names()),
                          "leave them out; WATERMARK FOR and computed columns are fine");
  }
  for (const ColumnDeclaration& column : table.declaration.columns) {
    if (column.generated.has_value()) {
      continue;
    }
    if (column.metadata.has_value()) {
      CheckMetadata(column, resolved);
      resolved.table.metadata.push_back({column.name.name, column.metadata->name});
    }
    if (schema.Find(column.name.name).has_value()) {
      throw DiagnosticError("LM1103", column.name.span,
                            "column is declared twice: \"" + column.name.name + "\"");
    }
    schema.fields.push_back({column.name.name, column.type, !column.not_null});
  }
}

void ProgramBuilder::CreateSource(Table& table) {
  for (const ColumnDeclaration& column : table.declaration.columns) {
    if (column.is_deprecated_metadata) {
      Warn("LM2101", column.name.span, "metadata('key') in a generated column is an older form",
           "write " + column.name.name + " " + column.type.ToString() + " METADATA FROM '" +
               column.metadata->name + "'");
    }
  }
  if (!table.declaration.partitioned_by.empty()) {
    throw DiagnosticError("LM1104", table.declaration.partitioned_by[0].span,
                          "PARTITIONED BY is for sinks");
  }
  AddPhysicalColumns(table);
  resolver_.Validate(*table.resolved, table.declaration.options, table.name.span);
  table.source = std::make_shared<SourceTable>();
  table.source->name = UniqueSourceName(table.name.name);
  table.source->table = table.resolved->table;
  table.source->span = table.name.span;
  ProgramCatalog::Of(context_).Add(table.source);
  auto select = ScanSelect(table, table.source->name);
  const size_t num_errors = diagnostics_.size();
  const std::optional<BoundSelect> bound =
      select == nullptr ? std::nullopt : BindSelect(*select, table.name.span);
  if (!bound.has_value()) {
    return;
  }
  if (!PlanBinding::OverScan(*bound->plan).has_value()) {
    throw DiagnosticError("LM1107", table.name.span,
                          "generated columns must be computed from the columns of their row alone");
  }
  CreateView(table, std::move(select), bound->names, bound->types);
  BindEventTime(table);
  if (diagnostics_.size() == num_errors || diagnostics_.back().severity != base::Severity::kError) {
    table.kind = TableKind::kSource;
  }
}

duckdb::unique_ptr<duckdb::SelectStatement> ProgramBuilder::ScanSelect(const Table& table,
                                                                       const std::string& source) {
  duckdb::vector<ParsedPointer> columns;
  if (!DeclaresPhysicalColumns(table.declaration)) {
    for (const data::Field& field : table.resolved->table.schema.fields) {
      bool is_metadata = false;
      for (const data::MetadataColumn& metadata : table.resolved->table.metadata) {
        is_metadata |= metadata.column == field.name;
      }
      if (!is_metadata) {
        columns.push_back(ColumnNamed(field.name));
      }
    }
  }
  bool is_usable = true;
  for (const ColumnDeclaration& column : table.declaration.columns) {
    if (!column.generated.has_value()) {
      columns.push_back(ColumnNamed(column.name.name));
      continue;
    }
    ParsedPointer expression = ParseExpression(*column.generated);
    if (expression == nullptr) {
      is_usable = false;
      continue;
    }
    auto cast = duckdb::make_uniq<duckdb::CastExpression>(column.type, std::move(expression));
    cast->SetAlias(column.name.name);
    columns.push_back(std::move(cast));
  }
  return is_usable ? SelectFrom(std::move(columns), Scan(source)) : nullptr;
}

ParsedPointer ProgramBuilder::ParseExpression(TokenRange range) {
  auto select = ParseSelect(range, "SELECT ");
  auto& node = *select->node;
  if (node.type != duckdb::QueryNodeType::SELECT_NODE || !node.modifiers.empty()) {
    throw DiagnosticError("LM1001", text_.SpanOf(range), "an expression is expected here");
  }
  auto& select_node = node.Cast<duckdb::SelectNode>();
  const bool is_expression = select_node.select_list.size() == 1 &&
                             select_node.where_clause == nullptr &&
                             select_node.groups.grouping_sets.empty() &&
                             select_node.having == nullptr && select_node.qualify == nullptr &&
                             select_node.from_table->type == duckdb::TableReferenceType::EMPTY_FROM;
  if (!is_expression) {
    throw DiagnosticError("LM1001", text_.SpanOf(range), "an expression is expected here");
  }
  ParsedPointer expression = std::move(select_node.select_list[0]);
  RewriteResult result = RewriteExpression(expression, *this);
  for (base::Diagnostic& diagnostic : result.diagnostics) {
    Report(std::move(diagnostic));
  }
  return result.diagnostics.empty() ? std::move(expression) : nullptr;
}

void ProgramBuilder::BindEventTime(Table& table) {
  const ResolvedTable& resolved = *table.resolved;
  const std::optional<WatermarkDeclaration>& declared = table.declaration.watermark;
  if (declared.has_value() &&
      (resolved.event_time_field.has_value() || resolved.watermark_field.has_value())) {
    throw DiagnosticError("LM1105", declared->span,
                          "the event time is given twice: by WATERMARK FOR and by an option",
                          "remove event_time_field and watermark_field");
  }
  if (declared.has_value()) {
    ParsedPointer watermark =
        declared->expression.has_value() ? ParseExpression(*declared->expression) : nullptr;
    if (declared->expression.has_value() && watermark == nullptr) {
      return;
    }
    BindTimeExpressions(
        table, declared->column.name, declared->column.span, std::move(watermark),
        declared->expression.has_value() ? text_.SpanOf(*declared->expression) : declared->span);
    return;
  }
  const auto span_of = [&](const char* key) {
    const auto given = table.declaration.options.find(key);
    return given == table.declaration.options.end() ? table.name.span : given->second.value_span;
  };
  if (resolved.event_time_field.has_value()) {
    ParsedPointer watermark;
    if (resolved.watermark_field.has_value()) {
      watermark = ColumnNamed(*resolved.watermark_field, span_of("watermark_field"));
    }
    BindTimeExpressions(table, *resolved.event_time_field, span_of("event_time_field"),
                        std::move(watermark), span_of("watermark_field"));
    return;
  }
  if (resolved.watermark_field.has_value()) {
    throw DiagnosticError("LM1105", span_of("watermark_field"),
                          "watermark_field needs event_time_field too");
  }
  const std::optional<std::string> by_default = resolved.connector->default_event_time();
  if (by_default.has_value() && resolved.table.schema.Find(*by_default).has_value()) {
    BindTimeExpressions(table, *by_default, table.name.span, nullptr, table.name.span);
  }
}

void ProgramBuilder::BindTimeExpressions(Table& table,
                                         const std::string& column,
                                         base::SourceSpan span,
                                         ParsedPointer watermark,
                                         base::SourceSpan watermark_span) {
  auto rows = ScanSelect(table, table.source->name);
  if (rows == nullptr) {
    return;
  }
  const bool has_watermark = watermark != nullptr;
  duckdb::vector<ParsedPointer> columns;
  columns.push_back(ColumnNamed(column, span));
  columns.back()->ClearAlias();  // an alias would be taken for what the name means
  if (has_watermark) {
    watermark->ClearAlias();
    columns.push_back(std::move(watermark));
  }
  const auto select = SelectFrom(
      std::move(columns), duckdb::make_uniq<duckdb::SubqueryRef>(std::move(rows), table.name.name));
  std::optional<BoundSelect> bound = BindSelect(*select, span);
  if (!bound.has_value()) {
    return;
  }
  if (!IsTimestamp(bound->types[0])) {
    throw DiagnosticError(
        "LM1106", span,
        "the event time must be a TIMESTAMP, column \"" + column + "\" is " +
            bound->types[0].ToString(),
        "add a column: event_time TIMESTAMP GENERATED ALWAYS AS (CAST(... AS TIMESTAMP))");
  }
  if (has_watermark && !IsTimestamp(bound->types[1])) {
    throw DiagnosticError(
        "LM1106", watermark_span,
        "the watermark must be a TIMESTAMP, the expression is " + bound->types[1].ToString(),
        "for example: WATERMARK FOR " + column + " AS " + column + " - INTERVAL '5 seconds'");
  }
  binding_.Project(*bound, has_watermark ? 2 : 1, [&](size_t output) {
    return duckdb::BoundCastExpression::AddCastToType(context_, binding_.Reference(*bound, output),
                                                      LogicalType::TIMESTAMP);
  });
  const auto plan = binding_.Optimize(*std::move(bound));
  auto expressions = PlanBinding::OverScan(*plan);
  if (!expressions.has_value()) {
    throw DiagnosticError(
        "LM1106", watermark_span,
        "event time and watermark must be computed from the columns of their row alone");
  }
  if (has_watermark) {
    ReplaceEqual((*expressions)[1], *(*expressions)[0], table.source->table.schema.num_columns());
    table.source->watermark = Shared(std::move((*expressions)[1]));
  }
  table.source->event_time = Shared(std::move((*expressions)[0]));
}

void ProgramBuilder::CreateView(Table& table,
                                duckdb::unique_ptr<duckdb::SelectStatement> select,
                                std::vector<std::string> names,
                                std::vector<LogicalType> types) {
  auto info =
      duckdb::make_uniq<duckdb::CreateViewInfo>(TEMP_CATALOG, DEFAULT_SCHEMA, table.name.name);
  info->temporary = true;
  info->on_conflict = duckdb::OnCreateConflict::REPLACE_ON_CONFLICT;
  info->query = std::move(select);
  info->names = duckdb::vector<std::string>(names.begin(), names.end());
  info->types = duckdb::vector<LogicalType>(types.begin(), types.end());
  duckdb::Catalog::GetCatalog(context_, TEMP_CATALOG).CreateView(context_, *info);
  binding_.AddKnownColumns(names);
  table.names = std::move(names);
  table.types = std::move(types);
}

void ProgramBuilder::CreateSink(Table& table) {
  const CreateTable& declaration = table.declaration;
  if (declaration.watermark.has_value()) {
    throw DiagnosticError("LM1104", declaration.watermark->span,
                          "a sink has no watermark of its own", "remove WATERMARK FOR");
  }
  for (const ColumnDeclaration& column : declaration.columns) {
    if (!IsPhysical(column)) {
      throw DiagnosticError("LM1107", column.name.span,
                            "a sink has no computed and no metadata columns",
                            "compute it in the query that is inserted");
    }
  }
  AddPhysicalColumns(table);
  data::ConnectorTable& target = table.resolved->table;
  table.has_schema = !target.schema.fields.empty();
  for (const PlacedName& column : declaration.partitioned_by) {
    if (table.has_schema && !target.schema.Find(column.name).has_value()) {
      const std::string nearest = base::FindNearest(column.name, target.schema.Names());
      throw DiagnosticError("LM1203", column.span,
                            "unknown column \"" + column.name + "\" in PARTITIONED BY",
                            nearest.empty() ? "" : "did you mean \"" + nearest + "\"?");
    }
    target.partitioned_by.push_back(column.name);
  }
  if (table.has_schema) {
    resolver_.Validate(*table.resolved, declaration.options, table.name.span);
  }
  table.kind = TableKind::kSink;
}

void ProgramBuilder::RunCreateView(TokenRange statement) {
  TokenReader reader(text_, statement);
  reader.ExpectKeyword("create");
  const bool or_replace = reader.AcceptKeywords({"or", "replace"});
  reader.AcceptKeyword("temporary") || reader.AcceptKeyword("temp");
  reader.ExpectKeyword("view");
  const bool if_not_exists = reader.AcceptKeywords({"if", "not", "exists"});
  PlacedName name;
  name.span = reader.NextSpan();
  name.name = reader.ExpectIdentifier("the name of a view");
  std::vector<std::string> aliases;
  if (reader.AcceptSymbol('(')) {
    do {
      aliases.push_back(reader.ExpectIdentifier("the name of a column"));
    } while (reader.AcceptSymbol(','));
    reader.ExpectSymbol(')');
  }
  reader.ExpectKeyword("as");
  if (reader.AtEnd()) {
    reader.Fail("a query");
  }
  if (!MayDeclare(name, or_replace, if_not_exists)) {
    return;
  }
  Table& table = tables_[StringUtil::Lower(name.name)];
  table = Table();
  table.name = name;
  auto select = ParseSelect(reader.Rest());
  if (!Rewrite(*select)) {
    return;
  }
  const std::optional<BoundSelect> bound = BindSelect(*select, name.span);
  if (!bound.has_value()) {
    return;
  }
  if (aliases.size() > bound->names.size()) {
    throw DiagnosticError("LM1503", name.span,
                          "the view names " + std::to_string(aliases.size()) +
                              " columns, its query has " + std::to_string(bound->names.size()));
  }
  if (!aliases.empty()) {
    auto from = duckdb::make_uniq<duckdb::SubqueryRef>(std::move(select), "laminar_view");
    from->column_name_alias = duckdb::vector<std::string>(aliases.begin(), aliases.end());
    duckdb::vector<ParsedPointer> all;
    all.push_back(duckdb::make_uniq<duckdb::StarExpression>());
    select = SelectFrom(std::move(all), std::move(from));
  }
  std::vector<std::string> names = bound->names;
  std::copy(aliases.begin(), aliases.end(), names.begin());
  CreateView(table, std::move(select), std::move(names), bound->types);
  table.kind = TableKind::kView;
}

}  // namespace laminar::sql
