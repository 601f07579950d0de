#include "sql/binder/query_rewrite.h"

#include <optional>
#include <utility>

#include "duckdb/common/string_util.hpp"
#include "duckdb/parser/expression/list.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/query_node/list.hpp"
#include "duckdb/parser/result_modifier.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/list.hpp"

#include "base/limits.h"
#include "sql/binder/window_columns.h"
#include "sql/catalog/compatibility_functions.h"
#include "sql/catalog/scan_function.h"

namespace laminar::sql {
namespace {

using duckdb::ExpressionClass;
using duckdb::ParsedExpression;
using duckdb::StringUtil;
using ParsedPointer = duckdb::unique_ptr<ParsedExpression>;

// DuckDB's binder tries expressions more than once per level of these, so that the work doubles
// with each.
constexpr int kSubqueryDepthMax = 12;
constexpr int kLambdaDepthMax = 12;
// DuckDB's optimizer computes each value of a list several times over.
constexpr size_t kListMax = 100'000;
// Binding a join takes time by the square of its tables.
constexpr int kTablesMax = 200;

/// Table functions of DuckDB that compute from their arguments alone.
bool IsPureTableFunction(const std::string& name) {
  return name == "unnest" || name == "range" || name == "generate_series" || name == "repeat" ||
         name == "json_each" || name == "json_tree";
}

bool ReadsFiles(const std::string& name) {
  return StringUtil::StartsWith(name, "read_") || name == "parquet_scan" || name == "glob" ||
         name == "sniff_csv" || StringUtil::StartsWith(name, "parquet_");
}

/// `unnest(list)` in FROM as a sub-query that unnests in its select list: that form of a lateral
/// join is planned without a join.
duckdb::unique_ptr<duckdb::TableRef> UnnestAsQuery(duckdb::unique_ptr<duckdb::TableRef> ref) {
  auto& table = ref->Cast<duckdb::TableFunctionRef>();
  auto node = duckdb::make_uniq<duckdb::SelectNode>();
  table.function->SetAlias("unnest");
  node->select_list.push_back(std::move(table.function));
  node->from_table = duckdb::make_uniq<duckdb::EmptyTableRef>();
  auto statement = duckdb::make_uniq<duckdb::SelectStatement>();
  statement->node = std::move(node);
  auto query = duckdb::make_uniq<duckdb::SubqueryRef>(std::move(statement),
                                                      ref->alias.empty() ? "unnest" : ref->alias);
  query->column_name_alias = ref->column_name_alias;
  query->query_location = ref->query_location;
  return query;
}

/// True when the second argument is a JSON path that can match several places.
bool HasWildcard(const duckdb::FunctionExpression& function) {
  if (function.children.size() != 2 ||
      function.children[1]->GetExpressionClass() != ExpressionClass::CONSTANT) {
    return false;
  }
  const std::string path =
      function.children[1]->Cast<duckdb::ConstantExpression>().value.ToString();
  return path.find('*') != std::string::npos || path.find("..") != std::string::npos;
}

class Rewriter {
 public:
  explicit Rewriter(QueryEnvironment& environment) : environment_(environment) {}

  RewriteResult Take() { return std::move(result_); }

  void CollectNames(duckdb::QueryNode& node) {
    for (auto& entry : node.cte_map.map) {
      cte_names_.insert(StringUtil::Lower(entry.first));
    }
  }

  void Visit(duckdb::QueryNode& node) {
    CollectNames(node);
    for (auto& entry : node.cte_map.map) {
      // What is read more than once stays one plan: the planner shares its node.
      entry.second->materialized = duckdb::CTEMaterialize::CTE_MATERIALIZE_DEFAULT;
      Visit(*entry.second->query->node);
    }
    switch (node.type) {
      case duckdb::QueryNodeType::SELECT_NODE:
        VisitSelect(node.Cast<duckdb::SelectNode>());
        break;
      case duckdb::QueryNodeType::SET_OPERATION_NODE: {
        auto& operation = node.Cast<duckdb::SetOperationNode>();
        Visit(*operation.left);
        Visit(*operation.right);
        break;
      }
      case duckdb::QueryNodeType::CTE_NODE: {
        auto& cte = node.Cast<duckdb::CTENode>();
        cte_names_.insert(StringUtil::Lower(cte.ctename));
        cte.materialized = duckdb::CTEMaterialize::CTE_MATERIALIZE_DEFAULT;
        Visit(*cte.query);
        Visit(*cte.child);
        break;
      }
      case duckdb::QueryNodeType::RECURSIVE_CTE_NODE:
        Refuse("LM1308", FirstSpan(node), "recursive queries are not supported on streams", "");
        break;
      default:
        break;
    }
    VisitModifiers(node);
  }

  void Visit(ParsedPointer& expression) {
    Relocate(*expression);
    switch (expression->GetExpressionClass()) {
      case ExpressionClass::SUBQUERY:
        VisitSubquery(expression->Cast<duckdb::SubqueryExpression>());
        break;
      case ExpressionClass::FUNCTION:
        VisitFunction(expression->Cast<duckdb::FunctionExpression>());
        break;
      case ExpressionClass::LAMBDA:
        VisitLambda(*expression);
        return;
      default:
        break;
    }
    VisitChildren(*expression);
  }

 private:
  void Refuse(const std::string& code,
              base::SourceSpan span,
              const std::string& message,
              const std::string& hint) {
    result_.diagnostics.push_back({code, base::Severity::kError, span, message, hint});
  }

  void RefuseSize(base::SourceSpan span, const std::string& what, size_t limit) {
    Refuse("LM1003", span, what + ": at most " + std::to_string(limit), "");
  }

  void VisitChildren(ParsedExpression& expression) {
    size_t num_children = 0;
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        expression, [&num_children](const ParsedExpression&) { ++num_children; });
    if (num_children > kListMax) {
      Refuse("LM1003", SpanOf(expression),
             "the list has too many values: at most " + std::to_string(kListMax),
             "read them from a file, as a table of its own");
      return;
    }
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        expression, [this](ParsedPointer& child) { Visit(child); });
  }

  void VisitSubquery(duckdb::SubqueryExpression& subquery) {
    if (++subquery_depth_ > kSubqueryDepthMax) {
      RefuseSize(SpanOf(subquery), "subqueries are nested too deeply", kSubqueryDepthMax);
    } else {
      Visit(*subquery.subquery->node);
    }
    --subquery_depth_;
  }

  void VisitLambda(ParsedExpression& lambda) {
    if (++lambda_depth_ > kLambdaDepthMax) {
      RefuseSize(SpanOf(lambda), "lambdas are nested too deeply", kLambdaDepthMax);
    } else {
      VisitChildren(lambda);
    }
    --lambda_depth_;
  }

  void Relocate(ParsedExpression& expression) {
    const duckdb::optional_idx location = expression.GetQueryLocation();
    if (location.IsValid()) {
      expression.SetQueryLocation(static_cast<duckdb::idx_t>(
          environment_.ToOriginal(static_cast<int64_t>(location.GetIndex()))));
    }
  }

  /// REQUIRES: relocated.
  base::SourceSpan SpanOf(const ParsedExpression& expression) const {
    const duckdb::optional_idx location = expression.GetQueryLocation();
    return location.IsValid() ? environment_.WordAt(static_cast<int64_t>(location.GetIndex()))
                              : base::SourceSpan{};
  }

  base::SourceSpan SpanOf(const duckdb::TableRef& ref) const {
    return ref.query_location.IsValid()
               ? environment_.WordAt(static_cast<int64_t>(ref.query_location.GetIndex()))
               : base::SourceSpan{};
  }

  /// The place of the first expression found, before anything is relocated.
  base::SourceSpan FirstSpan(duckdb::QueryNode& node) const {
    base::SourceSpan span;
    duckdb::ParsedExpressionIterator::EnumerateQueryNodeChildren(node, [&](ParsedPointer& child) {
      const duckdb::optional_idx location = child->GetQueryLocation();
      if (span.offset < 0 && location.IsValid()) {
        span =
            environment_.WordAt(environment_.ToOriginal(static_cast<int64_t>(location.GetIndex())));
      }
    });
    return span;
  }

  void VisitModifiers(duckdb::QueryNode& node) {
    duckdb::ParsedExpressionIterator::EnumerateQueryNodeModifiers(
        node, [this](ParsedPointer& child) { Visit(child); });
    for (const auto& modifier : node.modifiers) {
      RefuseModifier(*modifier);
    }
  }

  void RefuseModifier(const duckdb::ResultModifier& modifier) {
    const char* const hint =
        "rank inside a window instead: QUALIFY row_number() OVER (PARTITION BY ... ORDER BY ...) "
        "<= n";
    switch (modifier.type) {
      case duckdb::ResultModifierType::ORDER_MODIFIER:
        Refuse("LM1304", SpanOf(*modifier.Cast<duckdb::OrderModifier>().orders[0].expression),
               "ORDER BY over a stream is not supported yet: its rows never end, so there is no "
               "last one to sort",
               hint);
        break;
      case duckdb::ResultModifierType::LIMIT_MODIFIER: {
        const auto& limit = modifier.Cast<duckdb::LimitModifier>();
        const ParsedExpression* expression =
            limit.limit != nullptr ? limit.limit.get() : limit.offset.get();
        Refuse("LM1305", expression == nullptr ? base::SourceSpan{} : SpanOf(*expression),
               "LIMIT over a stream is not supported yet",
               "to stop after some rows, run with --limit; to rank, use QUALIFY");
        break;
      }
      case duckdb::ResultModifierType::LIMIT_PERCENT_MODIFIER:
        Refuse("LM1305", {}, "LIMIT with a percentage needs the end of the stream", "");
        break;
      default:
        break;
    }
  }

  void VisitSelect(duckdb::SelectNode& node) {
    if (node.select_list.size() > static_cast<size_t>(base::kColumnsMax)) {
      RefuseSize({}, "the query has too many columns", base::kColumnsMax);
      return;
    }
    if (node.from_table != nullptr) {
      Visit(node.from_table);
    }
    for (auto& expression : node.select_list) {
      Visit(expression);
    }
    for (auto& expression : node.groups.group_expressions) {
      Visit(expression);
    }
    for (auto* expression : {&node.where_clause, &node.having, &node.qualify}) {
      if (*expression != nullptr) {
        Visit(*expression);
      }
    }
    if (node.sample != nullptr) {
      Refuse("LM1318", {}, "sampling a stream is not supported", "filter by random() instead");
    }
    RewriteWindowColumns(
        node, [this](const std::string& name) { return environment_.IsAggregate(name); });
  }

  void VisitFunction(duckdb::FunctionExpression& function) {
    const std::string name = StringUtil::Lower(function.function_name);
    if (const FunctionAlias* alias = FindFunctionAlias(name); alias != nullptr) {
      function.function_name = std::string(alias->target);
    } else if (name == "extract_json" && HasWildcard(function)) {
      function.function_name = "extract_json_many";
      environment_.UseMacro(function.function_name);
    } else if (FindFunctionMacro(name) != nullptr) {
      environment_.UseMacro(name);
    }
  }

  void Visit(duckdb::unique_ptr<duckdb::TableRef>& ref) {
    if (ref->type != duckdb::TableReferenceType::JOIN && ++num_tables_ == kTablesMax) {
      RefuseSize(SpanOf(*ref), "the statement reads too many tables", kTablesMax);
    }
    if (ref->query_location.IsValid()) {
      ref->query_location = static_cast<duckdb::idx_t>(
          environment_.ToOriginal(static_cast<int64_t>(ref->query_location.GetIndex())));
    }
    if (ref->sample != nullptr) {
      Refuse("LM1318", SpanOf(*ref), "sampling a stream is not supported",
             "filter by random() instead");
    }
    switch (ref->type) {
      case duckdb::TableReferenceType::BASE_TABLE:
        CheckTable(ref->Cast<duckdb::BaseTableRef>());
        break;
      case duckdb::TableReferenceType::JOIN:
        VisitJoin(ref->Cast<duckdb::JoinRef>());
        break;
      case duckdb::TableReferenceType::SUBQUERY:
        Visit(*ref->Cast<duckdb::SubqueryRef>().subquery->node);
        break;
      case duckdb::TableReferenceType::TABLE_FUNCTION:
        VisitTableFunction(ref);
        break;
      case duckdb::TableReferenceType::EXPRESSION_LIST:
        for (auto& row : ref->Cast<duckdb::ExpressionListRef>().values) {
          for (auto& value : row) {
            Visit(value);
          }
        }
        break;
      case duckdb::TableReferenceType::PIVOT: {
        auto& pivot = ref->Cast<duckdb::PivotRef>();
        Visit(pivot.source);
        for (auto& aggregate : pivot.aggregates) {
          Visit(aggregate);
        }
        break;
      }
      case duckdb::TableReferenceType::EMPTY_FROM:
        break;
      default:
        Refuse("LM1006", SpanOf(*ref), "this is not supported in FROM", "");
        break;
    }
  }

  void VisitJoin(duckdb::JoinRef& join) {
    Visit(join.left);
    Visit(join.right);
    if (join.condition != nullptr) {
      Visit(join.condition);
    }
  }

  void CheckTable(duckdb::BaseTableRef& table) {
    if (!table.schema_name.empty() || !table.catalog_name.empty()) {
      Refuse("LM1201", SpanOf(table),
             "unknown table \"" + (table.catalog_name.empty() ? "" : table.catalog_name + ".") +
                 table.schema_name + "." + table.table_name + "\"",
             "tables of a program have no schema: write the name alone");
      return;
    }
    if (cte_names_.contains(StringUtil::Lower(table.table_name))) {
      return;
    }
    switch (environment_.StatusOf(table.table_name)) {
      case QueryEnvironment::TableStatus::kReadable:
        return;
      case QueryEnvironment::TableStatus::kBroken:
        result_.depends_on_broken = true;
        return;
      case QueryEnvironment::TableStatus::kSink:
        Refuse("LM1502", SpanOf(table),
               "table \"" + table.table_name + "\" is a sink: it can be written, not read", "");
        return;
      case QueryEnvironment::TableStatus::kUnwritten:
        Refuse("LM1117", SpanOf(table),
               "memory table \"" + table.table_name + "\" is read before any INSERT INTO it",
               "write the INSERT first, or give the table a connector");
        return;
      case QueryEnvironment::TableStatus::kUnknown:
        RefuseUnknownTable(table);
        return;
    }
  }

  void RefuseUnknownTable(const duckdb::BaseTableRef& table) {
    const std::string& name = table.table_name;
    std::vector<std::string> candidates = environment_.ReadableTables();
    candidates.insert(candidates.end(), cte_names_.begin(), cte_names_.end());
    const std::string nearest = base::FindNearest(name, candidates);
    std::string hint;
    if (!nearest.empty()) {
      hint = "did you mean \"" + nearest + "\"?";
    } else if (name.find('.') != std::string::npos || name.find('/') != std::string::npos) {
      hint = "files are read by the filesystem connector: FROM filesystem('" + name +
             "', format => '...')";
    } else if (environment_.IsConnector(StringUtil::Lower(name))) {
      hint = "connectors in FROM take parentheses: FROM " + name + "(...)";
    }
    Refuse("LM1201", SpanOf(table), "unknown table \"" + name + "\"", hint);
  }

  void VisitTableFunction(duckdb::unique_ptr<duckdb::TableRef>& ref) {
    auto& table = ref->Cast<duckdb::TableFunctionRef>();
    if (table.function->GetExpressionClass() != ExpressionClass::FUNCTION) {
      Refuse("LM1006", SpanOf(*ref), "this is not supported in FROM", "");
      return;
    }
    auto& function = table.function->Cast<duckdb::FunctionExpression>();
    const std::string name = StringUtil::Lower(function.function_name);
    const base::SourceSpan span = SpanOf(*ref);
    if (IsWindowFunctionName(name)) {
      VisitWindowTable(ref);
      return;
    }
    Visit(table.function);
    if (name == "unnest" && function.children.size() == 1) {
      ref = UnnestAsQuery(std::move(ref));
      return;
    }
    if (environment_.IsConnector(name)) {
      DeclareConnector(table, name, span);
    } else if (ReadsFiles(name)) {
      Refuse("LM1202", span,
             "function \"" + name + "\" reads a whole file and cannot be used on streams",
             "use the filesystem connector: FROM filesystem('path', format => '...')");
    } else if (!IsPureTableFunction(name)) {
      std::vector<std::string> candidates = environment_.SourceConnectors();
      candidates.insert(candidates.end(), {"unnest", "range", "generate_series", "tumble", "hop",
                                           "session", "cumulate"});
      const std::string nearest = base::FindNearest(name, candidates);
      Refuse("LM1202", span, "unknown connector or table function \"" + name + "\"",
             nearest.empty() ? "" : "did you mean \"" + nearest + "\"?");
    }
  }

  void DeclareConnector(duckdb::TableFunctionRef& table,
                        const std::string& name,
                        base::SourceSpan span) {
    auto& function = table.function->Cast<duckdb::FunctionExpression>();
    try {
      const std::string source = environment_.DeclareConnectorCall(name, function.children, span);
      if (table.alias.empty()) {
        table.alias = name;
      }
      function.function_name = kScanFunctionName;
      function.children.clear();
      function.children.push_back(
          duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value(source)));
    } catch (const DiagnosticError& error) {
      result_.diagnostics.push_back(error.diagnostic());
    }
  }

  /// FROM tumble(t, ts, width) and its like.
  void VisitWindowTable(duckdb::unique_ptr<duckdb::TableRef>& ref) {
    const base::SourceSpan span = SpanOf(*ref);
    Visit(ref->Cast<duckdb::TableFunctionRef>().function);
    try {
      ref = ExpandWindowTable(std::move(ref), span);
    } catch (const DiagnosticError& error) {
      result_.diagnostics.push_back(error.diagnostic());
      return;
    }
    // The table inside has its place already: only its name is to be checked.
    CheckWindowedTable(*ref);
  }

  void CheckWindowedTable(duckdb::TableRef& ref) {
    if (duckdb::BaseTableRef* table = WindowedTable(ref); table != nullptr) {
      CheckTable(*table);
    }
  }

  QueryEnvironment& environment_;
  RewriteResult result_;
  std::set<std::string> cte_names_;
  int subquery_depth_ = 0;
  int lambda_depth_ = 0;
  int num_tables_ = 0;
};

}  // namespace

RewriteResult RewriteQuery(duckdb::QueryNode& node, QueryEnvironment& environment) {
  Rewriter rewriter(environment);
  rewriter.Visit(node);
  return rewriter.Take();
}

RewriteResult RewriteExpression(ParsedPointer& expression, QueryEnvironment& environment) {
  Rewriter rewriter(environment);
  rewriter.Visit(expression);
  return rewriter.Take();
}

}  // namespace laminar::sql
