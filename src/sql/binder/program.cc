#include "sql/binder/program.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "duckdb.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/logical_operator.hpp"

#include "sql/binder/program_builder.h"
#include "sql/binder/program_text.h"
#include "sql/binder/word_span.h"

namespace laminar::sql {

BoundQuery::BoundQuery() = default;
BoundQuery::BoundQuery(BoundQuery&&) noexcept = default;
BoundQuery& BoundQuery::operator=(BoundQuery&&) noexcept = default;
BoundQuery::~BoundQuery() = default;

BoundProgram::BoundProgram() = default;
BoundProgram::BoundProgram(BoundProgram&&) noexcept = default;
BoundProgram& BoundProgram::operator=(BoundProgram&& other) noexcept {
  // Plans go before the connection that they point into.
  queries = std::move(other.queries);
  sources = std::move(other.sources);
  sinks = std::move(other.sinks);
  connection = std::move(other.connection);
  text = std::move(other.text);
  reports = std::move(other.reports);
  settings = other.settings;
  return *this;
}
BoundProgram::~BoundProgram() {
  queries.clear();
  sources.clear();
}

BindResult Bind(std::string_view text, const BindOptions& options) {
  BindResult result;
  const std::unique_ptr<ProgramText> program =
      ProgramText::Read(text, options.variables, result.diagnostics);
  if (program != nullptr) {
    ProgramBuilder builder(*program, text, options, result.diagnostics);
    builder.Run();
    const bool has_error = std::any_of(
        result.diagnostics.begin(), result.diagnostics.end(),
        [](const auto& diagnostic) { return diagnostic.severity == base::Severity::kError; });
    if (!has_error) {
      result.program = builder.Take();
    }
  }
  std::sort(result.diagnostics.begin(), result.diagnostics.end(), [](const auto& a, const auto& b) {
    return std::tie(a.span.offset, a.code, a.message) < std::tie(b.span.offset, b.code, b.message);
  });
  const auto repeated = std::unique(
      result.diagnostics.begin(), result.diagnostics.end(), [](const auto& a, const auto& b) {
        return a.span.offset == b.span.offset && a.code == b.code && a.message == b.message;
      });
  result.diagnostics.erase(repeated, result.diagnostics.end());
  return result;
}

namespace {

int64_t FirstLocation(const duckdb::Expression& expression) {
  if (expression.GetQueryLocation().IsValid()) {
    return static_cast<int64_t>(expression.GetQueryLocation().GetIndex());
  }
  int64_t location = -1;
  duckdb::ExpressionIterator::EnumerateChildren(expression, [&](const duckdb::Expression& child) {
    if (location < 0) {
      location = FirstLocation(child);
    }
  });
  return location;
}

int64_t FirstLocation(const duckdb::LogicalOperator& op) {
  for (const auto& expression : op.expressions) {
    if (const int64_t location = FirstLocation(*expression); location >= 0) {
      return location;
    }
  }
  for (const auto& child : op.children) {
    if (const int64_t location = FirstLocation(*child); location >= 0) {
      return location;
    }
  }
  return -1;
}

}  // namespace

base::SourceSpan FindSpan(std::string_view text, const duckdb::Expression& expression) {
  return WordSpan(text, FirstLocation(expression));
}

base::SourceSpan FindSpan(std::string_view text, const duckdb::LogicalOperator& op) {
  return WordSpan(text, FirstLocation(op));
}

}  // namespace laminar::sql
