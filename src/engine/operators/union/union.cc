#include "engine/operators/union/union.h"

#include <optional>
#include <utility>

#include "base/assert.h"

namespace laminar::engine {
namespace {

class Union final : public Operator {
 public:
  absl::Status Process(int input, data::Chunk chunk) override {
    LAMINAR_ASSERT(!output_.has_value(), input);
    output_ = std::move(chunk);
    return absl::OkStatus();
  }

  absl::StatusOr<std::optional<data::Chunk>> Produce() override {
    return std::exchange(output_, std::nullopt);
  }

 private:
  std::optional<data::Chunk> output_;
};

}  // namespace

std::unique_ptr<Operator> MakeUnion() { return std::make_unique<Union>(); }

}  // namespace laminar::engine
