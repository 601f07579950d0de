#include "engine/operators/project/project.h"

#include <optional>
#include <utility>
#include <vector>

#include "base/assert.h"
#include "expression/evaluator.h"

namespace laminar::engine {
namespace {

class Project final : public Operator {
 public:
  explicit Project(std::vector<expression::BoundExpression> expressions)
      : evaluator_(std::move(expressions)) {}

  absl::Status Process(int input, data::Chunk chunk) override {
    LAMINAR_ASSERT(!output_.has_value(), input);
    LAMINAR_ASSIGN_OR_RETURN(output_, evaluator_.Evaluate(chunk));
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<data::Chunk>> Produce() override {
    return std::exchange(output_, std::nullopt);
  }

 private:
  expression::ProjectionEvaluator evaluator_;
  std::optional<data::Chunk> output_;
};

}  // namespace

std::unique_ptr<Operator> MakeProject(const plan::Node& node, const data::Schema& input) {
  std::vector<expression::BoundExpression> expressions =
      std::get<plan::ProjectSpec>(node.spec).expressions;
  if (node.output.has_event_time) {
    LAMINAR_ASSERT(input.has_event_time, node.id.value);
    expressions.push_back(
        expression::BoundExpression::Column(input.event_time_index(), data::LogicalType::TIMESTAMP,
                                            std::string(data::kEventTimeColumnName)));
  }
  return std::make_unique<Project>(std::move(expressions));
}

}  // namespace laminar::engine
