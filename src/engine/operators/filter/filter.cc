#include "engine/operators/filter/filter.h"

#include <optional>
#include <utility>

#include "base/assert.h"
#include "expression/evaluator.h"

namespace laminar::engine {
namespace {

class Filter final : public Operator {
 public:
  explicit Filter(expression::BoundExpression predicate) : evaluator_(std::move(predicate)) {}

  absl::Status Process(int input, data::Chunk chunk) override {
    LAMINAR_ASSERT(!output_.has_value(), input);
    const data::idx_t num_rows = chunk.num_rows();
    // Its own for each chunk: the selected vectors keep it.
    data::SelectionVector selection(num_rows);
    LAMINAR_ASSIGN_OR_RETURN(const data::idx_t selected, evaluator_.Select(chunk, selection));
    if (selected == num_rows) {
      output_ = std::move(chunk);
    } else if (selected > 0) {
      output_ = chunk.Select(selection, selected);
    }
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<data::Chunk>> Produce() override {
    return std::exchange(output_, std::nullopt);
  }

 private:
  expression::FilterEvaluator evaluator_;
  std::optional<data::Chunk> output_;
};

}  // namespace

std::unique_ptr<Operator> MakeFilter(const plan::Node& node) {
  return std::make_unique<Filter>(std::get<plan::FilterSpec>(node.spec).predicate);
}

}  // namespace laminar::engine
