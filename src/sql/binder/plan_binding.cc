#include "sql/binder/plan_binding.h"

#include <algorithm>
#include <map>
#include <utility>

#include "duckdb/execution/expression_executor.hpp"
#include "duckdb/optimizer/cse_optimizer.hpp"
#include "duckdb/optimizer/optimizer.hpp"
#include "duckdb/parser/expression/list.hpp"
#include "duckdb/parser/parsed_expression_iterator.hpp"
#include "duckdb/parser/query_node/list.hpp"
#include "duckdb/parser/tableref/list.hpp"
#include "duckdb/planner/expression/bound_cast_expression.hpp"
#include "duckdb/planner/expression/bound_columnref_expression.hpp"
#include "duckdb/planner/expression/bound_reference_expression.hpp"
#include "duckdb/planner/expression_iterator.hpp"
#include "duckdb/planner/logical_operator_visitor.hpp"
#include "duckdb/planner/operator/logical_get.hpp"
#include "duckdb/planner/operator/logical_projection.hpp"

#include "sql/binder/decorrelate.h"
#include "sql/binder/duckdb_error.h"
#include "sql/binder/word_span.h"
#include "sql/catalog/scan_function.h"

namespace laminar::sql {
namespace {

/// Unknown columns told of one statement; more are noise.
constexpr int kUnknownColumnsMax = 20;

constexpr int kSharedPartsDepthMax = 60;

int ExpressionDepth(const duckdb::Expression& expression) {
  int depth = 0;
  duckdb::ExpressionIterator::EnumerateChildren(expression, [&](const duckdb::Expression& child) {
    depth = std::max(depth, ExpressionDepth(child));
  });
  return depth + 1;
}

int ExpressionDepth(const duckdb::LogicalOperator& op) {
  int depth = 0;
  for (const auto& expression : op.expressions) {
    depth = std::max(depth, ExpressionDepth(*expression));
  }
  for (const auto& child : op.children) {
    depth = std::max(depth, ExpressionDepth(*child));
  }
  return depth;
}

/// Replaces the column references at one place of a tree by NULL, so that binding goes on behind an
/// unknown column.
class ColumnBlanker {
 public:
  explicit ColumnBlanker(duckdb::idx_t location) : location_(location) {}

  bool Run(duckdb::QueryNode& node) {
    Visit(node);
    return replaced_;
  }

 private:
  void Visit(duckdb::QueryNode& node) {
    duckdb::ParsedExpressionIterator::EnumerateQueryNodeChildren(
        node, [this](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { Visit(child); });
  }

  void Visit(duckdb::unique_ptr<duckdb::ParsedExpression>& expression) {
    const duckdb::optional_idx at = expression->GetQueryLocation();
    if (expression->GetExpressionClass() == duckdb::ExpressionClass::COLUMN_REF && at.IsValid() &&
        at.GetIndex() == location_) {
      const std::string alias = expression->GetAlias();
      expression = duckdb::make_uniq<duckdb::ConstantExpression>(duckdb::Value());
      expression->SetAlias(alias);
      replaced_ = true;
      return;
    }
    if (expression->GetExpressionClass() == duckdb::ExpressionClass::SUBQUERY) {
      Visit(*expression->Cast<duckdb::SubqueryExpression>().subquery->node);
    }
    duckdb::ParsedExpressionIterator::EnumerateChildren(
        *expression, [this](duckdb::unique_ptr<duckdb::ParsedExpression>& child) { Visit(child); });
  }

  duckdb::idx_t location_;
  bool replaced_ = false;
};

/// Evaluates casts of constants, except where they may never be reached.
class ConstantChecker final : public duckdb::LogicalOperatorVisitor {
 public:
  ConstantChecker(duckdb::ClientContext& context, std::string_view text)
      : context_(context), text_(text) {}

  void VisitOperator(duckdb::LogicalOperator& op) override {
    VisitOperatorChildren(op);
    VisitOperatorExpressions(op);
  }

 protected:
  void VisitExpression(duckdb::unique_ptr<duckdb::Expression>* expression) override {
    Check(**expression, {});
  }

 private:
  void Check(duckdb::Expression& expression, duckdb::optional_idx place) {
    if (expression.GetQueryLocation().IsValid()) {
      place = expression.GetQueryLocation();
    }
    switch (expression.GetExpressionClass()) {
      case duckdb::ExpressionClass::BOUND_CASE:
        return;
      case duckdb::ExpressionClass::BOUND_OPERATOR:
        if (expression.GetExpressionType() == duckdb::ExpressionType::OPERATOR_COALESCE ||
            expression.GetExpressionType() == duckdb::ExpressionType::OPERATOR_TRY) {
          return;
        }
        break;
      case duckdb::ExpressionClass::BOUND_CAST: {
        const auto& cast = expression.Cast<duckdb::BoundCastExpression>();
        if (!cast.try_cast &&
            cast.child->GetExpressionClass() == duckdb::ExpressionClass::BOUND_CONSTANT) {
          Evaluate(expression, place);
          return;
        }
        break;
      }
      default:
        break;
    }
    duckdb::ExpressionIterator::EnumerateChildren(
        expression, [&](duckdb::Expression& child) { Check(child, place); });
  }

  void Evaluate(const duckdb::Expression& cast, duckdb::optional_idx place) {
    try {
      duckdb::ExpressionExecutor::EvaluateScalar(context_, cast);
    } catch (const std::exception& error) {
      TranslatedError translated = TranslateError(error);
      if (place.IsValid()) {
        translated.diagnostic.span = WordSpan(text_, static_cast<int64_t>(place.GetIndex()));
      }
      translated.diagnostic.hint = "";
      throw DiagnosticError(translated.diagnostic);
    }
  }

  duckdb::ClientContext& context_;
  std::string_view text_;
};

/// Follows column references down through projections to a scan.
class ScanResolver {
 public:
  /// False when the plan holds anything but projections over a scan.
  bool Add(const duckdb::LogicalOperator& op) {
    if (op.type == duckdb::LogicalOperatorType::LOGICAL_PROJECTION) {
      const auto& projection = op.Cast<duckdb::LogicalProjection>();
      projections_[projection.table_index] = &projection;
      return op.children.size() == 1 && Add(*op.children[0]);
    }
    if (op.type != duckdb::LogicalOperatorType::LOGICAL_GET) {
      return false;
    }
    const auto& scan = op.Cast<duckdb::LogicalGet>();
    scan_columns_ = ScanColumns(scan);
    return FindScanSource(scan) != nullptr;
  }

  duckdb::unique_ptr<duckdb::Expression> Resolve(const duckdb::Expression& expression) {
    duckdb::unique_ptr<duckdb::Expression> copy = expression.Copy();
    Replace(copy);
    return copy;
  }

 private:
  void Replace(duckdb::unique_ptr<duckdb::Expression>& expression) {
    if (expression->GetExpressionClass() != duckdb::ExpressionClass::BOUND_COLUMN_REF) {
      duckdb::ExpressionIterator::EnumerateChildren(
          *expression, [this](duckdb::unique_ptr<duckdb::Expression>& child) { Replace(child); });
      return;
    }
    const auto& column = expression->Cast<duckdb::BoundColumnRefExpression>();
    const auto projection = projections_.find(column.binding.table_index);
    if (projection != projections_.end()) {
      expression = Resolve(*projection->second->expressions[column.binding.column_index]);
      return;
    }
    const std::optional<size_t> position = scan_columns_[column.binding.column_index];
    const std::string name = column.GetAlias();
    expression = duckdb::make_uniq<duckdb::BoundReferenceExpression>(name, column.return_type,
                                                                     position.value_or(0));
  }

  std::map<duckdb::idx_t, const duckdb::LogicalProjection*> projections_;
  std::vector<std::optional<size_t>> scan_columns_;
};

}  // namespace

void PlanBinding::AddKnownColumns(const std::vector<std::string>& names) {
  known_columns_.insert(known_columns_.end(), names.begin(), names.end());
}

void PlanBinding::CheckConstants(duckdb::LogicalOperator& plan) const {
  ConstantChecker checker(context_, text_);
  checker.VisitOperator(plan);
}

std::optional<BoundSelect> PlanBinding::Bind(const duckdb::SelectStatement& select,
                                             base::SourceSpan fallback,
                                             std::vector<base::Diagnostic>& diagnostics) const {
  auto statement =
      duckdb::unique_ptr_cast<duckdb::SQLStatement, duckdb::SelectStatement>(select.Copy());
  for (int attempt = 0; attempt <= kUnknownColumnsMax; ++attempt) {
    // Binding consumes the tree, which is needed again only after an error.
    auto copy = statement->Copy();
    try {
      BoundSelect bound;
      bound.planner = std::make_unique<duckdb::Planner>(context_);
      bound.planner->CreatePlan(std::move(copy));
      if (attempt > 0) {
        return std::nullopt;
      }
      CheckConstants(*bound.planner->plan);
      bound.plan = std::move(bound.planner->plan);
      bound.names = bound.planner->names;
      bound.types = bound.planner->types;
      bound.bindings = bound.plan->GetColumnBindings();
      return bound;
    } catch (const std::exception& error) {
      const TranslatedError translated = TranslateError(error);
      if (attempt == 0 || translated.is_unknown_column) {
        diagnostics.push_back(Translate(error, fallback));
      }
      if (!translated.is_unknown_column || !translated.position.has_value() ||
          !ColumnBlanker(static_cast<duckdb::idx_t>(*translated.position)).Run(*statement->node)) {
        return std::nullopt;
      }
    }
  }
  return std::nullopt;
}

duckdb::unique_ptr<duckdb::Expression> PlanBinding::Reference(const BoundSelect& bound,
                                                              size_t index) const {
  return duckdb::make_uniq<duckdb::BoundColumnRefExpression>(bound.names[index], bound.types[index],
                                                             bound.bindings[index]);
}

void PlanBinding::Project(BoundSelect& bound,
                          size_t num_columns,
                          const MakeExpression& make) const {
  duckdb::vector<duckdb::unique_ptr<duckdb::Expression>> expressions;
  for (size_t i = 0; i < num_columns; ++i) {
    expressions.push_back(make(i));
  }
  auto projection = duckdb::make_uniq<duckdb::LogicalProjection>(
      bound.planner->binder->GenerateTableIndex(), std::move(expressions));
  projection->children.push_back(std::move(bound.plan));
  projection->ResolveOperatorTypes();
  bound.plan = std::move(projection);
  bound.bindings = bound.plan->GetColumnBindings();
}

duckdb::unique_ptr<duckdb::LogicalOperator> PlanBinding::Optimize(BoundSelect bound) const {
  duckdb::Optimizer optimizer(*bound.planner->binder, context_);
  duckdb::unique_ptr<duckdb::LogicalOperator> plan =
      Decorrelate(optimizer.Optimize(std::move(bound.plan)));
  // The search for common parts takes time by the cube of an expression's depth.
  if (ExpressionDepth(*plan) <= kSharedPartsDepthMax) {
    duckdb::CommonSubExpressionOptimizer(*bound.planner->binder).VisitOperator(*plan);
  }
  plan->ResolveOperatorTypes();
  return plan;
}

std::optional<std::vector<duckdb::unique_ptr<duckdb::Expression>>> PlanBinding::OverScan(
    const duckdb::LogicalOperator& plan) {
  ScanResolver resolver;
  if (plan.type != duckdb::LogicalOperatorType::LOGICAL_PROJECTION || !resolver.Add(plan)) {
    return std::nullopt;
  }
  std::vector<duckdb::unique_ptr<duckdb::Expression>> expressions;
  for (const auto& expression : plan.expressions) {
    expressions.push_back(resolver.Resolve(*expression));
  }
  return expressions;
}

base::Diagnostic PlanBinding::Translate(const std::exception& error,
                                        base::SourceSpan fallback) const {
  if (const auto* own = dynamic_cast<const DiagnosticError*>(&error); own != nullptr) {
    return own->diagnostic();
  }
  TranslatedError translated = TranslateError(error);
  base::SourceSpan& span = translated.diagnostic.span;
  span = translated.position.has_value()
             ? WordSpan(text_, *translated.position)
             : FindWord(text_, fallback, translated.word, translated.is_member);
  if (span.offset < 0) {
    span = fallback;
  }
  if (translated.is_unknown_column && translated.diagnostic.hint.empty()) {
    const std::string nearest = base::FindNearest(translated.word, known_columns_);
    if (!nearest.empty()) {
      translated.diagnostic.hint = "did you mean \"" + nearest + "\"?";
    }
  }
  return translated.diagnostic;
}

}  // namespace laminar::sql
