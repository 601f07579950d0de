#include "engine/worker/job_assembly.h"

#include <algorithm>
#include <map>
#include <string>
#include <utility>

#include <fmt/format.h>

#include "base/assert.h"
#include "base/limits.h"
#include "engine/network/output_partition.h"
#include "engine/operators/operator_factory.h"
#include "plan/chaining.h"

namespace laminar::engine {
namespace {

using Kind = plan::Partitioning::Kind;

// Where there is one subtask on both sides, no partitioning makes a difference.
std::vector<plan::Edge> SimplifyEdges(const plan::JobGraph& graph) {
  std::vector<plan::Edge> edges = graph.edges;
  for (plan::Edge& edge : edges) {
    if (graph.node(edge.from).parallelism == 1 && graph.node(edge.to).parallelism == 1) {
      edge.partitioning = {};
    }
  }
  return edges;
}

class Assembly {
 public:
  Assembly(const plan::JobGraph& graph, const AssemblyContext& context)
      : graph_(graph), context_(context), simplified_{} {
    simplified_.num_key_groups = graph.num_key_groups;
    simplified_.nodes = graph.nodes;
    simplified_.edges = SimplifyEdges(graph);
    chains_ = plan::MakeChains(simplified_);
    if (context_.checkpointing != nullptr && context_.checkpointing->restored.has_value()) {
      restored_operators_ = std::make_shared<const std::vector<rpc::OperatorState>>(
          context_.checkpointing->restored->operators);
    }
  }

  absl::StatusOr<std::vector<AssembledTask>> Run() {
    MakeTasks();
    for (const plan::Chain& chain : chains_) {
      ConnectOutputs(chain);
    }
    for (const plan::Chain& chain : chains_) {
      for (int subtask = 0; subtask < parallelism(chain); ++subtask) {
        LAMINAR_RETURN_IF_ERROR(AssembleTask(chain, subtask));
      }
    }
    return std::move(tasks_);
  }

 private:
  int parallelism(const plan::Chain& chain) const {
    return graph_.node(chain.nodes.front()).parallelism;
  }
  // Position of a subtask's task; `head` is the first node of its chain.
  size_t TaskOf(plan::NodeId head, int subtask) const {
    return first_task_of_head_.at(head.value) + static_cast<size_t>(subtask);
  }

  void MakeTasks() {
    const size_t num_queues = context_.queues.size();
    LAMINAR_ASSERT(num_queues > 0, 0);
    for (size_t c = 0; c < chains_.size(); ++c) {
      const plan::Chain& chain = chains_[c];
      first_task_of_head_[chain.nodes.front().value] = tasks_.size();
      const bool spread = static_cast<size_t>(parallelism(chain)) < num_queues;
      for (int subtask = 0; subtask < parallelism(chain); ++subtask) {
        context_.metrics.tasks.push_back(std::make_unique<TaskMetrics>());
        const size_t runner = (static_cast<size_t>(subtask) + (spread ? c : 0)) % num_queues;
        AssembledTask task;
        task.task = std::make_unique<Task>(
            graph_.node(chain.nodes.front()).name + "/" + std::to_string(subtask), context_.clock,
            context_.memory, *context_.metrics.tasks.back(), context_.listener,
            context_.queues[runner]);
        task.nodes = chain.nodes;
        task.subtask = subtask;
        tasks_.push_back(std::move(task));
        inputs_.emplace_back();
        outputs_.emplace_back();
      }
    }
  }

  std::shared_ptr<Channel> MakeChannel(size_t producer, size_t consumer, int input) {
    auto channel =
        std::make_shared<Channel>(ChannelLimits(), context_.memory, tasks_[producer].task->waker(),
                                  tasks_[consumer].task->waker());
    inputs_[consumer].push_back({channel, input});
    tasks_[consumer].producers.push_back(producer);
    return channel;
  }

  void ConnectOutputs(const plan::Chain& chain) {
    const plan::NodeId head = chain.nodes.front();
    for (const plan::Edge& edge : simplified_.OutputsOf(chain.nodes.back())) {
      const int num_targets = graph_.node(edge.to).parallelism;
      for (int subtask = 0; subtask < parallelism(chain); ++subtask) {
        const size_t producer = TaskOf(head, subtask);
        std::vector<std::shared_ptr<Channel>> targets;
        if (edge.partitioning.kind == Kind::kForward) {
          LAMINAR_ASSERT(num_targets == parallelism(chain), num_targets);
          targets.push_back(MakeChannel(producer, TaskOf(edge.to, subtask), edge.input));
        } else {
          for (int target = 0; target < num_targets; ++target) {
            targets.push_back(MakeChannel(producer, TaskOf(edge.to, target), edge.input));
          }
        }
        outputs_[producer].push_back(std::make_unique<OutputPartition>(
            edge.partitioning, graph_.num_key_groups, std::move(targets)));
      }
    }
  }

  // What each subtask of a sink may hold: all of them together a part of the memory budget.
  int64_t SinkBufferBytes() const {
    int64_t num_subtasks = 0;
    for (const plan::Node& node : graph_.nodes) {
      num_subtasks += std::holds_alternative<plan::SinkSpec>(node.spec) ? node.parallelism : 0;
    }
    return std::max(base::kSinkBufferBytesMin,
                    context_.memory.limit_bytes() / base::kSinkBuffersMemoryDivisor / num_subtasks);
  }

  absl::Status AssembleTask(const plan::Chain& chain, int subtask) {
    const size_t position = TaskOf(chain.nodes.front(), subtask);
    Task& task = *tasks_[position].task;
    const auto wake = [slot = task.waker()] { slot->Wake(); };

    TaskParts parts;
    parts.subtask = subtask;
    parts.parallelism = parallelism(chain);
    parts.num_key_groups = graph_.num_key_groups;
    parts.head_node = chain.nodes.front();
    parts.tail_node = chain.nodes.back();
    parts.tail_metrics = &context_.metrics.at(parts.tail_node, subtask).op;
    for (const plan::NodeId id : chain.nodes) {
      const plan::Node& node = graph_.node(id);
      JobMetrics::Subtask& metrics = context_.metrics.at(id, subtask);
      if (std::holds_alternative<plan::SourceSpec>(node.spec)) {
        parts.source_metrics = &metrics.op;
        parts.source = std::make_unique<SourceOperator>(
            node, SourceOperator::Context{
                      .subtask = subtask,
                      .parallelism = node.parallelism,
                      .clock = context_.clock,
                      .wake = wake,
                      .metrics = metrics.op,
                      .source_metrics = *metrics.source,
                      .charge = [&memory = context_.memory](
                                    const char* what,
                                    int64_t bytes) { return memory.Charge(what, bytes); },
                      .restored = RestoredSource(node, subtask)});
      } else if (std::holds_alternative<plan::SinkSpec>(node.spec)) {
        parts.tail = std::make_unique<SinkTail>(std::make_unique<SinkOperator>(
            node,
            SinkOperator::Context{.subtask = subtask,
                                  .parallelism = node.parallelism,
                                  .clock = context_.clock,
                                  .wake = wake,
                                  .metrics = metrics.op,
                                  .sink_metrics = *metrics.sink,
                                  .buffer_bytes_max = SinkBufferBytes(),
                                  .charge =
                                      [&memory = context_.memory](const char* what, int64_t bytes) {
                                        return memory.Charge(what, bytes);
                                      },
                                  .identity = IdentityOf(node),
                                  .restored = RestoredSink(node, subtask)}));
      } else {
        // With the edges as planned: operators find their inputs' columns by them.
        LAMINAR_ASSIGN_OR_RETURN(std::unique_ptr<Operator> op, MakeOperator(graph_, node));
        parts.stages.push_back({id, std::move(op), &metrics.op});
      }
    }
    if (parts.source == nullptr) {
      parts.gate = std::make_unique<InputGate>(std::move(inputs_[position]));
    }
    if (parts.tail == nullptr) {
      if (outputs_[position].empty()) {
        return base::Internal("nothing takes the rows of node " +
                              graph_.node(parts.tail_node).name);
      }
      parts.tail = std::make_unique<OutputTail>(std::move(outputs_[position]));
    }
    if (context_.setup != nullptr) {
      parts.checkpoint = MakeCheckpointParts(chain);
    }
    task.Assemble(std::move(parts));
    return absl::OkStatus();
  }

  rpc::OperatorId IdOf(plan::NodeId id) const { return {graph_.node(id).fingerprint}; }

  EdgeEnd EdgeEndOf(const plan::Edge& edge) const {
    return {.from = IdOf(edge.from), .to = IdOf(edge.to), .input = edge.input};
  }

  std::unique_ptr<CheckpointParts> MakeCheckpointParts(const plan::Chain& chain) const {
    auto parts = std::make_unique<CheckpointParts>(CheckpointParts{
        .setup = *context_.setup, .stages = {}, .inputs = {}, .outputs = {}, .restored = nullptr});
    for (const plan::NodeId id : chain.nodes) {
      const plan::Node& node = graph_.node(id);
      if (!std::holds_alternative<plan::SourceSpec>(node.spec) &&
          !std::holds_alternative<plan::SinkSpec>(node.spec)) {
        parts->stages.push_back({IdOf(id), node.name, node.description});
      }
    }
    for (const plan::Edge& edge : graph_.InputsOf(chain.nodes.front())) {
      parts->inputs.push_back(EdgeEndOf(edge));
    }
    for (const plan::Edge& edge : graph_.OutputsOf(chain.nodes.back())) {
      parts->outputs.push_back(EdgeEndOf(edge));
    }
    parts->restored = restored_operators_;
    return parts;
  }

  std::optional<SourceOperator::Restored> RestoredSource(const plan::Node& node,
                                                         int subtask) const {
    if (context_.checkpointing == nullptr || !context_.checkpointing->restored.has_value()) {
      return std::nullopt;
    }
    std::vector<rpc::SourceState> states;
    for (const rpc::SourceState& state : context_.checkpointing->restored->sources) {
      if (state.op == IdOf(node.id)) {
        states.push_back(state);
      }
    }
    // A source that the checkpoint does not know begins at its beginning.
    if (states.empty()) {
      return std::nullopt;
    }
    return SourceOperator::Restored::Of(states, subtask, node.parallelism);
  }

  std::optional<connectors::SinkIdentity> IdentityOf(const plan::Node& node) const {
    if (context_.checkpointing == nullptr) {
      return std::nullopt;
    }
    return engine::SinkIdentityOf(node, context_.checkpointing->pipeline,
                                  context_.checkpointing->generation);
  }

  std::vector<std::string> RestoredSink(const plan::Node& node, int subtask) const {
    if (context_.checkpointing == nullptr || !context_.checkpointing->restored.has_value()) {
      return {};
    }
    std::vector<rpc::SinkState> states;
    for (const rpc::SinkState& state : context_.checkpointing->restored->sinks) {
      if (state.op == IdOf(node.id)) {
        states.push_back(state);
      }
    }
    return SinkOperator::RestoredOf(states, subtask, node.parallelism);
  }

  const plan::JobGraph& graph_;
  const AssemblyContext& context_;
  plan::JobGraph simplified_;
  std::vector<plan::Chain> chains_;
  std::shared_ptr<const std::vector<rpc::OperatorState>> restored_operators_;
  std::map<int32_t, size_t> first_task_of_head_;
  std::vector<AssembledTask> tasks_;
  std::vector<std::vector<InputGate::Entry>> inputs_;                   // by task
  std::vector<std::vector<std::unique_ptr<OutputPartition>>> outputs_;  // by task
};

}  // namespace

connectors::SinkIdentity SinkIdentityOf(const plan::Node& node,
                                        const std::string& pipeline,
                                        data::Generation generation) {
  return {.pipeline = pipeline,
          .sink = fmt::format("{:016x}", node.fingerprint),
          .generation = generation};
}

absl::StatusOr<std::vector<AssembledTask>> AssembleJob(const plan::JobGraph& graph,
                                                       const AssemblyContext& context) {
  return Assembly(graph, context).Run();
}

}  // namespace laminar::engine
