#include "sql/binder/program_builder.h"

#include <algorithm>
#include <map>
#include <utility>

#include "duckdb/catalog/catalog.hpp"
#include "duckdb/common/string_util.hpp"
#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/parser/expression/list.hpp"
#include "duckdb/parser/parser.hpp"
#include "duckdb/planner/expression_binder/constant_binder.hpp"

#include "base/limits.h"
#include "expression/duckdb_instance.h"
#include "sql/binder/query_text.h"
#include "sql/binder/token_reader.h"
#include "sql/binder/word_span.h"
#include "sql/catalog/compatibility_functions.h"
#include "sql/catalog/program_catalog.h"
#include "sql/catalog/window_functions.h"

namespace laminar::sql {
namespace {

using duckdb::StringUtil;

// Scans in a query's plan. A view that names another one twice doubles them, so that few statements
// make more than there is memory for.
constexpr int64_t kScansMax = 2000;

int64_t CountScans(const duckdb::LogicalOperator& op) {
  int64_t count = op.children.empty() ? 1 : 0;
  for (const auto& child : op.children) {
    count += CountScans(*child);
  }
  return count;
}

std::shared_ptr<duckdb::Connection> Connect() {
  duckdb::DuckDB& database = expression::DuckDbInstance();
  RegisterStreamFunctions(database);
  auto connection = std::make_shared<duckdb::Connection>(database);
  connection->BeginTransaction();
  return connection;
}

BoundProgram EmptyProgram(std::string_view original) {
  BoundProgram program;
  program.text = std::string(original);
  program.connection = Connect();
  return program;
}

/// Statements that exist in SQL and mean nothing here, with what to do instead.
struct RefusedStatement {
  const char* keyword;
  const char* hint;
};
constexpr RefusedStatement kRefused[] = {
    {"copy", "use a table with the filesystem connector and INSERT INTO it"},
    {"update", "write a query that computes the new values"},
    {"delete", "write a query with WHERE"},
    {"merge", ""},
    {"drop", "a program starts without tables"},
    {"alter", "change the CREATE TABLE"},
    {"truncate", ""},
    {"begin", "every result is committed by itself"},
    {"commit", "every result is committed by itself"},
    {"rollback", ""},
    {"attach", "use a connector"},
    {"detach", ""},
    {"use", ""},
    {"pragma", ""},
    {"call", ""},
    {"analyze", ""},
    {"vacuum", ""},
    {"install", ""},
    {"load", ""},
    {"export", ""},
    {"import", ""},
    {"prepare", "use ${name} and -D name=value"},
    {"execute", ""},
    {"deallocate", ""},
    {"pivot", ""},
    {"unpivot", ""},
    {"summarize", ""},
    {"checkpoint", ""},
    {"reset", ""},
    {"comment", ""},
};

const std::vector<std::string>& FirstWords() {
  static const std::vector<std::string> words = {
      "CREATE", "INSERT", "SELECT", "WITH", "FROM", "SET", "EXPLAIN", "SHOW", "DESCRIBE", "VALUES"};
  return words;
}

}  // namespace

bool IsInsert(const ProgramText& text, TokenRange statement) {
  const std::vector<Token>& tokens = text.tokens();
  if (!IsKeyword(text.text(), tokens[statement.first], "with")) {
    return IsKeyword(text.text(), tokens[statement.first], "insert");
  }
  int depth = 0;
  for (size_t i = statement.first; i + 1 < statement.last; ++i) {
    depth += IsSymbol(text.text(), tokens[i], '(')   ? 1
             : IsSymbol(text.text(), tokens[i], ')') ? -1
                                                     : 0;
    if (depth == 0 && IsKeyword(text.text(), tokens[i], "insert") &&
        IsKeyword(text.text(), tokens[i + 1], "into")) {
      return true;
    }
  }
  return false;
}

std::vector<std::string> MakeUnique(const std::vector<std::string>& names) {
  std::set<std::string> taken;
  std::map<std::string, int> next_numbers;
  std::vector<std::string> result;
  for (const std::string& name : names) {
    std::string candidate = name;
    int& number = next_numbers[StringUtil::Lower(name)];
    for (; !taken.insert(StringUtil::Lower(candidate)).second; ++number) {
      candidate = name + "_" + std::to_string(number + 1);
    }
    result.push_back(candidate);
  }
  return result;
}

ProgramBuilder::ProgramBuilder(const ProgramText& text,
                               std::string_view original,
                               const BindOptions& options,
                               std::vector<base::Diagnostic>& diagnostics)
    : text_(text),
      original_(original),
      options_(options),
      diagnostics_(diagnostics),
      resolver_(*options.connectors, *options.formats),
      program_(EmptyProgram(original)),
      context_(*program_.connection->context),
      binding_(context_, original) {}

ProgramBuilder::~ProgramBuilder() = default;

void ProgramBuilder::Run() {
  CollectInsertTargets();
  for (const TokenRange& statement : text_.statements()) {
    RunStatement(statement);
  }
  for (const auto& [name, table] : tables_) {
    if (table.kind == TableKind::kMemory && !table.is_written) {
      Warn("LM2103", table.name.span, "memory table \"" + table.name.name + "\" is never written",
           "");
    }
  }
  const bool has_error =
      std::any_of(diagnostics_.begin(), diagnostics_.end(), [](const base::Diagnostic& diagnostic) {
        return diagnostic.severity == base::Severity::kError;
      });
  if (!has_error && program_.queries.empty() && program_.reports.empty()) {
    Report({"LM1005",
            base::Severity::kError,
            {},
            "the program has no query",
            "write a SELECT, or INSERT INTO a sink"});
  }
}

BoundProgram ProgramBuilder::Take() {
  program_.settings = settings_;
  for (const auto& source : ProgramCatalog::Of(context_).sources()) {
    program_.sources.push_back(source);
  }
  return std::move(program_);
}

void ProgramBuilder::Report(base::Diagnostic diagnostic) {
  if (text_.HasUnknownVariable(diagnostic.span)) {
    return;  // that the variable has no value was told
  }
  diagnostics_.push_back(std::move(diagnostic));
}

void ProgramBuilder::Warn(const std::string& code,
                          base::SourceSpan span,
                          const std::string& message,
                          const std::string& hint) {
  Report({code, base::Severity::kWarning, span, message, hint});
}

void ProgramBuilder::CollectInsertTargets() {
  for (const TokenRange& statement : text_.statements()) {
    for (size_t i = statement.first; i + 2 < statement.last; ++i) {
      if (IsKeyword(text_.text(), text_.tokens()[i], "insert") &&
          IsKeyword(text_.text(), text_.tokens()[i + 1], "into")) {
        insert_targets_.insert(
            StringUtil::Lower(IdentifierOf(text_.text(), text_.tokens()[i + 2])));
        break;
      }
    }
  }
}

void ProgramBuilder::RunStatement(TokenRange statement) {
  explain_.reset();
  try {
    Dispatch(statement);
  } catch (const DiagnosticError& error) {
    Report(error.diagnostic());
  } catch (const std::exception& error) {
    Report(binding_.Translate(error, text_.SpanOf(statement)));
  }
}

void ProgramBuilder::Dispatch(TokenRange statement) {
  const TokenReader reader(text_, statement);
  if (reader.SeesKeyword("create")) {
    RunCreate(statement);
  } else if (IsInsert(text_, statement)) {
    RunInsert(statement);
  } else if (reader.SeesKeyword("set")) {
    RunSet(statement);
  } else if (reader.SeesKeyword("explain")) {
    RunExplain(statement);
  } else if (reader.SeesKeyword("show")) {
    RunShow(statement);
  } else if (reader.SeesKeyword("describe") || reader.SeesKeyword("desc")) {
    RunDescribe(statement);
  } else if (reader.SeesKeyword("select") || reader.SeesKeyword("with") ||
             reader.SeesKeyword("from") || reader.SeesKeyword("values") ||
             reader.SeesKeyword("table") || reader.SeesSymbol('(')) {
    RunQuery(statement, text_.SpanOf(statement));
  } else {
    RefuseStatement(statement);
  }
}

void ProgramBuilder::RefuseStatement(TokenRange statement) const {
  const Token& first = text_.tokens()[statement.first];
  for (const RefusedStatement& refused : kRefused) {
    if (IsKeyword(text_.text(), first, refused.keyword)) {
      throw DiagnosticError(
          "LM1006", text_.SpanOf(first),
          StringUtil::Upper(refused.keyword) + " is not supported in a streaming program",
          refused.hint);
    }
  }
  const std::string word(text_.TextOf({statement.first, statement.first + 1}));
  const std::string nearest = base::FindNearest(word, FirstWords());
  throw DiagnosticError("LM1001", text_.SpanOf(first),
                        "syntax error at or near \"" + word.substr(0, 60) + "\"",
                        nearest.empty() ? "a statement starts with " + JoinNames(FirstWords())
                                        : "did you mean " + nearest + "?");
}

duckdb::unique_ptr<duckdb::SQLStatement> ProgramBuilder::Parse(TokenRange range,
                                                               const std::string& prefix) {
  std::vector<TextEdit> edits = QueryEdits(text_, range);
  if (!prefix.empty()) {
    edits.insert(edits.begin(), TextEdit{0, 0, prefix});
  }
  parsed_.edited = std::make_unique<EditedText>(text_.TextOf(range), edits);
  parsed_.base = text_.tokens()[range.first].offset;
  duckdb::Parser parser(context_.GetParserOptions());
  try {
    parser.ParseQuery(parsed_.edited->text());
  } catch (const duckdb::Exception& error) {
    // Positions of the parser are in the text that it was given; those of later steps are in the
    // program.
    const duckdb::ErrorData data(error);
    base::Diagnostic diagnostic = binding_.Translate(error, text_.SpanOf(range));
    const auto& info = data.ExtraInfo();
    if (const auto position = info.find("position"); position != info.end()) {
      diagnostic.span = WordAt(ToOriginal(std::stoll(position->second)));
    }
    throw DiagnosticError(diagnostic);
  }
  if (parser.statements.size() != 1) {
    throw DiagnosticError("LM1006", text_.SpanOf(range),
                          "this statement is not supported in a streaming program");
  }
  return std::move(parser.statements[0]);
}

duckdb::unique_ptr<duckdb::SelectStatement> ProgramBuilder::ParseSelect(TokenRange range,
                                                                        const std::string& prefix) {
  auto statement = Parse(range, prefix);
  if (statement->type != duckdb::StatementType::SELECT_STATEMENT) {
    throw DiagnosticError("LM1006", text_.SpanOf(range), "a query is expected here");
  }
  return duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(
      std::move(statement));
}

bool ProgramBuilder::Rewrite(duckdb::SelectStatement& select) {
  RewriteResult result = RewriteQuery(*select.node, *this);
  for (base::Diagnostic& diagnostic : result.diagnostics) {
    Report(std::move(diagnostic));
  }
  return result.diagnostics.empty() && !result.depends_on_broken;
}

std::optional<BoundSelect> ProgramBuilder::BindSelect(const duckdb::SelectStatement& select,
                                                      base::SourceSpan fallback) {
  std::optional<BoundSelect> bound = binding_.Bind(select, fallback, diagnostics_);
  if (bound.has_value() && CountScans(*bound->plan) > kScansMax) {
    throw DiagnosticError("LM1003", fallback,
                          "the query reads too many tables, with those of its views: at most " +
                              std::to_string(kScansMax));
  }
  if (bound.has_value() && bound->names.size() > static_cast<size_t>(base::kColumnsMax)) {
    throw DiagnosticError(
        "LM1003", fallback,
        "the query has too many columns: at most " + std::to_string(base::kColumnsMax));
  }
  return bound;
}

void ProgramBuilder::RunQuery(TokenRange range, base::SourceSpan span) {
  const auto select = ParseSelect(range);
  if (!Rewrite(*select)) {
    return;
  }
  std::optional<BoundSelect> bound = BindSelect(*select, span);
  if (bound.has_value()) {
    const size_t sink = AddDefaultSink(*bound, span);
    AddQuery(*std::move(bound), sink, span);
  }
}

void ProgramBuilder::AddQuery(BoundSelect bound, size_t sink, base::SourceSpan span) {
  BoundQuery query;
  query.names = bound.names;
  query.types = bound.types;
  query.plan = binding_.Optimize(std::move(bound));
  query.sink = sink;
  query.span = span;
  query.settings = settings_;
  query.explain = explain_;
  program_.queries.push_back(std::move(query));
}

ProgramBuilder::Table* ProgramBuilder::FindTable(const std::string& name) {
  const auto found = tables_.find(StringUtil::Lower(name));
  return found == tables_.end() ? nullptr : &found->second;
}

const ProgramBuilder::Table* ProgramBuilder::FindTable(const std::string& name) const {
  const auto found = tables_.find(StringUtil::Lower(name));
  return found == tables_.end() ? nullptr : &found->second;
}

std::string ProgramBuilder::UniqueSourceName(const std::string& wanted) {
  std::string name = wanted;
  for (int i = 2; !source_names_.insert(name).second; ++i) {
    name = wanted + "_" + std::to_string(i);
  }
  return name;
}

QueryEnvironment::TableStatus ProgramBuilder::StatusOf(const std::string& name) const {
  const Table* table = FindTable(name);
  if (table == nullptr) {
    return TableStatus::kUnknown;
  }
  switch (table->kind) {
    case TableKind::kSource:
    case TableKind::kView:
      return TableStatus::kReadable;
    case TableKind::kMemory:
      return table->is_written ? TableStatus::kReadable : TableStatus::kUnwritten;
    case TableKind::kSink:
      return TableStatus::kSink;
    case TableKind::kBroken:
      return TableStatus::kBroken;
  }
  return TableStatus::kUnknown;
}

std::vector<std::string> ProgramBuilder::ReadableTables() const {
  std::vector<std::string> names;
  for (const auto& [key, table] : tables_) {
    names.push_back(table.name.name);
  }
  return names;
}

bool ProgramBuilder::IsConnector(const std::string& name) const {
  return options_.connectors->Find(name) != nullptr;
}

std::vector<std::string> ProgramBuilder::SourceConnectors() const {
  std::vector<std::string> names;
  for (const std::string& name : options_.connectors->Names()) {
    if (options_.connectors->Find(name)->traits().source) {
      names.push_back(name);
    }
  }
  return names;
}

bool ProgramBuilder::IsAggregate(const std::string& function) const {
  duckdb::EntryLookupInfo lookup(duckdb::CatalogType::SCALAR_FUNCTION_ENTRY, function);
  const auto entry = duckdb::Catalog::GetEntry(context_, SYSTEM_CATALOG, DEFAULT_SCHEMA, lookup,
                                               duckdb::OnEntryNotFound::RETURN_NULL);
  return (entry != nullptr && entry->type == duckdb::CatalogType::AGGREGATE_FUNCTION_ENTRY) ||
         function == "approx_median";
}

void ProgramBuilder::UseMacro(const std::string& function) {
  if (!macros_.insert(function).second) {
    return;
  }
  const auto result = program_.connection->Query(
      "CREATE TEMP MACRO " + function + std::string(FindFunctionMacro(function)->definition));
  if (result->HasError()) {
    result->ThrowError();
  }
}

int64_t ProgramBuilder::ToOriginal(int64_t offset) const {
  return text_.ToOriginal(parsed_.base + parsed_.edited->ToOriginal(offset));
}

base::SourceSpan ProgramBuilder::WordAt(int64_t original_offset) const {
  return WordSpan(original_, original_offset);
}

namespace {

/// What an argument of a connector call gives, evaluated.
data::OptionValue EvaluateArgument(duckdb::ClientContext& context,
                                   const duckdb::ParsedExpression& argument) {
  if (argument.GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF) {
    const auto& names = argument.Cast<duckdb::ColumnRefExpression>().column_names;
    return {data::Identifier{StringUtil::Join(names, ".")}, {}, {}};
  }
  const auto binder = duckdb::Binder::CreateBinder(context);
  duckdb::ConstantBinder constant_binder(*binder, context, "option");
  auto copy = argument.Copy();
  const auto bound = constant_binder.Bind(copy);
  const duckdb::Value value = duckdb::ExpressionExecutor::EvaluateScalar(context, *bound, true);
  if (value.IsNull()) {
    return {std::string(), {}, {}};
  }
  switch (value.type().id()) {
    case duckdb::LogicalTypeId::BOOLEAN:
      return {value.GetValue<bool>(), {}, {}};
    case duckdb::LogicalTypeId::DECIMAL:
    case duckdb::LogicalTypeId::FLOAT:
    case duckdb::LogicalTypeId::DOUBLE:
      return {value.GetValue<double>(), {}, {}};
    case duckdb::LogicalTypeId::INTERVAL: {
      const duckdb::interval_t interval = duckdb::IntervalValue::Get(value);
      if (interval.months != 0) {
        return {value.ToString(), {}, {}};  // refused where a duration is wanted
      }
      return {data::Duration{interval.days * duckdb::Interval::MICROS_PER_DAY + interval.micros},
              {},
              {}};
    }
    case duckdb::LogicalTypeId::LIST: {
      std::vector<std::string> items;
      for (const duckdb::Value& item : duckdb::ListValue::GetChildren(value)) {
        items.push_back(item.ToString());
      }
      return {items, {}, {}};
    }
    default:
      if (value.type().IsIntegral()) {
        duckdb::Value whole;
        std::string problem;
        if (value.DefaultTryCastAs(duckdb::LogicalType::BIGINT, whole, &problem)) {
          return {whole.GetValue<int64_t>(), {}, {}};
        }
      }
      return {value.ToString(), {}, {}};
  }
}

}  // namespace

std::string ProgramBuilder::DeclareConnectorCall(
    const std::string& connector,
    duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>& arguments,
    base::SourceSpan span) {
  TableRequest request;
  request.span = span;
  request.wanted = data::ConnectorTable::Kind::kSource;
  request.options["connector"] = {connector, span, span};
  const std::string positional = options_.connectors->Find(connector)->traits().positional_option;
  std::string identity = connector;
  for (const auto& argument : arguments) {
    std::string key = StringUtil::Lower(argument->GetAlias());
    const base::SourceSpan value_span =
        argument->GetQueryLocation().IsValid()
            ? WordAt(static_cast<int64_t>(argument->GetQueryLocation().GetIndex()))
            : span;
    if (key.empty()) {
      key = positional;
    }
    if (key.empty() || request.options.contains(key)) {
      throw DiagnosticError("LM1111", value_span,
                            key.empty() ? "connector '" + connector + "' takes named options only"
                                        : "option is given twice: '" + key + "'",
                            "write " + connector + "(option => value, ...)");
    }
    argument->ClearAlias();
    identity += "|" + key + "=" + argument->ToString();
    data::OptionValue value = EvaluateArgument(context_, *argument);
    value.value_span = value_span;
    value.key_span = ArgumentNameBefore(original_, value_span.offset);
    if (value.key_span.offset < 0) {
      value.key_span = value_span;
    }
    request.options[key] = std::move(value);
  }
  if (const auto known = connector_calls_.find(identity); known != connector_calls_.end()) {
    return known->second;
  }
  request.name = UniqueSourceName(connector);
  std::vector<base::Diagnostic> problems;
  std::optional<ResolvedTable> resolved = resolver_.Resolve(request, problems);
  if (!resolved.has_value()) {
    const DiagnosticError last(problems.back());
    problems.pop_back();
    diagnostics_.insert(diagnostics_.end(), problems.begin(), problems.end());
    throw last;
  }
  resolver_.InferColumns(*resolved, span);
  resolver_.Validate(*resolved, request.options, span);
  Table table;
  table.kind = TableKind::kSource;
  table.name = {request.name, span};
  table.resolved = std::move(resolved);
  table.declaration.options = request.options;
  table.source = std::make_shared<SourceTable>();
  table.source->name = request.name;
  table.source->table = table.resolved->table;
  table.source->span = span;
  ProgramCatalog::Of(context_).Add(table.source);
  BindEventTime(table);
  connector_calls_[identity] = request.name;
  return request.name;
}

}  // namespace laminar::sql
