// ProgramBuilder: SET, EXPLAIN, SHOW and DESCRIBE.
#include <utility>

#include "duckdb/common/string_util.hpp"

#include "base/limits.h"
#include "sql/binder/option_parser.h"
#include "sql/binder/program_builder.h"
#include "sql/binder/token_reader.h"

namespace laminar::sql {
namespace {

using duckdb::StringUtil;

const std::vector<data::OptionSpec>& SettingSpecs() {
  static const std::vector<data::OptionSpec> specs = [] {
    data::OptionSpec ttl;
    ttl.name = "updating_ttl";
    ttl.type = data::OptionType::kDuration;
    ttl.minimum = 1;
    ttl.description =
        "how long the state of an updating query is kept after its last change, for example "
        "INTERVAL '1 day'";
    data::OptionSpec parallelism;
    parallelism.name = "parallelism";
    parallelism.type = data::OptionType::kInteger;
    parallelism.minimum = 1;
    parallelism.maximum = base::kParallelismMax;
    parallelism.description = "subtasks of every operator";
    return std::vector<data::OptionSpec>{ttl, parallelism};
  }();
  return specs;
}

const char* KindName(data::ConnectorTable::Kind kind) {
  switch (kind) {
    case data::ConnectorTable::Kind::kSource:
      return "source";
    case data::ConnectorTable::Kind::kSink:
      return "sink";
    case data::ConnectorTable::Kind::kLookup:
      return "lookup";
  }
  return "";
}

std::optional<ExplainKind> KindByName(const std::string& name) {
  if (name == "logical" || name == "optimized") {
    return ExplainKind::kLogical;
  }
  if (name == "physical" || name == "text") {
    return ExplainKind::kPhysical;
  }
  if (name == "json") {
    return ExplainKind::kJson;
  }
  return std::nullopt;
}

[[noreturn]] void RefuseKind(base::SourceSpan span, const std::string& name) {
  throw DiagnosticError("LM1006", span, "EXPLAIN does not know \"" + name + "\"",
                        "possible: LOGICAL, PHYSICAL, JSON");
}

}  // namespace

void ProgramBuilder::RunSet(TokenRange statement) {
  TokenReader reader(text_, statement);
  reader.ExpectKeyword("set");
  const base::SourceSpan key_span = reader.NextSpan();
  std::string key = StringUtil::Lower(reader.ExpectIdentifier("the name of a setting"));
  while (reader.AcceptSymbol('.')) {
    key += "." + StringUtil::Lower(reader.ExpectIdentifier("the name of a setting"));
  }
  if (!reader.AcceptSymbol('=')) {
    reader.ExpectKeyword("to");
  }
  data::OptionValue value = ParseOptionValue(reader);
  reader.ExpectEnd();
  value.key_span = key_span;
  std::vector<data::OptionError> errors;
  const data::Options options = data::Options::Check({{key, value}}, SettingSpecs(), errors);
  if (!errors.empty()) {
    const data::OptionError& error = errors.front();
    if (error.at_key) {
      throw DiagnosticError("LM1007", key_span, "unknown setting '" + key + "'", error.hint);
    }
    throw DiagnosticError("LM1008", value.value_span, error.message, error.hint);
  }
  if (options.Has("updating_ttl")) {
    settings_.updating_ttl = options.GetDuration("updating_ttl");
  }
  if (options.Has("parallelism")) {
    settings_.parallelism = static_cast<int>(options.GetInteger("parallelism"));
  }
}

void ProgramBuilder::RunExplain(TokenRange statement) {
  TokenReader reader(text_, statement);
  reader.ExpectKeyword("explain");
  if (reader.SeesKeyword("analyze")) {
    throw DiagnosticError("LM1006", reader.NextSpan(), "EXPLAIN ANALYZE is not supported yet",
                          "EXPLAIN shows the plan");
  }
  ExplainKind kind = ExplainKind::kPhysical;
  if (reader.SeesSymbol('(') && !reader.SeesKeyword("select", 1) &&
      !reader.SeesKeyword("with", 1) && !reader.SeesKeyword("from", 1) &&
      !reader.SeesSymbol('(', 1)) {
    reader.ExpectSymbol('(');
    do {
      base::SourceSpan span = reader.NextSpan();
      std::string word = StringUtil::Lower(reader.ExpectIdentifier("FORMAT or TYPE"));
      if (word == "format" || word == "type") {
        span = reader.NextSpan();
        word = StringUtil::Lower(reader.ExpectIdentifier("LOGICAL, PHYSICAL or JSON"));
      }
      const std::optional<ExplainKind> named = KindByName(word);
      if (!named.has_value()) {
        RefuseKind(span, word);
      }
      kind = *named;
    } while (reader.AcceptSymbol(','));
    reader.ExpectSymbol(')');
  } else if (reader.SeesKind(TokenKind::kWord)) {
    const std::optional<ExplainKind> named =
        KindByName(StringUtil::Lower(IdentifierOf(text_.text(), reader.Peek())));
    if (named.has_value()) {
      kind = *named;
      reader.Next();
    }
  }
  const bool is_query = reader.SeesKeyword("select") || reader.SeesKeyword("with") ||
                        reader.SeesKeyword("from") || reader.SeesKeyword("values") ||
                        reader.SeesSymbol('(');
  explain_ = kind;
  if (!reader.AtEnd() && IsInsert(text_, reader.Rest())) {
    RunInsert(reader.Rest());
  } else if (is_query) {
    RunQuery(reader.Rest(), text_.SpanOf(reader.Rest()));
  } else {
    reader.Fail("a query or INSERT");
  }
}

void ProgramBuilder::RunShow(TokenRange statement) {
  TokenReader reader(text_, statement);
  reader.ExpectKeyword("show");
  StatementReport report;
  report.span = text_.SpanOf(statement);
  if (reader.AcceptKeyword("tables")) {
    reader.ExpectEnd();
    report.columns = {"name", "kind", "connector"};
    for (const auto& [key, table] : tables_) {
      switch (table.kind) {
        case TableKind::kSource:
        case TableKind::kSink:
          report.rows.push_back({table.name.name, KindName(table.resolved->table.kind),
                                 table.resolved->table.connector});
          break;
        case TableKind::kView:
          report.rows.push_back({table.name.name, "view", ""});
          break;
        case TableKind::kMemory:
          report.rows.push_back({table.name.name, "memory", ""});
          break;
        case TableKind::kBroken:
          break;
      }
    }
  } else if (reader.AcceptKeyword("connectors")) {
    reader.ExpectEnd();
    report.columns = {"name", "source", "sink", "description"};
    for (const std::string& name : options_.connectors->Names()) {
      const connectors::ConnectorTraits traits = options_.connectors->Find(name)->traits();
      report.rows.push_back(
          {name, traits.source ? "yes" : "no", traits.sink ? "yes" : "no", traits.description});
    }
  } else {
    reader.Fail("TABLES or CONNECTORS");
  }
  program_.reports.push_back(std::move(report));
}

namespace {

struct ColumnFacts {
  bool not_null = false;
  std::string origin;
};

ColumnFacts FactsOf(const CreateTable& declaration,
                    const data::Schema& schema,
                    const std::string& name) {
  ColumnFacts facts;
  if (const std::optional<size_t> field = schema.Find(name); field.has_value()) {
    facts.not_null = !schema.fields[*field].nullable;
  }
  for (const ColumnDeclaration& column : declaration.columns) {
    if (!StringUtil::CIEquals(column.name.name, name)) {
      continue;
    }
    facts.not_null = column.not_null;
    if (column.metadata.has_value()) {
      facts.origin = "metadata '" + column.metadata->name + "'";
    } else if (column.generated.has_value()) {
      facts.origin = "generated";
    } else if (column.primary_key) {
      facts.origin = "primary key";
    }
  }
  if (declaration.watermark.has_value() &&
      StringUtil::CIEquals(declaration.watermark->column.name, name)) {
    facts.origin += facts.origin.empty() ? "event time" : ", event time";
  }
  return facts;
}

}  // namespace

void ProgramBuilder::RunDescribe(TokenRange statement) {
  TokenReader reader(text_, statement);
  reader.Next();
  reader.AcceptKeyword("table");
  StatementReport report;
  report.span = text_.SpanOf(statement);
  report.columns = {"column", "type", "null", "origin"};
  const bool is_query = reader.SeesKeyword("select") || reader.SeesKeyword("with") ||
                        reader.SeesKeyword("from") || reader.SeesKeyword("values") ||
                        reader.SeesSymbol('(');
  if (is_query) {
    const auto select = ParseSelect(reader.Rest());
    const std::optional<BoundSelect> bound =
        Rewrite(*select) ? BindSelect(*select, report.span) : std::nullopt;
    if (!bound.has_value()) {
      return;
    }
    for (size_t i = 0; i < bound->names.size(); ++i) {
      report.rows.push_back({bound->names[i], bound->types[i].ToString(), "yes", ""});
    }
    program_.reports.push_back(std::move(report));
    return;
  }
  const base::SourceSpan span = reader.NextSpan();
  const std::string name = reader.ExpectIdentifier("a table or a query");
  reader.ExpectEnd();
  const Table* table = FindTable(name);
  if (table == nullptr) {
    const std::string nearest = base::FindNearest(name, ReadableTables());
    throw DiagnosticError("LM1201", span, "unknown table \"" + name + "\"",
                          nearest.empty() ? "" : "did you mean \"" + nearest + "\"?");
  }
  if (table->kind == TableKind::kBroken) {
    return;
  }
  std::vector<std::string> names = table->names;
  std::vector<data::LogicalType> types = table->types;
  if (table->kind == TableKind::kSink) {
    names = table->resolved->table.schema.Names();
    types = table->resolved->table.schema.Types();
  } else if (table->kind == TableKind::kMemory) {
    names.clear();
    types.clear();
    for (const ColumnDeclaration& column : table->declaration.columns) {
      names.push_back(column.name.name);
      types.push_back(column.type);
    }
  }
  const data::Schema schema =
      table->resolved.has_value() ? table->resolved->table.schema : data::Schema();
  for (size_t i = 0; i < names.size(); ++i) {
    const ColumnFacts facts = FactsOf(table->declaration, schema, names[i]);
    report.rows.push_back(
        {names[i], types[i].ToString(), facts.not_null ? "no" : "yes", facts.origin});
  }
  program_.reports.push_back(std::move(report));
}

}  // namespace laminar::sql
