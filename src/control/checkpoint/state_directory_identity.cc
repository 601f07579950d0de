#include "control/checkpoint/state_directory_identity.h"

#include <utility>

#include <fmt/format.h>

#include "control/checkpoint/state_directory.h"
#include "control/metadata/json_fields.h"
#include "control/metadata/metadata_limits.h"
#include "control/metadata/sealed_json.h"

namespace laminar::control {

namespace {

bool IsPipelineId(std::string_view id) {
  for (const char c : id) {
    const bool fits =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-';
    if (!fits) {
      return false;
    }
  }
  return !id.empty() && id.size() <= kPipelineIdBytesMax;
}

}  // namespace

std::string MakePipelineId(const std::function<uint64_t()>& random) {
  constexpr std::string_view kLetters = "abcdefghijklmnopqrstuvwxyz0123456789";
  std::string id = "pl-";
  for (int half = 0; half < 2; ++half) {
    uint64_t number = random();
    for (int i = 0; i < 10; ++i) {
      id += kLetters[number % kLetters.size()];
      number /= kLetters.size();
    }
  }
  return id;
}

std::string EncodeStateIdentity(const StateIdentity& identity) {
  return SealJson({{"format_version", identity.format_version},
                   {"pipeline", TextToJson(identity.pipeline)},
                   {"created_by", TextToJson(identity.created_by)},
                   {"created_micros", identity.created.micros}});
}

absl::StatusOr<StateIdentity> DecodeStateIdentity(std::string_view bytes,
                                                  std::string_view name,
                                                  std::string_view engine_version) {
  LAMINAR_ASSIGN_OR_RETURN(const nlohmann::ordered_json json, OpenSealedJson(bytes, name));
  absl::Status error;
  JsonFields fields(json, error);
  StateIdentity identity;
  identity.format_version = static_cast<int>(fields.Integer("format_version", 1, INT32_MAX));
  identity.created_by = fields.Text("created_by");
  if (error.ok() && identity.format_version > kStateFormatVersion) {
    return absl::FailedPreconditionError(fmt::format(
        "this state was made by laminar {} in format {}; laminar {} reads up to format {}: use "
        "laminar {} or later, or another state directory: {}",
        identity.created_by, identity.format_version, engine_version, kStateFormatVersion,
        identity.created_by, name));
  }
  identity.pipeline = fields.Text("pipeline");
  identity.created.micros = fields.Integer("created_micros");
  if (error.ok() && !IsPipelineId(identity.pipeline)) {
    error = base::InvalidArgument("member 'pipeline' is no pipeline's id");
  }
  if (!error.ok()) {
    return base::DataLoss(fmt::format("{} is damaged: {}", name, base::FromAbsl(error.message())));
  }
  return identity;
}

absl::StatusOr<StateIdentity> ReadStateIdentity(storage::ObjectStore& store,
                                                std::string_view engine_version) {
  LAMINAR_ASSIGN_OR_RETURN(const std::string bytes, store.Get(std::string(kStateFileKey)));
  return DecodeStateIdentity(bytes, fmt::format("{} of {}", kStateFileKey, store.url()),
                             engine_version);
}

absl::StatusOr<StateIdentity> CreateStateIdentity(storage::ObjectStore& store,
                                                  const StateIdentity& identity) {
  absl::Status last;
  for (int attempt = 0; attempt < kLogUnknownsMax; ++attempt) {
    const base::Outcome outcome =
        store.PutIfAbsent(std::string(kStateFileKey), EncodeStateIdentity(identity));
    if (outcome.state() == base::Outcome::State::kNotApplied &&
        !absl::IsAlreadyExists(outcome.status())) {
      return outcome.status();
    }
    // By this call, by another process, or nobody knows: what is there counts.
    absl::StatusOr<StateIdentity> there = ReadStateIdentity(store, identity.created_by);
    if (there.ok() || !absl::IsNotFound(there.status())) {
      return there;
    }
    last = outcome.status();
  }
  return last.ok() ? base::Unavailable("laminar.json was written and is not there: " + store.url())
                   : last;
}

}  // namespace laminar::control
