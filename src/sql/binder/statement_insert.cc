// ProgramBuilder: INSERT INTO sinks and memory tables, and the default sink of bare queries.
#include <algorithm>
#include <utility>

#include "duckdb/common/string_util.hpp"
#include "duckdb/function/cast/default_casts.hpp"
#include "duckdb/parser/expression/list.hpp"
#include "duckdb/parser/query_node/cte_node.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/tableref/list.hpp"
#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_constant_expression.hpp"

#include "sql/binder/program_builder.h"
#include "sql/binder/token_reader.h"
#include "sql/binder/word_span.h"

namespace laminar::sql {
namespace {

using data::LogicalType;
using duckdb::StringUtil;

/// Where the name behind INTO stands.
base::SourceSpan TargetSpan(const ProgramText& text, TokenRange statement) {
  for (size_t i = statement.first; i + 1 < statement.last; ++i) {
    if (IsKeyword(text.text(), text.tokens()[i], "into")) {
      return text.SpanOf(text.tokens()[i + 1]);
    }
  }
  return text.SpanOf(statement);
}

std::optional<size_t> FindName(const std::vector<std::string>& names, const std::string& name) {
  for (size_t i = 0; i < names.size(); ++i) {
    if (StringUtil::CIEquals(names[i], name)) {
      return i;
    }
  }
  return std::nullopt;
}

std::string Plural(size_t count, const std::string& noun) {
  return std::to_string(count) + " " + noun + (count == 1 ? "" : "s");
}

/// True for a cast that cannot work for any value but NULL.
bool IsHopeless(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_CAST) {
    return false;
  }
  return expression.Cast<duckdb::BoundCastExpression>().bound_cast.function ==
         duckdb::DefaultCasts::TryVectorNullCast;
}

/// `WITH ... INSERT INTO t SELECT ...` means `INSERT INTO t WITH ... SELECT ...`.
void PutCtesAround(duckdb::unique_ptr<duckdb::QueryNode>& query,
                   const duckdb::CommonTableExpressionMap& ctes) {
  std::vector<duckdb::unique_ptr<duckdb::CTENode>> nodes;
  for (const auto& [name, info] : ctes.map) {
    auto node = duckdb::make_uniq<duckdb::CTENode>();
    node->ctename = name;
    node->query = info->query->node->Copy();
    node->aliases = info->aliases;
    node->materialized = info->materialized;
    node->cte_map = ctes.Copy();
    nodes.push_back(std::move(node));
  }
  // The first one is the outermost: those after it may read it.
  for (auto node = nodes.rbegin(); node != nodes.rend(); ++node) {
    (*node)->child = std::move(query);
    query = std::move(*node);
  }
}

data::Schema SchemaOf(const BoundSelect& bound) {
  data::Schema schema;
  const std::vector<std::string> names = MakeUnique(bound.names);
  for (size_t i = 0; i < names.size(); ++i) {
    schema.fields.push_back({names[i], bound.types[i]});
  }
  return schema;
}

}  // namespace

void ProgramBuilder::RunInsert(TokenRange statement) {
  const base::SourceSpan span = text_.SpanOf(statement);
  const base::SourceSpan target_span = TargetSpan(text_, statement);
  const auto parsed = Parse(statement);
  if (parsed->type != duckdb::StatementType::INSERT_STATEMENT) {
    throw DiagnosticError("LM1006", span, "this statement is not supported in a streaming program");
  }
  auto& insert = parsed->Cast<duckdb::InsertStatement>();
  if (insert.select_statement == nullptr || insert.default_values ||
      insert.on_conflict_info != nullptr || !insert.returning_list.empty() ||
      !insert.schema.empty()) {
    throw DiagnosticError(
        "LM1006", target_span,
        "this form of INSERT is not supported: only INSERT INTO table [(columns)] query is");
  }
  PutCtesAround(insert.select_statement->node, insert.cte_map);
  Table* table = FindTable(insert.table);
  if (table == nullptr) {
    const std::string nearest = base::FindNearest(insert.table, ReadableTables());
    throw DiagnosticError("LM1201", target_span, "unknown table \"" + insert.table + "\"",
                          nearest.empty() ? "declare it first: CREATE TABLE " + insert.table +
                                                " (...) WITH (connector = '...')"
                                          : "did you mean \"" + nearest + "\"?");
  }
  if (table->kind == TableKind::kSource || table->kind == TableKind::kView) {
    const char* what = table->kind == TableKind::kSource ? "a source" : "a view";
    throw DiagnosticError(
        "LM1501", target_span,
        "table \"" + table->name.name + "\" is " + what + ": it can be read, not written");
  }
  if (table->kind == TableKind::kMemory && table->is_written) {
    throw DiagnosticError("LM1117", target_span,
                          "memory table \"" + table->name.name + "\" is written twice",
                          "use one INSERT with UNION ALL");
  }
  duckdb::SelectStatement& select = *insert.select_statement;
  const bool is_usable = Rewrite(select);
  std::optional<BoundSelect> bound = is_usable ? BindSelect(select, span) : std::nullopt;
  if (!bound.has_value() || table->kind == TableKind::kBroken) {
    if (table->kind == TableKind::kMemory) {
      table->kind = TableKind::kBroken;  // its readers are not to blame
    }
    return;
  }
  if (table->kind == TableKind::kSink) {
    InsertIntoSink(*table, *std::move(bound), insert, {span, target_span});
  } else {
    InsertIntoMemory(*table, std::move(insert.select_statement), *bound, insert,
                     {span, target_span});
  }
}

std::vector<std::optional<size_t>> ProgramBuilder::MatchColumns(
    const std::vector<std::string>& target,
    const BoundSelect& bound,
    const duckdb::InsertStatement& insert,
    const InsertPlace& place) const {
  std::vector<std::optional<size_t>> sources(target.size());
  const bool by_name = insert.column_order == duckdb::InsertColumnOrder::INSERT_BY_NAME;
  if (!by_name && insert.columns.empty()) {
    if (bound.names.size() != target.size()) {
      throw DiagnosticError(
          "LM1503", place.target,
          "the query has " + Plural(bound.names.size(), "column") + ", the table " +
              Plural(target.size(), "column") + ": " + JoinNames(target),
          "name the columns: INSERT INTO table (column, ...), or use INSERT INTO table BY NAME");
    }
    for (size_t i = 0; i < target.size(); ++i) {
      sources[i] = i;
    }
    return sources;
  }
  const std::vector<std::string> given =
      by_name ? bound.names
              : std::vector<std::string>(insert.columns.begin(), insert.columns.end());
  if (given.size() != bound.names.size()) {
    throw DiagnosticError("LM1503", place.target,
                          "INSERT names " + Plural(given.size(), "column") + ", the query has " +
                              Plural(bound.names.size(), "column"));
  }
  for (size_t i = 0; i < given.size(); ++i) {
    const base::SourceSpan written = FindWord(original_, place.statement, given[i]);
    const base::SourceSpan span = written.offset < 0 ? place.target : written;
    const std::optional<size_t> column = FindName(target, given[i]);
    if (!column.has_value()) {
      const std::string nearest = base::FindNearest(given[i], target);
      throw DiagnosticError(
          "LM1203", span, "the table has no column \"" + given[i] + "\"",
          nearest.empty() ? "there is: " + JoinNames(target) : "did you mean \"" + nearest + "\"?");
    }
    if (sources[*column].has_value()) {
      throw DiagnosticError("LM1503", span, "column is given twice: \"" + given[i] + "\"");
    }
    sources[*column] = i;
  }
  return sources;
}

void ProgramBuilder::CastToSink(BoundSelect& bound,
                                const data::Schema& schema,
                                const std::vector<std::optional<size_t>>& sources,
                                base::SourceSpan span) {
  binding_.Project(
      bound, schema.fields.size(), [&](size_t output) -> duckdb::unique_ptr<duckdb::Expression> {
        const data::Field& field = schema.fields[output];
        if (!sources[output].has_value()) {
          if (!field.nullable) {
            throw DiagnosticError("LM1503", span,
                                  "column \"" + field.name + "\" is NOT NULL and gets no value");
          }
          return duckdb::make_uniq<duckdb::BoundConstantExpression>(duckdb::Value(field.type));
        }
        const size_t source = *sources[output];
        base::SourceSpan source_span = span;
        if (bound.plan->type == duckdb::LogicalOperatorType::LOGICAL_PROJECTION) {
          source_span = FindSpan(original_, *bound.plan->expressions[source]);
        }
        auto cast = duckdb::BoundCastExpression::AddCastToType(
            context_, binding_.Reference(bound, source), field.type);
        if (IsHopeless(*cast)) {
          throw DiagnosticError("LM1504", source_span.offset < 0 ? span : source_span,
                                "column \"" + bound.names[source] + "\" is " +
                                    bound.types[source].ToString() + " and cannot become " +
                                    field.type.ToString() + " of \"" + field.name + "\"",
                                "convert it in the query");
        }
        cast->SetAlias(field.name);
        return cast;
      });
  bound.names = schema.Names();
  bound.types = schema.Types();
}

size_t ProgramBuilder::SinkOf(Table& table, const BoundSelect& bound) {
  if (!table.has_schema) {
    table.resolved->table.schema = SchemaOf(bound);
    table.has_schema = true;
    for (const PlacedName& column : table.declaration.partitioned_by) {
      if (!table.resolved->table.schema.Find(column.name).has_value()) {
        throw DiagnosticError("LM1203", column.span,
                              "the query has no column \"" + column.name + "\" for PARTITIONED BY");
      }
    }
    resolver_.Validate(*table.resolved, table.declaration.options, table.name.span);
  }
  if (!table.sink.has_value()) {
    table.sink = program_.sinks.size();
    program_.sinks.push_back({table.name.name, table.resolved->table, table.name.span});
  }
  return *table.sink;
}

void ProgramBuilder::InsertIntoSink(Table& table,
                                    BoundSelect bound,
                                    const duckdb::InsertStatement& insert,
                                    const InsertPlace& place) {
  const bool is_first = !table.has_schema;
  const size_t sink = SinkOf(table, bound);
  const data::Schema& schema = program_.sinks[sink].table.schema;
  std::vector<std::optional<size_t>> sources;
  if (is_first) {
    for (size_t i = 0; i < bound.names.size(); ++i) {
      sources.emplace_back(i);
    }
  } else {
    sources = MatchColumns(schema.Names(), bound, insert, place);
  }
  CastToSink(bound, schema, sources, place.target);
  AddQuery(std::move(bound), sink, place.statement);
}

void ProgramBuilder::InsertIntoMemory(Table& table,
                                      duckdb::unique_ptr<duckdb::SelectStatement> select,
                                      const BoundSelect& bound,
                                      const duckdb::InsertStatement& insert,
                                      const InsertPlace& place) {
  std::vector<std::string> target;
  for (const ColumnDeclaration& column : table.declaration.columns) {
    target.push_back(column.name.name);
  }
  const std::vector<std::optional<size_t>> sources = MatchColumns(target, bound, insert, place);
  auto from = duckdb::make_uniq<duckdb::SubqueryRef>(std::move(select), "laminar_insert");
  for (size_t i = 0; i < bound.names.size(); ++i) {
    from->column_name_alias.push_back("column_" + std::to_string(i));
  }
  auto node = duckdb::make_uniq<duckdb::SelectNode>();
  std::vector<LogicalType> types;
  for (size_t i = 0; i < target.size(); ++i) {
    duckdb::unique_ptr<duckdb::ParsedExpression> value;
    if (sources[i].has_value()) {
      value =
          duckdb::make_uniq<duckdb::ColumnRefExpression>("column_" + std::to_string(*sources[i]));
    } else {
      value = duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value());
    }
    const LogicalType& type = table.declaration.columns[i].type;
    auto cast = duckdb::make_uniq<duckdb::CastExpression>(type, std::move(value));
    cast->SetAlias(target[i]);
    node->select_list.push_back(std::move(cast));
    types.push_back(type);
  }
  node->from_table = std::move(from);
  auto view = duckdb::make_uniq<duckdb::SelectStatement>();
  view->node = std::move(node);
  if (!BindSelect(*view, place.statement).has_value()) {
    table.kind = TableKind::kBroken;
    return;
  }
  CreateView(table, std::move(view), std::move(target), std::move(types));
  table.is_written = true;
}

size_t ProgramBuilder::AddDefaultSink(const BoundSelect& bound, base::SourceSpan span) {
  SinkTable sink;
  sink.table = options_.default_sink;
  sink.table.kind = data::ConnectorTable::Kind::kSink;
  sink.table.schema = SchemaOf(bound);
  sink.name = sink.table.name.empty()
                  ? (sink.table.connector.empty() ? "output" : sink.table.connector)
                  : sink.table.name;
  if (++num_default_sinks_ > 1) {
    sink.name += "_" + std::to_string(num_default_sinks_);
  }
  sink.table.name = sink.name;
  sink.span = span;
  program_.sinks.push_back(std::move(sink));
  return program_.sinks.size() - 1;
}

}  // namespace laminar::sql
