// The upload of a file in parts; the declarations are in storage/s3_protocol.h.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include <pugixml.hpp>

#include "storage/answer_error.h"
#include "storage/call_status.h"
#include "storage/file_parts.h"
#include "storage/s3_protocol.h"
#include "storage/storage_limits.h"
#include "storage/text.h"

namespace laminar::storage {

using base::Outcome;

struct S3Protocol::Upload {
  std::string key;
  std::string id;
  std::vector<std::string> etags;
};

std::string CompleteUploadBody(const std::vector<std::string>& etags) {
  std::string body = "<CompleteMultipartUpload>";
  for (size_t i = 0; i < etags.size(); ++i) {
    body += "<Part><PartNumber>" + std::to_string(i + 1) + "</PartNumber><ETag>";
    for (const char c : etags[i]) {
      switch (c) {
        case '"':
          body += "&quot;";
          break;
        case '&':
          body += "&amp;";
          break;
        case '<':
          body += "&lt;";
          break;
        default:
          body.push_back(c);
      }
    }
    body += "</ETag></Part>";
  }
  return body + "</CompleteMultipartUpload>";
}

Outcome S3Protocol::PutLarge(HttpCaller& caller, const LargeFile& file) {
  auto id = BeginUpload(caller, file.key);
  if (!id.ok()) {
    return Outcome::NotApplied(id.status());
  }
  Upload upload{file.key, *std::move(id), {}};
  if (absl::Status sent = SendParts(caller, file, upload); !sent.ok()) {
    // Where this fails too, RemoveUnfinished or the bucket's rule for such uploads cleans up.
    AbortUpload(caller, upload).IgnoreError();
    return Outcome::NotApplied(std::move(sent));
  }
  Outcome outcome = CompleteUpload(caller, file, upload);
  if (outcome.state() == Outcome::State::kNotApplied) {
    AbortUpload(caller, upload).IgnoreError();
  }
  return outcome;
}

absl::StatusOr<std::string> S3Protocol::BeginUpload(HttpCaller& caller, const std::string& key) {
  HttpRequest request = ForKey("POST", key);
  request.query = {{"uploads", ""}};
  const CallResult result = Call(caller, request);
  LAMINAR_RETURN_IF_ERROR(StatusOfCall(result, ObjectName(key)));
  pugi::xml_document document;
  document.load_buffer(result.answer.body.data(), result.answer.body.size());
  std::string id = document.child("InitiateMultipartUploadResult").child_value("UploadId");
  if (id.empty()) {
    return base::Unavailable("the store's answer to a new upload cannot be understood: " +
                             ObjectName(key));
  }
  return id;
}

absl::Status S3Protocol::SendParts(HttpCaller& caller, const LargeFile& file, Upload& upload) {
  LAMINAR_ASSIGN_OR_RETURN(FileParts parts, FileParts::Open(file.path));
  for (int64_t offset = 0; offset < file.bytes; offset += file.part_bytes) {
    LAMINAR_ASSIGN_OR_RETURN(const std::string_view part,
                             parts.Read(offset, std::min(file.part_bytes, file.bytes - offset)));
    HttpRequest request = ForKey("PUT", file.key);
    request.query = {{"partNumber", std::to_string(upload.etags.size() + 1)},
                     {"uploadId", upload.id}};
    request.body = part;
    const CallResult result = Call(caller, request);
    LAMINAR_RETURN_IF_ERROR(StatusOfCall(result, ObjectName(file.key)));
    upload.etags.emplace_back(result.answer.header("etag"));
  }
  return absl::OkStatus();
}

Outcome S3Protocol::CompleteUpload(HttpCaller& caller,
                                   const LargeFile& file,
                                   const Upload& upload) {
  const std::string body = CompleteUploadBody(upload.etags);
  HttpRequest request = ForKey("POST", file.key);
  request.query = {{"uploadId", upload.id}};
  request.SetHeader("Content-Type", "application/xml");
  request.body = body;
  const CallResult result = caller.Call(
      request, [this](HttpRequest& attempt) { return Authorize(attempt); },
      [this](const HttpAnswer& answer) {
        // It answers 200 at once, and may then find that it cannot.
        const bool failed_later = answer.status == 200 && !ReadAnswerError(answer).code.empty();
        return failed_later ? Verdict::kTransient : Judge(answer);
      });
  return result.maybe_applied && !result.success() ? AfterLostUpload(caller, file, result, upload)
                                                   : OutcomeOfCall(result, ObjectName(file.key));
}

// After a lost answer the upload may be there no more because it is an object now. S3 makes the
// object's ETag from those of the parts; their number and the length tell enough, since a name is
// never written again with different bytes.
Outcome S3Protocol::AfterLostUpload(HttpCaller& caller,
                                    const LargeFile& file,
                                    const CallResult& result,
                                    const Upload& upload) {
  const Outcome unknown = OutcomeOfCall(result, ObjectName(file.key));
  const bool upload_is_gone = result.verdict == Verdict::kRefused && result.answered &&
                              ReadAnswerError(result.answer).code == "NoSuchUpload";
  if (!upload_is_gone) {
    return unknown;
  }
  const CallResult got = Call(caller, Get(file.key, ByteRange{0, 1}));
  const std::string total = "/" + std::to_string(file.bytes);
  const std::string parts = "-" + std::to_string(upload.etags.size()) + "\"";
  if (got.success() && got.answer.header("content-range").ends_with(total) &&
      got.answer.header("etag").ends_with(parts)) {
    return Outcome::Applied();
  }
  return unknown;
}

absl::Status S3Protocol::AbortUpload(HttpCaller& caller, const Upload& upload) {
  HttpRequest request = ForKey("DELETE", upload.key);
  request.query = {{"uploadId", upload.id}};
  const CallResult result = Call(caller, request);
  // One that is gone is what was wanted.
  return result.answered && result.answer.status == 404
             ? absl::OkStatus()
             : StatusOfCall(result, ObjectName(upload.key));
}

absl::Status S3Protocol::RemoveUnfinished(HttpCaller& caller, const std::string& prefix) {
  const std::string folder = options_.prefix.empty() ? "" : options_.prefix + "/";
  HttpRequest request = ForKey("GET", "");
  request.query = {{"uploads", ""}, {"prefix", folder + prefix}};
  // Each page is asked for from the beginning: the uploads of the one before are gone.
  for (int page = 0; page < kListPagesMax; ++page) {
    const CallResult result = Call(caller, request);
    LAMINAR_RETURN_IF_ERROR(StatusOfCall(result, ObjectName(prefix)));
    pugi::xml_document document;
    document.load_buffer(result.answer.body.data(), result.answer.body.size());
    const pugi::xml_node root = document.child("ListMultipartUploadsResult");
    if (!root) {
      return base::Unavailable("the store's listing of uploads cannot be understood: " +
                               ObjectName(prefix));
    }
    int num_ended = 0;
    for (const pugi::xml_node& node : root.children("Upload")) {
      const std::string_view key = node.child_value("Key");
      if (!key.starts_with(folder + prefix)) {
        continue;
      }
      LAMINAR_RETURN_IF_ERROR(AbortUpload(
          caller, {std::string(key.substr(folder.size())), node.child_value("UploadId"), {}}));
      ++num_ended;
    }
    if (num_ended == 0 || std::string_view(root.child_value("IsTruncated")) != "true") {
      return absl::OkStatus();
    }
  }
  return base::Unavailable("the store's listing of uploads does not end: " + ObjectName(prefix));
}

}  // namespace laminar::storage
