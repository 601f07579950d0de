#include "control/job/job_state.h"

#include <array>

namespace laminar::control {
namespace {

using enum JobReaction;

// clang-format off
constexpr JobReaction kReactions[kNumJobStates][kNumJobCommands] = {
    //                     start     stop      stop now  rescale   checkpoint
    /* created */         {kDo,      kDo,      kDo,      kDo,      kRefuse},
    /* scheduling */      {kAlready, kDo,      kDo,      kLater,   kLater},
    /* restoring */       {kAlready, kDo,      kDo,      kLater,   kLater},
    /* running */         {kAlready, kDo,      kDo,      kDo,      kDo},
    /* cp-stopping */     {kRefuse,  kAlready, kDo,      kRefuse,  kAlready},
    /* stopping */        {kRefuse,  kAlready, kAlready, kRefuse,  kRefuse},
    /* recovering */      {kAlready, kDo,      kDo,      kLater,   kLater},
    /* rescaling */       {kAlready, kDo,      kDo,      kLater,   kLater},
    /* finished */        {kRefuse,  kAlready, kAlready, kRefuse,  kRefuse},
    /* stopped */         {kDo,      kAlready, kAlready, kDo,      kRefuse},
    /* failed */          {kDo,      kAlready, kAlready, kDo,      kRefuse},
};

constexpr bool kEdges[kNumJobStates][kNumJobStates] = {
    //                     cre sch res run cps stg rec rsc fin sto fai
    /* created */         {0,  1,  0,  0,  0,  0,  0,  0,  0,  1,  0},
    /* scheduling */      {0,  0,  1,  0,  0,  1,  1,  0,  0,  0,  1},
    /* restoring */       {0,  0,  0,  1,  0,  1,  1,  0,  0,  0,  1},
    /* running */         {0,  0,  0,  0,  1,  1,  1,  1,  1,  0,  1},
    /* cp-stopping */     {0,  0,  0,  0,  0,  1,  1,  0,  1,  0,  1},
    /* stopping */        {0,  0,  0,  0,  0,  0,  0,  0,  0,  1,  0},
    /* recovering */      {0,  1,  0,  0,  0,  1,  0,  0,  0,  0,  1},
    /* rescaling */       {0,  1,  0,  0,  1,  1,  1,  0,  1,  0,  1},
    /* finished */        {0,  0,  0,  0,  0,  0,  0,  0,  0,  0,  0},
    /* stopped */         {0,  1,  0,  0,  0,  0,  0,  0,  0,  0,  0},
    /* failed */          {0,  1,  0,  0,  0,  0,  0,  0,  0,  0,  0},
};
// clang-format on

constexpr std::array<std::string_view, kNumJobStates> kStateNames = {
    "created",  "scheduling", "restoring", "running",  "checkpoint-stopping",
    "stopping", "recovering", "rescaling", "finished", "stopped",
    "failed"};
constexpr std::array<std::string_view, kNumJobCommands> kCommandNames = {
    "start", "stop", "stop now", "rescale", "checkpoint"};

}  // namespace

JobReaction ReactionTo(JobState state, JobCommand command) {
  return kReactions[static_cast<size_t>(state)][static_cast<size_t>(command)];
}

bool IsLegalEdge(JobState from, JobState to) {
  return kEdges[static_cast<size_t>(from)][static_cast<size_t>(to)];
}

bool IsTerminal(JobState state) {
  return state == JobState::kFinished || state == JobState::kStopped || state == JobState::kFailed;
}

std::string_view NameOf(JobState state) { return kStateNames[static_cast<size_t>(state)]; }
std::string_view NameOf(JobCommand command) { return kCommandNames[static_cast<size_t>(command)]; }

}  // namespace laminar::control
