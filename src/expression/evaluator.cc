#include "expression/evaluator.h"

#include <optional>
#include <unordered_set>
#include <utility>

#include "duckdb/execution/expression_executor.hpp"

#include "expression/duckdb_instance.h"
#include "expression/evaluation_error.h"
#include "expression/kernels/kernel.h"

namespace laminar::expression {
namespace {

using data::idx_t;
using data::Vector;

// Calls `visit` with the address of everything that holds values below a
// vector: buffers, children, list elements, dictionaries.
template <typename Visit>
void VisitStorage(Vector& vector, const Visit& visit) {
  if (vector.GetVectorType() == duckdb::VectorType::DICTIONARY_VECTOR) {
    VisitStorage(duckdb::DictionaryVector::Child(vector), visit);
    return;
  }
  if (vector.GetData() != nullptr) {
    visit(static_cast<const void*>(vector.GetData()));
  }
  const auto auxiliary = vector.GetAuxiliary();
  if (!vector.GetType().IsNested() || auxiliary == nullptr) {
    return;
  }
  visit(static_cast<const void*>(auxiliary.get()));
  switch (vector.GetType().InternalType()) {
    case duckdb::PhysicalType::STRUCT:
      for (auto& child : duckdb::StructVector::GetEntries(vector)) {
        VisitStorage(*child, visit);
      }
      break;
    case duckdb::PhysicalType::LIST:
      VisitStorage(duckdb::ListVector::GetEntry(vector), visit);
      break;
    default:
      VisitStorage(duckdb::ArrayVector::GetEntry(vector), visit);
      break;
  }
}

// What the executor keeps between calls and overwrites in each: the arguments
// of every function below an expression.
class Scratch {
 public:
  // REQUIRES: nothing was executed yet; later the vectors point elsewhere, to
  // their callers' inputs.
  explicit Scratch(duckdb::ExpressionState& root) { Collect(root); }

  // Casts, struct_pack and their like answer with references to their
  // arguments; where these are scratch, the result gets storage of its own.
  // `own_buffer` is the one the result was given.
  void Detach(Vector& result, duckdb::data_ptr_t own_buffer, idx_t num_rows) const {
    if (result.GetData() == own_buffer && !result.GetType().IsNested()) {
      return;
    }
    bool borrowed = false;
    VisitStorage(result,
                 [&](const void* address) { borrowed = borrowed || storage_.contains(address); });
    if (!borrowed) {
      return;
    }
    const bool constant = result.GetVectorType() == duckdb::VectorType::CONSTANT_VECTOR;
    Vector copy(result.GetType());
    duckdb::VectorOperations::Copy(result, copy, constant ? 1 : num_rows, 0, 0);
    if (constant) {
      copy.SetVectorType(duckdb::VectorType::CONSTANT_VECTOR);
    }
    result.Reference(copy);
  }

 private:
  void Collect(duckdb::ExpressionState& state) {
    for (Vector& argument : state.intermediate_chunk.data) {
      VisitStorage(argument, [&](const void* address) { storage_.insert(address); });
    }
    for (auto& child : state.child_states) {
      Collect(*child);
    }
  }

  std::unordered_set<const void*> storage_;
};

// One expression that is computed, with the executor's state for it.
struct Computation {
  explicit Computation(const BoundExpression& source)
      : expression(UseKernels(source)),
        executor(EvaluationContext(), expression.get()),
        scratch(*executor.GetStates()[0]->root_state) {}

  BoundExpression expression;
  duckdb::ExpressionExecutor executor;
  Scratch scratch;
};

}  // namespace

struct ProjectionEvaluator::State {
  explicit State(std::vector<BoundExpression> all) : expressions(std::move(all)) {
    for (const BoundExpression& expression : expressions) {
      types.push_back(expression.type());
      columns.push_back(expression.AsColumn());
    }
    computations.resize(expressions.size());
  }

  // Functions set up their state at the first chunk, where their errors can be
  // reported.
  Computation& Prepare(idx_t index) {
    if (computations[index] == nullptr) {
      computations[index] = std::make_unique<Computation>(expressions[index]);
    }
    return *computations[index];
  }

  std::vector<BoundExpression> expressions;
  std::vector<data::LogicalType> types;
  std::vector<std::optional<size_t>> columns;              // of plain references
  std::vector<std::unique_ptr<Computation>> computations;  // of the other expressions
};

ProjectionEvaluator::ProjectionEvaluator(std::vector<BoundExpression> expressions)
    : state_(std::make_unique<State>(std::move(expressions))) {}

ProjectionEvaluator::~ProjectionEvaluator() = default;

absl::StatusOr<data::Chunk> ProjectionEvaluator::Evaluate(const data::Chunk& input) {
  data::Chunk output = data::Chunk::Shell(state_->types);
  output.set_num_rows(input.num_rows());
  output.row_kinds() = input.row_kinds();
  output.set_arrival(input.arrival());
  try {
    data::Chunk shared = input.Share();
    for (idx_t i = 0; i < state_->types.size(); ++i) {
      if (state_->columns[i]) {
        output.column(i).Reference(input.column(*state_->columns[i]));
        continue;
      }
      Computation& computation = state_->Prepare(i);
      Vector result(state_->types[i]);
      const duckdb::data_ptr_t own_buffer = result.GetData();
      computation.executor.ExecuteExpression(shared.columns(), result);
      computation.scratch.Detach(result, own_buffer, input.num_rows());
      output.column(i).Reference(result);
    }
  } catch (const std::exception& exception) {
    return EvaluationError(exception);
  }
  return output;
}

struct FilterEvaluator::State {
  explicit State(BoundExpression expression) : predicate(std::move(expression)) {}

  BoundExpression predicate;
  std::unique_ptr<duckdb::ExpressionExecutor> executor;  // made at the first chunk, as above
};

FilterEvaluator::FilterEvaluator(BoundExpression predicate)
    : state_(std::make_unique<State>(std::move(predicate))) {}

FilterEvaluator::~FilterEvaluator() = default;

absl::StatusOr<idx_t> FilterEvaluator::Select(const data::Chunk& input,
                                              data::SelectionVector& selection) {
  try {
    if (state_->executor == nullptr) {
      state_->predicate = UseKernels(state_->predicate);
      state_->executor = std::make_unique<duckdb::ExpressionExecutor>(EvaluationContext(),
                                                                      state_->predicate.get());
    }
    data::Chunk shared = input.Share();
    return state_->executor->SelectExpression(shared.columns(), selection);
  } catch (const std::exception& exception) {
    return EvaluationError(exception);
  }
}

}  // namespace laminar::expression
