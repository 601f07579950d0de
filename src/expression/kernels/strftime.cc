// strftime(time, 'format'): the text changes only when the finest unit that the format shows does,
// so the last text is kept.
#include <array>
#include <memory>
#include <string>
#include <utility>

#include "duckdb/function/scalar/strftime_format.hpp"
#include "duckdb/planner/expression/bound_function_expression.hpp"

#include "expression/kernels/kernel_call.h"
#include "expression/kernels/value_rows.h"

namespace laminar::expression {
namespace {

using Specifier = duckdb::StrTimeSpecifier;

// The width, in microseconds, of the intervals in which the text does not change.
int64_t GranularityOf(const duckdb::StrfTimeFormat& format) {
  struct Unit {
    int64_t micros;
    std::array<Specifier, 7> specifiers;
  };
  static constexpr std::array<Unit, 4> kUnits = {{
      {1,
       {Specifier::MICROSECOND_PADDED, Specifier::MILLISECOND_PADDED, Specifier::NANOSECOND_PADDED,
        Specifier::UTC_OFFSET, Specifier::TZ_NAME, Specifier::LOCALE_APPROPRIATE_DATE_AND_TIME,
        Specifier::LOCALE_APPROPRIATE_TIME}},
      {1'000'000,
       {Specifier::SECOND_PADDED, Specifier::SECOND_DECIMAL, Specifier::SECOND_DECIMAL,
        Specifier::SECOND_DECIMAL, Specifier::SECOND_DECIMAL, Specifier::SECOND_DECIMAL,
        Specifier::SECOND_DECIMAL}},
      {60'000'000,
       {Specifier::MINUTE_PADDED, Specifier::MINUTE_DECIMAL, Specifier::MINUTE_DECIMAL,
        Specifier::MINUTE_DECIMAL, Specifier::MINUTE_DECIMAL, Specifier::MINUTE_DECIMAL,
        Specifier::MINUTE_DECIMAL}},
      {3'600'000'000,
       {Specifier::HOUR_24_PADDED, Specifier::HOUR_24_DECIMAL, Specifier::HOUR_12_PADDED,
        Specifier::HOUR_12_DECIMAL, Specifier::AM_PM, Specifier::AM_PM, Specifier::AM_PM}},
  }};
  for (const Unit& unit : kUnits) {
    for (const Specifier specifier : unit.specifiers) {
      if (format.HasFormatSpecifier(specifier)) {
        return unit.micros;
      }
    }
  }
  return duckdb::Interval::MICROS_PER_DAY;
}

int64_t FloorDivide(int64_t a, int64_t b) { return a / b - (a % b < 0 ? 1 : 0); }

// Formats times; repeats the last text while it stays the same. Texts live in the vector that asked
// for them.
class TimeFormatter {
 public:
  explicit TimeFormatter(duckdb::StrfTimeFormat format)
      : format_(std::move(format)), granularity_(GranularityOf(format_)) {}

  void Format(data::Vector& times, data::idx_t count, data::Vector& result) {
    bool known = false;
    int64_t interval = 0;
    duckdb::string_t text;
    MapValues<duckdb::timestamp_t, duckdb::string_t>(
        times, count, result, [&](const duckdb::timestamp_t& time, data::Vector& holder) {
          if (!duckdb::Timestamp::IsFinite(time)) {
            return duckdb::StringVector::AddString(holder, duckdb::Timestamp::ToString(time));
          }
          const int64_t next = FloorDivide(time.value, granularity_);
          if (!known || next != interval) {
            text = Write(time, holder);
            interval = next;
            known = true;
          }
          return text;
        });
  }

 private:
  duckdb::string_t Write(duckdb::timestamp_t time, data::Vector& result) {
    duckdb::date_t date;
    duckdb::dtime_t clock;
    duckdb::Timestamp::Convert(time, date, clock);
    int32_t parts[8];
    duckdb::Date::Convert(date, parts[0], parts[1], parts[2]);
    duckdb::Time::Convert(clock, parts[3], parts[4], parts[5], parts[6]);
    parts[7] = 0;
    duckdb::string_t text =
        duckdb::StringVector::EmptyString(result, format_.GetLength(date, clock, 0, nullptr));
    format_.FormatString(date, parts, nullptr, text.GetDataWriteable());
    text.Finalize();
    return text;
  }

  duckdb::StrfTimeFormat format_;
  const int64_t granularity_;
};

}  // namespace

std::optional<KernelCall> MatchStrftime(const duckdb::Expression& expression) {
  const auto* strftime = AsCall(expression, "strftime", 2);
  if (strftime == nullptr) {
    return std::nullopt;
  }
  const bool reversed = strftime->children[0]->return_type.id() == data::LogicalTypeId::VARCHAR;
  const duckdb::Expression& time = *strftime->children[reversed ? 1 : 0];
  const std::optional<std::string> text = AsText(*strftime->children[reversed ? 0 : 1]);
  duckdb::StrfTimeFormat format;
  if (!text || time.return_type != data::LogicalType::TIMESTAMP ||
      !duckdb::StrTimeFormat::ParseFormatSpecifier(*text, format).empty()) {
    return std::nullopt;
  }
  KernelCall call;
  call.name = "strftime";
  call.arguments = {&time};
  call.compute = [formatter = std::make_shared<TimeFormatter>(std::move(format))](
                     std::vector<duckdb::Vector>& arguments, data::idx_t count,
                     data::Vector& result) { formatter->Format(arguments[0], count, result); };
  return call;
}

}  // namespace laminar::expression
