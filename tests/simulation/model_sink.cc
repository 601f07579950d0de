#include "model_sink.h"

#include <optional>
#include <utility>

#include <fmt/format.h>

#include "control/checkpoint/garbage_core.h"

namespace laminar::simulation {

void ModelSink::Stage(Node from,
                      const std::string& name,
                      std::shared_ptr<const Rows> rows,
                      std::function<void(base::Outcome)> done) {
  Change(
      from, Label::kSinkStage,
      [this, name, rows = std::move(rows)] {
        const auto [found, added] = staged_.try_emplace(name, rows);
        if (!added && found->second->Checksum() != rows->Checksum()) {
          world_.Violation("two writers have staged rows under one name: " + name);
        }
        return base::Outcome::Applied();
      },
      std::move(done));
}

void ModelSink::Publish(Node from,
                        const std::string& name,
                        std::function<void(base::Outcome)> done) {
  PublishAs(from, name, name, std::move(done));
}

void ModelSink::PublishAs(Node from,
                          const std::string& name,
                          const std::string& as,
                          std::function<void(base::Outcome)> done) {
  Change(
      from, Label::kSinkPublish, [this, name, as] { return PublishNow(name, as); },
      std::move(done));
}

base::Outcome ModelSink::PublishNow(const std::string& name, const std::string& as) {
  if (published_.contains(as)) {
    return base::Outcome::Applied();
  }
  const auto staged = staged_.find(name);
  if (staged == staged_.end()) {
    world_.Violation("output that was to be published is gone: " + name);
    return base::Outcome::NotApplied(base::NotFound("nothing was staged as " + name));
  }
  const auto expected = expected_.find(name);
  if (expected == expected_.end()) {
    world_.Violation("output was published whose epoch is not complete: " + name);
  }
  for (const auto& [key, count] : staged->second->counts) {
    if (count != counts_[key] + 1) {
      world_.Violation(fmt::format("key {} was published with {} after {}, from {}", key, count,
                                   counts_[key], name));
      break;
    }
    counts_[key] = count;
  }
  num_rows_ += static_cast<int64_t>(staged->second->counts.size());
  published_.insert(as);
  if (as == name) {
    staged_.erase(staged);
  }
  world_.Note(published_.size());
  return base::Outcome::Applied();
}

void ModelSink::RemoveLeftovers(Node from,
                                data::Generation generation,
                                std::set<std::string> named,
                                std::function<void(base::Outcome)> done) {
  Change(
      from, Label::kSinkClean,
      [this, generation, named = std::move(named)] {
        for (const std::string& name : Leftovers(generation)) {
          if (!named.contains(name)) {
            staged_.erase(name);
          }
        }
        return base::Outcome::Applied();
      },
      std::move(done));
}

void ModelSink::Expect(data::Epoch epoch, const std::vector<std::string>& names) {
  for (const std::string& name : names) {
    const auto [found, added] = expected_.try_emplace(name, epoch);
    if (!added) {
      world_.Violation(fmt::format("output of epoch {} belongs to epoch {} as well: {}",
                                   found->second.value, epoch.value, name));
    }
  }
}

std::vector<std::string> ModelSink::Leftovers(data::Generation generation) const {
  std::vector<std::string> names;
  for (const auto& [name, rows] : staged_) {
    const auto of = control::GenerationOfKey(name);
    if (!published_.contains(name) && of.has_value() && *of < generation) {
      names.push_back(name);
    }
  }
  return names;
}

}  // namespace laminar::simulation
