// How window calls and window columns of streams are taken: QueryPlanner's part that knows windows
// before they are assigned.
#include <utility>

#include "duckdb/planner/expression/bound_function_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"

#include "sql/catalog/window_functions.h"
#include "sql/planner/column_access.h"
#include "sql/planner/query_planner.h"

namespace laminar::sql {
namespace {

using expression::BoundExpression;

plan::WindowSpec SpecOf(const WindowCall& call) {
  plan::WindowSpec spec;
  switch (call.kind) {
    case WindowCall::Kind::kTumble:
      spec.kind = plan::WindowSpec::Kind::kTumble;
      break;
    case WindowCall::Kind::kHop:
      spec.kind = plan::WindowSpec::Kind::kHop;
      break;
    case WindowCall::Kind::kSession:
      spec.kind = plan::WindowSpec::Kind::kSession;
      break;
    case WindowCall::Kind::kCumulate:
      spec.kind = plan::WindowSpec::Kind::kCumulate;
      break;
  }
  spec.width = call.width;
  spec.slide = call.slide;
  spec.offset = call.offset;
  return spec;
}

const char* FunctionName(const plan::WindowSpec& spec) {
  switch (spec.kind) {
    case plan::WindowSpec::Kind::kTumble:
      return "tumble";
    case plan::WindowSpec::Kind::kHop:
      return "hop";
    case plan::WindowSpec::Kind::kSession:
      return "session";
    case plan::WindowSpec::Kind::kCumulate:
      return "cumulate";
  }
  return "";
}

void CollectCalls(const duckdb::Expression& expression,
                  std::vector<const duckdb::Expression*>& calls) {
  if (FindWindowCall(expression) != nullptr) {
    calls.push_back(&expression);
    return;
  }
  duckdb::ExpressionIterator::EnumerateChildren(
      expression, [&](const duckdb::Expression& child) { CollectCalls(child, calls); });
}

}  // namespace

std::optional<BoundExpression> QueryPlanner::FindTime(const duckdb::Expression& call,
                                                      const Stream& stream) {
  const auto& function = call.Cast<duckdb::BoundFunctionExpression>();
  BoundExpression time = Resolve(*function.children[0], stream);
  const NodeProperties& properties = context_.builder.properties(stream.node);
  const std::optional<size_t> column = time.AsColumn();
  const bool is_event_time = (column && (*column >= properties.columns.size() ||
                                         properties.columns[*column].is_event_time)) ||
                             (properties.event_time && AreEqual(time, *properties.event_time));
  if (is_event_time) {
    return std::nullopt;
  }
  return time;
}

bool QueryPlanner::TakeWindowCall(const duckdb::Expression& call, CallPlace place, Stream& stream) {
  const WindowCall& window = *FindWindowCall(call);
  const plan::WindowSpec spec = SpecOf(window);
  if (place == CallPlace::kElsewhere && !window.has_time_argument) {
    Refuse("LM1310", SpanOf(call),
           std::string("time window function ") + FunctionName(spec) +
               " is not allowed in this context. Are you missing a GROUP BY clause?",
           "group by the window, or read its rows from the table function: FROM " +
               std::string(FunctionName(spec)) + "(stream, time, ...)");
    return false;
  }
  if (window.has_time_argument &&
      NeedsWindow(*call.Cast<duckdb::BoundFunctionExpression>().children[0], stream) &&
      !AssignWindow(stream)) {
    return false;
  }
  std::optional<BoundExpression> argument;
  std::optional<BoundExpression> time;
  if (window.has_time_argument) {
    argument = Resolve(*call.Cast<duckdb::BoundFunctionExpression>().children[0], stream);
    time = FindTime(call, stream);
  }
  // A window asked for again is the one the rows are in already.
  if (stream.window && stream.window->spec == spec) {
    const bool same_call =
        argument && stream.window->argument && AreEqual(*argument, *stream.window->argument);
    const bool same_time = stream.window->assigned() ? !argument : !time && !stream.window->time;
    if (same_call || same_time) {
      return true;
    }
  }
  if (!AssignWindow(stream)) {
    return false;
  }
  if (window.has_time_argument && time && !stream.window) {
    Warn("LM2301", SpanOf(call),
         "the window is over a column that is not the event time of its stream",
         "rows count as late by the event time; declare WATERMARK FOR this column, or use the "
         "event time");
  }
  if (window.has_time_argument) {
    time = FindTime(call, stream);
  }
  stream.window =
      StreamWindow{spec, std::nullopt, std::move(time), std::move(argument), SpanOf(call)};
  return true;
}

bool QueryPlanner::TakeWindowCalls(const std::vector<const duckdb::Expression*>& expressions,
                                   CallPlace place,
                                   Stream& stream) {
  std::vector<const duckdb::Expression*> calls;
  for (const duckdb::Expression* expression : expressions) {
    CollectCalls(*expression, calls);
  }
  for (const duckdb::Expression* call : calls) {
    if (!duckdb::Expression::Equals(*call, *calls[0])) {
      Refuse("LM1313", SpanOf(*call), "two different windows in one query",
             "put the second one into a query around the first");
      return false;
    }
  }
  return calls.empty() || TakeWindowCall(*calls[0], place, stream);
}

bool QueryPlanner::AssignWindow(Stream& stream) {
  if (!stream.window || stream.window->assigned()) {
    return true;
  }
  StreamWindow& window = *stream.window;
  if (window.spec.kind == plan::WindowSpec::Kind::kSession) {
    Refuse("LM1314", window.span, "rows cannot be put into sessions one by one",
           "group by the session window");
    return false;
  }
  plan::NodeId node = stream.node;
  size_t time_column = context_.builder.schema(node).event_time_index();
  if (window.time) {
    std::vector<NamedExpression> columns;
    for (size_t i = 0; i < context_.builder.schema(node).num_visible_columns(); ++i) {
      columns.push_back({ColumnOf(node, i), context_.builder.schema(node).fields[i].name});
    }
    time_column = window.time->AsColumn().value_or(columns.size());
    if (time_column == columns.size()) {
      columns.push_back({*window.time, window.time->ToString()});
    }
    node = AddProject(node, std::move(columns), window.span.offset);
  }
  const data::Schema& input = context_.builder.schema(node);
  std::vector<data::Field> visible(
      input.fields.begin(),
      input.fields.begin() + static_cast<ptrdiff_t>(input.num_visible_columns()));
  NodeProperties properties;
  properties.columns.resize(visible.size());
  properties.columns.push_back({WindowPart::kStruct, false});
  window.column = visible.size();
  window.time.reset();
  visible.push_back({"window", data::LogicalType::STRUCT({{"start", data::LogicalType::TIMESTAMP},
                                                          {"end", data::LogicalType::TIMESTAMP}})});
  stream.node =
      context_.builder.Add(plan::WindowAssignSpec{window.spec, time_column}, std::move(visible),
                           std::move(properties), {{node, {}}}, window.span.offset);
  for (StreamColumn& column : stream.columns) {
    if (column.of_window.valid()) {
      const BoundExpression assigned = ColumnOf(stream.node, *window.column);
      column.access =
          Substitute(column.of_window, [&](size_t) -> const BoundExpression& { return assigned; });
      column.of_window = BoundExpression();
    }
  }
  return true;
}

}  // namespace laminar::sql
