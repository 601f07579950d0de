#include "base/kill_point.h"

#include <charconv>
#include <csignal>
#include <map>
#include <memory>
#include <unistd.h>

#include "base/assert.h"
#include "base/environment.h"
#include "base/file.h"
#include "base/mutex.h"

namespace laminar::base {
namespace {

std::optional<KillPlan> PlanOfProcess() {
  const std::optional<std::string> text = EnvironmentVariable("LAMINAR_KILL_POINT");
  if (!text.has_value()) {
    return std::nullopt;
  }
  std::optional<KillPlan> plan = KillPlan::Parse(*text);
  LAMINAR_ASSERT(plan.has_value(), text->size());
  return plan;
}

class KillPoints {
 public:
  static KillPoints& Global() {
    // Never destroyed: threads may reach points while the process ends.
    static KillPoints* const points = std::make_unique<KillPoints>().release();
    return *points;
  }

  void Reach(std::string_view name) LAMINAR_EXCLUDES(mutex_) {
    const MutexLock lock(mutex_);
    const int hit = ++hits_[std::string(name)];
    if (hit == 1 && trace_.has_value()) {
      Trace(name);
    }
    if (plan_.has_value() && plan_->name == name && plan_->hit == hit) {
      kill(getpid(), plan_->stop ? SIGSTOP : SIGKILL);
    }
  }

 private:
  void Trace(std::string_view name) LAMINAR_REQUIRES(mutex_) {
    absl::StatusOr<OutputFile> file = OutputFile::Append(*trace_);
    LAMINAR_ASSERT(file.ok(), hits_.size());
    const absl::Status written = file->Write(std::string(name) + "\n");
    LAMINAR_ASSERT(written.ok(), hits_.size());
  }

  const std::optional<KillPlan> plan_ = PlanOfProcess();
  const std::optional<std::string> trace_ = EnvironmentVariable("LAMINAR_KILL_POINT_TRACE");

  Mutex mutex_;
  std::map<std::string, int> hits_ LAMINAR_GUARDED_BY(mutex_);
};

}  // namespace

std::optional<KillPlan> KillPlan::Parse(std::string_view text) {
  KillPlan plan;
  const size_t colon = text.find(':');
  if (colon == 0 || colon == std::string_view::npos) {
    return std::nullopt;
  }
  plan.name = text.substr(0, colon);
  std::string_view hit = text.substr(colon + 1);
  const size_t suffix = hit.find(':');
  if (suffix != std::string_view::npos) {
    plan.stop = hit.substr(suffix + 1) == "stop";
    if (!plan.stop) {
      return std::nullopt;
    }
    hit = hit.substr(0, suffix);
  }
  const char* const end = hit.data() + hit.size();
  const auto [rest, error] = std::from_chars(hit.data(), end, plan.hit);
  if (error != std::errc() || rest != end || plan.hit < 1) {
    return std::nullopt;
  }
  return plan;
}

void ReachKillPoint(std::string_view name) { KillPoints::Global().Reach(name); }

bool HasSeededBug(std::string_view name) {
  static const std::string bug = EnvironmentVariable("LAMINAR_SEEDED_BUG").value_or("");
  return bug == name;
}

}  // namespace laminar::base
