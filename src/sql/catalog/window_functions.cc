#include "sql/catalog/window_functions.h"

#include "duckdb.hpp"
#include "duckdb/common/exception/parser_exception.hpp"
#include "duckdb/common/serializer/deserializer.hpp"
#include "duckdb/common/serializer/serializer.hpp"
#include "duckdb/common/types/interval.hpp"
#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/function/scalar_function.hpp"
#include "duckdb/main/config.hpp"
#include "duckdb/main/extension/extension_loader.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "base/mutex.h"
#include "base/status.h"
#include "sql/catalog/bind_error.h"
#include "sql/catalog/register_functions.h"
#include "sql/catalog/scan_function.h"

namespace laminar::sql {
namespace {

using duckdb::LogicalType;

constexpr const char* kRowTimeName = "row_time";

struct WindowBindData final : public duckdb::FunctionData {
  WindowCall call;

  duckdb::unique_ptr<duckdb::FunctionData> Copy() const override {
    auto copy = duckdb::make_uniq<WindowBindData>();
    copy->call = call;
    return copy;
  }
  bool Equals(const duckdb::FunctionData& other) const override {
    const WindowCall& b = other.Cast<WindowBindData>().call;
    return call.kind == b.kind && call.width == b.width && call.slide == b.slide &&
           call.offset == b.offset && call.has_time_argument == b.has_time_argument;
  }
};

void RefuseToExecute(duckdb::DataChunk&, duckdb::ExpressionState&, duckdb::Vector&) {
  throw duckdb::InvalidInputException(
      "window functions are evaluated by the stream, not by a batch query");
}

LogicalType WindowType() {
  return LogicalType::STRUCT({{"start", LogicalType::TIMESTAMP}, {"end", LogicalType::TIMESTAMP}});
}

data::Duration EvaluateInterval(duckdb::ClientContext& context,
                                const std::string& function,
                                const duckdb::Expression& argument,
                                const char* role) {
  if (argument.HasParameter() || !argument.IsFoldable()) {
    throw BindError(
        "LM1402", argument,
        std::string("the ") + role + " of " + function + "() must be a constant interval");
  }
  const duckdb::Value value = duckdb::ExpressionExecutor::EvaluateScalar(context, argument);
  if (value.IsNull()) {
    throw BindError("LM1402", argument,
                    std::string("the ") + role + " of " + function + "() must not be NULL");
  }
  duckdb::Value interval;
  std::string problem;
  if (!value.DefaultTryCastAs(LogicalType::INTERVAL, interval, &problem)) {
    throw BindError("LM1402", argument,
                    std::string("the ") + role + " of " + function +
                        "() is not an interval: " + value.ToString());
  }
  const duckdb::interval_t parts = duckdb::IntervalValue::Get(interval);
  if (parts.months != 0) {
    throw BindError("LM1402", argument,
                    std::string("the ") + role + " of " + function +
                        "() must not be in months or years: they have no fixed length");
  }
  int64_t days = 0;
  int64_t total = 0;
  if (__builtin_mul_overflow(static_cast<int64_t>(parts.days), duckdb::Interval::MICROS_PER_DAY,
                             &days) ||
      __builtin_add_overflow(days, parts.micros, &total)) {
    throw BindError("LM1402", argument,
                    std::string("the ") + role + " of " + function + "() is out of range");
  }
  return {total};
}

data::Duration EvaluatePositive(duckdb::ClientContext& context,
                                const std::string& function,
                                const duckdb::Expression& argument,
                                const char* role) {
  const data::Duration duration = EvaluateInterval(context, function, argument, role);
  if (duration.micros <= 0) {
    throw BindError(
        "LM1402", argument,
        std::string("the ") + role + " of " + function + "() must be greater than zero");
  }
  return duration;
}

std::string IntervalText(data::Duration duration) {
  duckdb::interval_t interval;
  interval.months = 0;
  interval.days = static_cast<int32_t>(duration.micros / duckdb::Interval::MICROS_PER_DAY);
  interval.micros = duration.micros % duckdb::Interval::MICROS_PER_DAY;
  return "INTERVAL '" + duckdb::Interval::ToString(interval) + "'";
}

bool IsTimeType(const LogicalType& type) {
  switch (type.id()) {
    case duckdb::LogicalTypeId::TIMESTAMP:
    case duckdb::LogicalTypeId::TIMESTAMP_MS:
    case duckdb::LogicalTypeId::TIMESTAMP_NS:
    case duckdb::LogicalTypeId::TIMESTAMP_SEC:
    case duckdb::LogicalTypeId::TIMESTAMP_TZ:
    case duckdb::LogicalTypeId::DATE:
      return true;
    default:
      return false;
  }
}

bool IsIntervalArgument(const duckdb::Expression& argument) {
  return argument.return_type.id() == duckdb::LogicalTypeId::INTERVAL ||
         (argument.return_type.id() == duckdb::LogicalTypeId::VARCHAR && argument.IsFoldable()) ||
         argument.return_type.id() == duckdb::LogicalTypeId::STRING_LITERAL;
}

/// What the intervals of a window function mean, in their order; the last one, `offset`, may always
/// be left out.
struct Signature {
  WindowCall::Kind kind;
  const char* name;
  std::vector<const char*> intervals;
  const char* usage;
};

const std::vector<Signature>& Signatures() {
  static const std::vector<Signature> signatures = {
      {WindowCall::Kind::kTumble, "tumble", {"width"}, "tumble([time,] width [, offset])"},
      {WindowCall::Kind::kHop, "hop", {"slide", "width"}, "hop([time,] slide, width [, offset])"},
      {WindowCall::Kind::kSession, "session", {"gap"}, "session([time,] gap)"},
      {WindowCall::Kind::kCumulate,
       "cumulate",
       {"step", "width"},
       "cumulate([time,] step, width [, offset])"},
  };
  return signatures;
}

const Signature& SignatureOf(const std::string& name) {
  for (const Signature& signature : Signatures()) {
    if (name == signature.name) {
      return signature;
    }
  }
  throw duckdb::InternalException("not a window function: %s", name);
}

void CheckOrder(const Signature& signature, const WindowCall& call, const duckdb::Expression& at) {
  if (signature.intervals.size() < 2 || call.slide <= call.width) {
    return;
  }
  const std::string first = signature.intervals[0];
  throw BindError("LM1401", at,
                  "the first interval of " + std::string(signature.name) + "() is the " + first +
                      " (" + IntervalText(call.slide) + ") and the second the width (" +
                      IntervalText(call.width) + "): the " + first +
                      " must not be larger than the width",
                  "did you mean " + std::string(signature.name) + "(" + IntervalText(call.width) +
                      ", " + IntervalText(call.slide) + ")?");
}

WindowCall ReadIntervals(duckdb::ClientContext& context,
                         const Signature& signature,
                         const duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments,
                         size_t first) {
  WindowCall call;
  call.kind = signature.kind;
  std::vector<data::Duration> durations;
  for (size_t i = 0; i < signature.intervals.size(); ++i) {
    durations.push_back(
        EvaluatePositive(context, signature.name, *arguments[first + i], signature.intervals[i]));
  }
  call.slide = durations.front();
  call.width = durations.back();
  CheckOrder(signature, call, *arguments[first]);
  const size_t offset = first + signature.intervals.size();
  if (offset < arguments.size()) {
    call.offset = EvaluateInterval(context, signature.name, *arguments[offset], "offset");
  }
  if (call.kind == WindowCall::Kind::kCumulate && call.width.micros % call.slide.micros != 0) {
    throw BindError("LM1402", *arguments[first + 1],
                    "the width of cumulate() must be a multiple of its step");
  }
  if (call.kind == WindowCall::Kind::kHop && call.slide == call.width) {
    call.kind = WindowCall::Kind::kTumble;
  }
  return call;
}

[[noreturn]] void RefuseTimeArgument(const Signature& signature,
                                     const duckdb::Expression& argument) {
  throw BindError("LM1403", argument,
                  "the first argument of " + std::string(signature.name) +
                      "() is neither an interval nor a time, but " +
                      argument.return_type.ToString(),
                  "usage: " + std::string(signature.usage));
}

duckdb::unique_ptr<duckdb::FunctionData> BindWindow(
    duckdb::ClientContext& context,
    duckdb::ScalarFunction& function,
    duckdb::vector<duckdb::unique_ptr<duckdb::Expression>>& arguments) {
  const Signature& signature = SignatureOf(function.name);
  for (const auto& argument : arguments) {
    if (argument->return_type.id() == duckdb::LogicalTypeId::UNKNOWN) {
      throw duckdb::ParameterNotResolvedException();  // a parameter of a macro: bound at its call
    }
  }
  const bool has_time = IsTimeType(arguments[0]->return_type);
  if (!has_time && !IsIntervalArgument(*arguments[0])) {
    RefuseTimeArgument(signature, *arguments[0]);
  }
  const size_t first = has_time ? 1 : 0;
  const size_t count = arguments.size() - first;
  const size_t allowed =
      signature.intervals.size() + (signature.kind == WindowCall::Kind::kSession ? 0 : 1);
  if (count < signature.intervals.size() || count > allowed) {
    throw BindError("LM1403", *arguments.back(),
                    std::string(signature.name) + "() does not take " +
                        std::to_string(arguments.size()) +
                        (arguments.size() == 1 ? " argument" : " arguments"),
                    "usage: " + std::string(signature.usage));
  }
  auto data = duckdb::make_uniq<WindowBindData>();
  data->call = ReadIntervals(context, signature, arguments, first);
  data->call.has_time_argument = has_time;
  arguments.erase(arguments.begin() + static_cast<ptrdiff_t>(first), arguments.end());
  function.varargs = LogicalType::INVALID;
  function.arguments.clear();
  // By these types a copy of the plan finds the function again.
  function.original_arguments = {LogicalType::INTERVAL};
  if (has_time) {
    // With its time as an argument the call depends on nothing else.
    function.arguments.push_back(LogicalType::TIMESTAMP);
    function.stability = duckdb::FunctionStability::CONSISTENT;
  }
  return data;
}

// DuckDB copies some plans by writing and reading them.
void WriteCall(duckdb::Serializer& serializer,
               const duckdb::optional_ptr<duckdb::FunctionData> data,
               const duckdb::ScalarFunction&) {
  const WindowCall& call = data->Cast<WindowBindData>().call;
  serializer.WriteProperty(100, "kind", static_cast<uint8_t>(call.kind));
  serializer.WriteProperty(101, "width", call.width.micros);
  serializer.WriteProperty(102, "slide", call.slide.micros);
  serializer.WriteProperty(103, "offset", call.offset.micros);
  serializer.WriteProperty(104, "has_time_argument", call.has_time_argument);
}

duckdb::unique_ptr<duckdb::FunctionData> ReadCall(duckdb::Deserializer& deserializer,
                                                  duckdb::ScalarFunction& function) {
  auto data = duckdb::make_uniq<WindowBindData>();
  WindowCall& call = data->call;
  call.kind = static_cast<WindowCall::Kind>(deserializer.ReadProperty<uint8_t>(100, "kind"));
  call.width.micros = deserializer.ReadProperty<int64_t>(101, "width");
  call.slide.micros = deserializer.ReadProperty<int64_t>(102, "slide");
  call.offset.micros = deserializer.ReadProperty<int64_t>(103, "offset");
  call.has_time_argument = deserializer.ReadProperty<bool>(104, "has_time_argument");
  function.varargs = LogicalType::INVALID;
  if (call.has_time_argument) {
    function.stability = duckdb::FunctionStability::CONSISTENT;
  }
  return data;
}

}  // namespace

void RegisterWindowFunctions(duckdb::ExtensionLoader& loader) {
  for (const Signature& signature : Signatures()) {
    duckdb::ScalarFunction function(signature.name, {LogicalType::ANY}, WindowType(),
                                    RefuseToExecute, BindWindow);
    function.varargs = LogicalType::ANY;
    function.serialize = WriteCall;
    function.deserialize = ReadCall;
    // Volatile: the hidden event time is not among the arguments, so that the call must be neither
    // folded nor moved.
    function.stability = duckdb::FunctionStability::VOLATILE;
    function.null_handling = duckdb::FunctionNullHandling::SPECIAL_HANDLING;
    loader.RegisterFunction(function);
  }
  duckdb::ScalarFunction row_time(kRowTimeName, {}, LogicalType::TIMESTAMP, RefuseToExecute);
  row_time.stability = duckdb::FunctionStability::VOLATILE;
  loader.RegisterFunction(row_time);
}

const WindowCall* FindWindowCall(const duckdb::Expression& expression) {
  if (expression.GetExpressionClass() != duckdb::ExpressionClass::BOUND_FUNCTION) {
    return nullptr;
  }
  const auto& function = expression.Cast<duckdb::BoundFunctionExpression>();
  const auto* data = dynamic_cast<const WindowBindData*>(function.bind_info.get());
  return data == nullptr ? nullptr : &data->call;
}

bool IsRowTime(const duckdb::Expression& expression) {
  return expression.GetExpressionClass() == duckdb::ExpressionClass::BOUND_FUNCTION &&
         expression.Cast<duckdb::BoundFunctionExpression>().function.name == kRowTimeName;
}

namespace {

// Rules that estimate sizes, order rows, choose build sides, or plan for inputs that end.
void DisableBatchOptimizers(duckdb::DatabaseInstance& database) {
  using duckdb::OptimizerType;
  duckdb::DBConfig::GetConfig(database).options.disabled_optimizers = {
      OptimizerType::JOIN_ORDER, OptimizerType::STATISTICS_PROPAGATION,
      OptimizerType::BUILD_SIDE_PROBE_SIDE, OptimizerType::LIMIT_PUSHDOWN, OptimizerType::TOP_N,
      OptimizerType::COMPRESSED_MATERIALIZATION, OptimizerType::COLUMN_LIFETIME,
      OptimizerType::SAMPLING_PUSHDOWN, OptimizerType::JOIN_FILTER_PUSHDOWN,
      OptimizerType::LATE_MATERIALIZATION, OptimizerType::IN_CLAUSE, OptimizerType::REGEX_RANGE,
      OptimizerType::MATERIALIZED_CTE,
      // It would drop window calls that nobody looks at, and with them the windows of joins and of
      // hopping rows; the planner drops unread columns itself.
      OptimizerType::UNUSED_COLUMNS,
      // The binder runs it itself, where it pays.
      OptimizerType::COMMON_SUBEXPRESSIONS};
}

}  // namespace

void RegisterStreamFunctions(duckdb::DuckDB& database) {
  static base::Mutex mutex;
  const base::MutexLock lock(mutex);
  duckdb::ExtensionLoader loader(*database.instance, "laminar");
  if (loader.TryGetTableFunction(kScanFunctionName) != nullptr) {
    return;
  }
  DisableBatchOptimizers(*database.instance);
  RegisterWindowFunctions(loader);
  RegisterScanFunction(loader);
}

}  // namespace laminar::sql
