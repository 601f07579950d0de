// laminar_plans_test [--update] FILE...: plans programs and compares with the plans beside them;
// see README.md.
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include <fmt/format.h>

#include "base/file.h"
#include "connectors/nexmark/nexmark_connector.h"
#include "sql/binder/program.h"
#include "sql/planner/planner.h"

namespace laminar::plantest {
namespace {

// A connector that can be planned and not run.
class PlanConnector final : public connectors::ConnectorFactory {
 public:
  explicit PlanConnector(connectors::ConnectorTraits traits) : traits_(std::move(traits)) {}
  connectors::ConnectorTraits traits() const override { return traits_; }

 private:
  connectors::ConnectorTraits traits_;
};

void RegisterConnectors(connectors::ConnectorRegistry& registry) {
  connectors::ConnectorTraits stream;
  stream.name = "stream";
  stream.source = true;
  stream.sink = true;
  connectors::ConnectorTraits single = stream;
  single.name = "single";
  single.parallel_source = false;
  single.parallel_sink = false;
  connectors::ConnectorTraits console;
  console.name = "console";
  console.sink = true;
  console.parallel_sink = false;
  registry.Register(std::make_unique<PlanConnector>(stream));
  registry.Register(std::make_unique<PlanConnector>(single));
  registry.Register(std::make_unique<PlanConnector>(console));
  registry.Register(std::make_unique<connectors::NexmarkConnector>());
}

std::optional<int> ReadParallelism(std::string_view text) {
  constexpr std::string_view kMark = "-- parallelism: ";
  const size_t at = text.find(kMark);
  if (at == std::string_view::npos) {
    return std::nullopt;
  }
  return std::atoi(std::string(text.substr(at + kMark.size(), 4)).c_str());
}

std::string PlanText(const std::string& name,
                     const std::string& text,
                     const connectors::ConnectorRegistry& registry) {
  sql::BindOptions bind;
  bind.connectors = &registry;
  bind.default_sink.connector = "console";
  sql::BindResult bound = sql::Bind(text, bind);
  std::string result;
  for (const base::Diagnostic& diagnostic : bound.diagnostics) {
    result += base::RenderDiagnostic(name, text, diagnostic) + "\n";
  }
  if (!bound.program) {
    return result;
  }
  sql::PlannerOptions options;
  options.connectors = &registry;
  options.parallelism = ReadParallelism(text);
  const sql::PlanResult plan = sql::Plan(*bound.program, options);
  for (const base::Diagnostic& diagnostic : plan.diagnostics) {
    result += base::RenderDiagnostic(name, text, diagnostic) + "\n";
  }
  for (const sql::Explanation& explanation : plan.explanations) {
    result += explanation.text;
  }
  return plan.graph ? result + plan.graph->ToText() : result;
}

std::string FileName(const std::string& path) { return path.substr(path.rfind('/') + 1); }

int Main(int argc, char** argv) {
  connectors::ConnectorRegistry registry;
  RegisterConnectors(registry);
  bool update = false;
  int num_failed = 0;
  for (int i = 1; i < argc; ++i) {
    const std::string path = argv[i];
    if (path == "--update") {
      update = true;
      continue;
    }
    const absl::StatusOr<std::string> text = base::ReadWholeFile(path);
    if (!text.ok()) {
      fmt::print("{}\n", base::FromAbsl(text.status().message()));
      ++num_failed;
      continue;
    }
    const std::string plan_path = path.substr(0, path.rfind('.')) + ".plan";
    const std::string actual = PlanText(FileName(path), *text, registry);
    if (update) {
      num_failed += base::WriteWholeFile(plan_path, actual).ok() ? 0 : 1;
      continue;
    }
    const absl::StatusOr<std::string> expected = base::ReadWholeFile(plan_path);
    if (!expected.ok() || *expected != actual) {
      fmt::print("{}: the plan is\n{}\nbut should be\n{}\n", path, actual,
                 expected.ok() ? *expected : "(there is no plan)");
      ++num_failed;
    }
  }
  return num_failed == 0 ? 0 : 1;
}

}  // namespace
}  // namespace laminar::plantest

int main(int argc, char** argv) { return laminar::plantest::Main(argc, argv); }
