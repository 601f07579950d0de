#include "sql/binder/window_columns.h"

#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "duckdb/common/string_util.hpp"
#include "duckdb/parser/expression/list.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/query_node/select_node.hpp"
#include "duckdb/parser/statement/select_statement.hpp"
#include "duckdb/parser/tableref/list.hpp"

#include "sql/binder/diagnostic_error.h"
#include "sql/binder/select_from.h"

namespace laminar::sql {
namespace {

using duckdb::ColumnRefExpression;
using duckdb::ConstantExpression;
using duckdb::ExpressionClass;
using duckdb::FunctionExpression;
using duckdb::ParsedExpression;
using duckdb::StringUtil;
using duckdb::Value;
using ParsedPointer = duckdb::unique_ptr<ParsedExpression>;

constexpr const char* kWindowedAlias = "laminar_windowed";

ParsedPointer Field(ParsedPointer window, const std::string& field) {
  const duckdb::optional_idx location = window->GetQueryLocation();
  duckdb::vector<ParsedPointer> arguments;
  arguments.push_back(std::move(window));
  arguments.push_back(duckdb::make_uniq<ConstantExpression>(Value(field)));
  auto call = duckdb::make_uniq<FunctionExpression>("struct_extract", std::move(arguments));
  call->SetQueryLocation(location);
  return call;
}

/// The event time of a window's result: just before its end.
ParsedPointer WindowTime(ParsedPointer window) {
  duckdb::vector<ParsedPointer> arguments;
  arguments.push_back(Field(std::move(window), "end"));
  arguments.push_back(duckdb::make_uniq<ConstantExpression>(Value::INTERVAL(0, 0, 1)));
  return duckdb::make_uniq<FunctionExpression>("-", std::move(arguments), nullptr, nullptr, false,
                                               true);
}

/// window_start and the like over `window`; null for any other name.
ParsedPointer WindowColumn(const std::string& name, const ParsedExpression& window) {
  if (StringUtil::CIEquals(name, "window_start")) {
    return Field(window.Copy(), "start");
  }
  if (StringUtil::CIEquals(name, "window_end")) {
    return Field(window.Copy(), "end");
  }
  if (StringUtil::CIEquals(name, "window_time")) {
    return WindowTime(window.Copy());
  }
  if (StringUtil::CIEquals(name, "window")) {
    return window.Copy();
  }
  return nullptr;
}

ParsedPointer Named(ParsedPointer expression, const std::string& name) {
  expression->SetAlias(name);
  return expression;
}

/// The table argument of a window table function as something to select from.
duckdb::unique_ptr<duckdb::TableRef> TakeTable(ParsedPointer argument,
                                               const std::string& function,
                                               base::SourceSpan span) {
  if (argument->GetExpressionClass() == ExpressionClass::COLUMN_REF &&
      !argument->Cast<ColumnRefExpression>().IsQualified()) {
    auto table = duckdb::make_uniq<duckdb::BaseTableRef>();
    table->table_name = argument->Cast<ColumnRefExpression>().GetColumnName();
    table->query_location = argument->GetQueryLocation();
    return table;
  }
  if (argument->GetExpressionClass() == ExpressionClass::SUBQUERY) {
    return duckdb::make_uniq<duckdb::SubqueryRef>(
        std::move(argument->Cast<duckdb::SubqueryExpression>().subquery));
  }
  throw DiagnosticError("LM1403", span,
                        "the first argument of " + function + "() in FROM must be a table",
                        "usage: FROM " + function + "(table, time, ...)");
}

/// `DESCRIPTOR(ts)` stands for ts.
ParsedPointer Undescribe(ParsedPointer argument) {
  if (argument->GetExpressionClass() == ExpressionClass::FUNCTION) {
    auto& function = argument->Cast<FunctionExpression>();
    if (StringUtil::CIEquals(function.function_name, "descriptor") &&
        function.children.size() == 1) {
      return std::move(function.children[0]);
    }
  }
  return argument;
}

/// Where a named argument stands in the order time, slide, width, offset; -1 for an unknown name.
int NamedPosition(const std::string& name) {
  static const std::map<std::string, int> positions = {{"timecol", 0}, {"time", 0},  {"slide", 1},
                                                       {"step", 1},    {"size", 2},  {"width", 2},
                                                       {"gap", 2},     {"offset", 3}};
  const auto found = positions.find(StringUtil::Lower(name));
  return found == positions.end() ? -1 : found->second;
}

struct WindowTableArguments {
  duckdb::unique_ptr<duckdb::TableRef> table;
  duckdb::vector<ParsedPointer> call;  // of the scalar function
};

WindowTableArguments TakeArguments(FunctionExpression& function, base::SourceSpan span) {
  const std::string name = StringUtil::Lower(function.function_name);
  WindowTableArguments arguments;
  std::map<int, ParsedPointer> named;
  for (ParsedPointer& child : function.children) {
    const std::string argument_name = child->GetAlias();
    child->ClearAlias();
    if (arguments.table == nullptr &&
        (argument_name.empty() || StringUtil::CIEquals(argument_name, "data"))) {
      arguments.table = TakeTable(std::move(child), name, span);
    } else if (argument_name.empty()) {
      arguments.call.push_back(Undescribe(std::move(child)));
    } else if (NamedPosition(argument_name) < 0) {
      throw DiagnosticError("LM1403", span, "unknown argument of " + name + "(): " + argument_name,
                            "the arguments are data, timecol, slide or step, size or gap, offset");
    } else {
      named[NamedPosition(argument_name)] = Undescribe(std::move(child));
    }
  }
  for (auto& [position, argument] : named) {
    arguments.call.push_back(std::move(argument));
  }
  if (arguments.table == nullptr || arguments.call.empty()) {
    throw DiagnosticError("LM1403", span, name + "() in FROM needs a table, a time and intervals",
                          "usage: FROM " + name + "(table, time, ...)");
  }
  return arguments;
}

}  // namespace

bool IsWindowFunctionName(const std::string& name) {
  return name == "tumble" || name == "hop" || name == "session" || name == "cumulate";
}

duckdb::unique_ptr<duckdb::TableRef> ExpandWindowTable(duckdb::unique_ptr<duckdb::TableRef> call,
                                                       base::SourceSpan span) {
  auto& function = call->Cast<duckdb::TableFunctionRef>().function->Cast<FunctionExpression>();
  WindowTableArguments arguments = TakeArguments(function, span);
  std::string alias = call->alias;
  if (alias.empty()) {
    alias = arguments.table->type == duckdb::TableReferenceType::BASE_TABLE
                ? arguments.table->Cast<duckdb::BaseTableRef>().table_name
                : StringUtil::Lower(function.function_name);
  }
  auto window = duckdb::make_uniq<FunctionExpression>(StringUtil::Lower(function.function_name),
                                                      std::move(arguments.call));
  window->SetQueryLocation(function.GetQueryLocation().IsValid() ? function.GetQueryLocation()
                                                                 : call->query_location);

  duckdb::vector<ParsedPointer> inner;
  inner.push_back(duckdb::make_uniq<duckdb::StarExpression>());
  inner.push_back(Named(std::move(window), "window"));
  auto windowed = duckdb::make_uniq<duckdb::SubqueryRef>(
      SelectFrom(std::move(inner), std::move(arguments.table)), kWindowedAlias);

  const ColumnRefExpression column("window");
  duckdb::vector<ParsedPointer> outer;
  outer.push_back(duckdb::make_uniq<duckdb::StarExpression>());
  for (const char* name : {"window_start", "window_end", "window_time"}) {
    outer.push_back(Named(WindowColumn(name, column), name));
  }
  auto expanded = duckdb::make_uniq<duckdb::SubqueryRef>(
      SelectFrom(std::move(outer), std::move(windowed)), alias);
  expanded->column_name_alias = call->column_name_alias;
  expanded->query_location = call->query_location;
  return expanded;
}

namespace {

/// The SELECT around `FROM (...) laminar_windowed`; null when the reference is no expanded window
/// table.
duckdb::SelectNode* WindowedSelect(duckdb::TableRef& ref) {
  if (ref.type != duckdb::TableReferenceType::SUBQUERY) {
    return nullptr;
  }
  auto& outer = *ref.Cast<duckdb::SubqueryRef>().subquery->node;
  if (outer.type != duckdb::QueryNodeType::SELECT_NODE) {
    return nullptr;
  }
  auto& from = outer.Cast<duckdb::SelectNode>().from_table;
  if (from == nullptr || from->type != duckdb::TableReferenceType::SUBQUERY ||
      from->alias != kWindowedAlias) {
    return nullptr;
  }
  return &from->Cast<duckdb::SubqueryRef>().subquery->node->Cast<duckdb::SelectNode>();
}

}  // namespace

duckdb::BaseTableRef* WindowedTable(duckdb::TableRef& expanded) {
  duckdb::SelectNode* select = WindowedSelect(expanded);
  if (select == nullptr || select->from_table->type != duckdb::TableReferenceType::BASE_TABLE) {
    return nullptr;
  }
  return &select->from_table->Cast<duckdb::BaseTableRef>();
}

namespace {

bool IsWindowCall(const ParsedExpression& expression) {
  return expression.GetExpressionClass() == ExpressionClass::FUNCTION &&
         IsWindowFunctionName(
             StringUtil::Lower(expression.Cast<FunctionExpression>().function_name));
}

/// A window table in FROM.
struct WindowTable {
  std::string alias;
  std::string function;
};

/// Rewrites the parts of one SELECT that are evaluated after grouping.
class SelectRewriter {
 public:
  SelectRewriter(duckdb::SelectNode& node,
                 const std::function<bool(const std::string&)>& is_aggregate)
      : node_(node), is_aggregate_(is_aggregate) {}

  void Run() {
    ExpandGroupByAll();
    if (node_.groups.group_expressions.empty()) {
      return;
    }
    if (const ParsedExpression* call = FindGroupedCall(); call != nullptr) {
      RewriteCall(*call);
      return;
    }
    std::vector<WindowTable> tables;
    if (node_.from_table != nullptr) {
      CollectWindowTables(*node_.from_table, tables);
    }
    for (const WindowTable& table : tables) {
      RewriteTable(table);
    }
  }

 private:
  /// GROUP BY ALL of DuckDB leaves out what reads no column, and with it window calls without a
  /// time: the groups are written out then.
  void ExpandGroupByAll() {
    if (node_.aggregate_handling != duckdb::AggregateHandling::FORCE_AGGREGATES) {
      return;
    }
    bool has_window = false;
    for (const ParsedPointer& item : node_.select_list) {
      if (item->GetExpressionClass() == ExpressionClass::STAR) {
        return;
      }
      has_window |= IsWindowCall(*item);
    }
    if (!has_window) {
      return;
    }
    node_.aggregate_handling = duckdb::AggregateHandling::STANDARD_HANDLING;
    duckdb::GroupingSet all;
    for (size_t i = 0; i < node_.select_list.size(); ++i) {
      if (IsGroup(*node_.select_list[i])) {
        all.insert(node_.groups.group_expressions.size());
        node_.groups.group_expressions.push_back(
            duckdb::make_uniq<ConstantExpression>(Value::INTEGER(static_cast<int32_t>(i) + 1)));
      }
    }
    node_.groups.grouping_sets = {all};
  }

  /// True for an item of the select list that GROUP BY ALL groups by: no constant, no aggregate
  /// inside, no column of the window.
  bool IsGroup(const ParsedExpression& item) const {
    if (item.GetExpressionClass() == ExpressionClass::CONSTANT) {
      return false;
    }
    if (item.GetExpressionClass() == ExpressionClass::COLUMN_REF) {
      const std::string name = StringUtil::Lower(item.Cast<ColumnRefExpression>().GetColumnName());
      return name != "window_start" && name != "window_end" && name != "window_time";
    }
    return !HasAggregate(item);
  }

  bool HasAggregate(const ParsedExpression& expression) const {
    if (expression.GetExpressionClass() == ExpressionClass::FUNCTION &&
        is_aggregate_(StringUtil::Lower(expression.Cast<FunctionExpression>().function_name))) {
      return true;
    }
    bool found = expression.GetExpressionClass() == ExpressionClass::WINDOW;
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        expression, [&](const ParsedExpression& child) { found |= HasAggregate(child); });
    return found;
  }

  /// What a member of GROUP BY stands for: itself, or the item of the select list that it names or
  /// counts.
  const ParsedExpression& Resolve(const ParsedExpression& group) const {
    if (group.GetExpressionClass() == ExpressionClass::CONSTANT) {
      const Value& value = group.Cast<ConstantExpression>().value;
      if (value.type().IsIntegral() && !value.IsNull()) {
        const int64_t ordinal = value.GetValue<int64_t>();
        if (ordinal >= 1 && static_cast<size_t>(ordinal) <= node_.select_list.size()) {
          return *node_.select_list[static_cast<size_t>(ordinal) - 1];
        }
      }
    }
    if (group.GetExpressionClass() == ExpressionClass::COLUMN_REF &&
        !group.Cast<ColumnRefExpression>().IsQualified()) {
      for (const ParsedPointer& item : node_.select_list) {
        if (StringUtil::CIEquals(item->GetAlias(),
                                 group.Cast<ColumnRefExpression>().GetColumnName())) {
          return *item;
        }
      }
    }
    return group;
  }

  const ParsedExpression* FindGroupedCall() const {
    for (const ParsedPointer& group : node_.groups.group_expressions) {
      const ParsedExpression& resolved = Resolve(*group);
      if (IsWindowCall(resolved)) {
        return &resolved;
      }
    }
    return nullptr;
  }

  void RewriteCall(const ParsedExpression& call) {
    const ParsedPointer window = call.Copy();
    const std::string alias = window->GetAlias();
    window->ClearAlias();
    for (const ParsedPointer& group : node_.groups.group_expressions) {
      if (group->GetExpressionClass() == ExpressionClass::COLUMN_REF &&
          StringUtil::StartsWith(
              StringUtil::Lower(group->Cast<ColumnRefExpression>().GetColumnName()), "window_")) {
        return;  // the input has such a column itself
      }
    }
    const auto replacement = [&](const ColumnRefExpression& column) -> ParsedPointer {
      const auto& names = column.column_names;
      if (names.size() == 1) {
        return IsSelectAlias(names[0]) ? nullptr : WindowColumn(names[0], *window);
      }
      const bool is_member = StringUtil::CIEquals(names[0], "window") ||
                             (!alias.empty() && StringUtil::CIEquals(names[0], alias));
      if (names.size() == 2 && is_member &&
          (StringUtil::CIEquals(names[1], "start") || StringUtil::CIEquals(names[1], "end"))) {
        return Field(window->Copy(), StringUtil::Lower(names[1]));
      }
      return nullptr;
    };
    RewriteAfterGrouping(replacement);
  }

  bool IsSelectAlias(const std::string& name) const {
    for (const ParsedPointer& item : node_.select_list) {
      if (StringUtil::CIEquals(item->GetAlias(), name)) {
        return true;
      }
    }
    return false;
  }

  void CollectWindowTables(duckdb::TableRef& ref, std::vector<WindowTable>& tables) const {
    if (ref.type == duckdb::TableReferenceType::JOIN) {
      auto& join = ref.Cast<duckdb::JoinRef>();
      CollectWindowTables(*join.left, tables);
      CollectWindowTables(*join.right, tables);
    } else if (const duckdb::SelectNode* select = WindowedSelect(ref); select != nullptr) {
      tables.push_back(
          {ref.alias, select->select_list.back()->Cast<FunctionExpression>().function_name});
    }
  }

  /// True when `expression` is the column `name` of this window table.
  static bool IsColumnOf(const WindowTable& table,
                         const ParsedExpression& expression,
                         const char* name) {
    if (expression.GetExpressionClass() != ExpressionClass::COLUMN_REF) {
      return false;
    }
    const auto& names = expression.Cast<ColumnRefExpression>().column_names;
    return StringUtil::CIEquals(names.back(), name) &&
           (names.size() == 1 ||
            (names.size() == 2 && StringUtil::CIEquals(names[0], table.alias)));
  }

  void RewriteTable(const WindowTable& table) {
    auto& groups = node_.groups;
    if (groups.grouping_sets.size() > 1) {
      return;
    }
    std::vector<size_t> positions;
    bool has_start = false;
    bool has_end = false;
    for (size_t i = 0; i < groups.group_expressions.size(); ++i) {
      const ParsedExpression& group = Resolve(*groups.group_expressions[i]);
      const bool is_start = IsColumnOf(table, group, "window_start");
      const bool is_end = IsColumnOf(table, group, "window_end");
      if (is_start || is_end || IsColumnOf(table, group, "window_time")) {
        positions.push_back(i);
      }
      has_start |= is_start;
      has_end |= is_end;
    }
    const bool fixed_width = table.function == "tumble" || table.function == "hop";
    const bool decides = (has_start && has_end) || (fixed_width && (has_start || has_end)) ||
                         (table.function == "cumulate" && has_end);
    if (!decides) {
      return;
    }
    GroupByWindow(table, positions);
  }

  void GroupByWindow(const WindowTable& table, const std::vector<size_t>& positions) {
    auto& groups = node_.groups;
    const auto window = duckdb::make_uniq<ColumnRefExpression>("window", table.alias);
    window->SetQueryLocation(groups.group_expressions[positions[0]]->GetQueryLocation());
    groups.group_expressions[positions[0]] = window->Copy();
    for (size_t i = positions.size(); i-- > 1;) {
      groups.group_expressions.erase(groups.group_expressions.begin() +
                                     static_cast<ptrdiff_t>(positions[i]));
    }
    groups.grouping_sets.clear();
    duckdb::GroupingSet all;
    for (size_t i = 0; i < groups.group_expressions.size(); ++i) {
      all.insert(i);
    }
    groups.grouping_sets.push_back(std::move(all));
    RewriteAfterGrouping([&](const ColumnRefExpression& column) -> ParsedPointer {
      for (const char* name : {"window_start", "window_end", "window_time"}) {
        if (IsColumnOf(table, column, name)) {
          return WindowColumn(name, *window);
        }
      }
      return nullptr;
    });
  }

  using Replacement = std::function<ParsedPointer(const ColumnRefExpression&)>;

  void RewriteAfterGrouping(const Replacement& replacement) {
    for (ParsedPointer& item : node_.select_list) {
      const std::string name = item->GetExpressionClass() == ExpressionClass::COLUMN_REF
                                   ? item->Cast<ColumnRefExpression>().GetColumnName()
                                   : std::string();
      const bool had_alias = item->HasAlias();
      const ParsedExpression* before = item.get();
      Rewrite(item, replacement);
      if (item.get() != before && !had_alias) {
        item->SetAlias(name);
      }
    }
    for (ParsedPointer* part : {&node_.having, &node_.qualify}) {
      if (*part != nullptr) {
        Rewrite(*part, replacement);
      }
    }
  }

  void Rewrite(ParsedPointer& expression, const Replacement& replacement) {
    switch (expression->GetExpressionClass()) {
      case ExpressionClass::COLUMN_REF: {
        ParsedPointer replaced = replacement(expression->Cast<ColumnRefExpression>());
        if (replaced != nullptr) {
          replaced->SetAlias(expression->GetAlias());
          replaced->SetQueryLocation(expression->GetQueryLocation());
          expression = std::move(replaced);
        }
        return;
      }
      case ExpressionClass::SUBQUERY:
        return;
      case ExpressionClass::FUNCTION: {
        const auto& function = expression->Cast<FunctionExpression>();
        if (is_aggregate_(StringUtil::Lower(function.function_name)) || IsWindowCall(function)) {
          return;  // its arguments are evaluated before grouping
        }
        break;
      }
      default:
        break;
    }
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        *expression, [&](ParsedPointer& child) { Rewrite(child, replacement); });
  }

  duckdb::SelectNode& node_;
  const std::function<bool(const std::string&)>& is_aggregate_;
};

}  // namespace

void RewriteWindowColumns(duckdb::SelectNode& node,
                          const std::function<bool(const std::string&)>& is_aggregate) {
  SelectRewriter(node, is_aggregate).Run();
}

}  // namespace laminar::sql
