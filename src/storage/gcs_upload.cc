// The resumable upload of a file; the declarations are in storage/gcs_protocol.h. Bytes that are
// there already are passed over by the store, so that a part whose answer was lost is sent again.
#include <algorithm>
#include <optional>
#include <string>
#include <utility>

#include "storage/call_status.h"
#include "storage/file_parts.h"
#include "storage/gcs_protocol.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

using base::Outcome;

// Parts but the last must be multiples of this.
constexpr int64_t kPartUnit = int64_t{256} << 10;

// Behind the last byte that is there, by `bytes=0-N`; 0 when nothing is.
int64_t StoredBytes(const HttpAnswer& answer) {
  const std::string_view range = answer.header("range");
  const size_t dash = range.rfind('-');
  const auto last =
      dash == std::string_view::npos ? std::nullopt : ParseNumber(range.substr(dash + 1));
  return last.has_value() ? *last + 1 : 0;
}

// Puts a session's URL into a request to the endpoint that is configured.
bool SetTarget(std::string_view location, HttpRequest& request) {
  const size_t host = location.find("://");
  const size_t path =
      host == std::string_view::npos ? location.find('/') : location.find('/', host + 3);
  if (path == std::string_view::npos) {
    return false;
  }
  const std::string_view target = location.substr(path);
  const size_t question = target.find('?');
  request.path = std::string(target.substr(0, question));
  request.query.clear();
  if (question == std::string_view::npos) {
    return true;
  }
  auto query = ParseQuery(target.substr(question + 1));
  if (!query.has_value()) {
    return false;
  }
  request.query = *std::move(query);
  return true;
}

}  // namespace

Outcome GcsProtocol::PutLarge(HttpCaller& caller, const LargeFile& file) {
  const auto session = BeginUpload(caller, file);
  if (!session.ok()) {
    return Outcome::NotApplied(session.status());
  }
  Outcome outcome = SendParts(caller, file, *session);
  if (!outcome.applied()) {
    HttpRequest cancel = *session;
    cancel.method = "DELETE";
    // A session that cannot be cancelled ends by itself after a week.
    (void)caller.Call(
        cancel, [this](HttpRequest& attempt) { return Authorize(attempt); },
        [](const HttpAnswer&) { return Verdict::kSuccess; });
  }
  return outcome;
}

absl::StatusOr<HttpRequest> GcsProtocol::BeginUpload(HttpCaller& caller, const LargeFile& file) {
  HttpRequest request = UploadOf(file.key, "resumable");
  request.headers.clear();
  request.SetHeader("X-Upload-Content-Type", "application/octet-stream");
  request.SetHeader("X-Upload-Content-Length", std::to_string(file.bytes));
  const CallResult result = CallUpload(caller, request);
  LAMINAR_RETURN_IF_ERROR(StatusOfCall(result, ObjectName(file.key)));
  HttpRequest session = To("PUT", "");
  if (!SetTarget(result.answer.header("location"), session)) {
    return base::Unavailable("the store's answer to a new upload cannot be understood: " +
                             ObjectName(file.key));
  }
  return session;
}

Outcome GcsProtocol::SendParts(HttpCaller& caller,
                               const LargeFile& file,
                               const HttpRequest& session) {
  auto parts = FileParts::Open(file.path);
  if (!parts.ok()) {
    return Outcome::NotApplied(parts.status());
  }
  const int64_t part_bytes = (file.part_bytes + kPartUnit - 1) / kPartUnit * kPartUnit;
  int64_t offset = 0;
  // Each part takes some bytes; a store that keeps nothing of one does not get it for ever.
  int64_t parts_left = 2 * (file.bytes / part_bytes + 1);
  while (parts_left-- > 0) {
    const int64_t end = std::min(offset + part_bytes, file.bytes);
    const auto part = parts->Read(offset, end - offset);
    if (!part.ok()) {
      return Outcome::NotApplied(part.status());
    }
    HttpRequest request = session;
    request.body = *part;
    request.SetHeader("Content-Range", "bytes " + std::to_string(offset) + "-" +
                                           std::to_string(end - 1) + "/" +
                                           std::to_string(file.bytes));
    const CallResult result = CallUpload(caller, request);
    if (!result.success()) {
      // Before the last part there can be no object.
      return end == file.bytes ? OutcomeOfCall(result, ObjectName(file.key))
                               : Outcome::NotApplied(StatusOfCall(result, ObjectName(file.key)));
    }
    if (result.answer.status != 308) {
      return Outcome::Applied();
    }
    offset = std::clamp<int64_t>(StoredBytes(result.answer), 0, file.bytes - 1);
  }
  return Outcome::Unknown(
      base::Unavailable("the store does not finish the upload: " + ObjectName(file.key)));
}

}  // namespace laminar::storage
