#include "storage/remote_store.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "base/file.h"
#include "storage/call_status.h"
#include "storage/object_key.h"
#include "storage/storage_limits.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

using base::Outcome;

// `bytes 0-9/1234` or `bytes */1234`
std::optional<int64_t> TotalOf(std::string_view content_range) {
  const size_t slash = content_range.rfind('/');
  return slash == std::string_view::npos ? std::nullopt
                                         : ParseNumber(content_range.substr(slash + 1));
}

// Where no object was asked for, what was not found is the bucket.
absl::Status BucketForObject(absl::Status status) {
  if (status.code() != absl::StatusCode::kNotFound) {
    return status;
  }
  return base::InvalidArgument(
      "the bucket or container does not exist: " + std::string(base::FromAbsl(status.message())) +
      " (create it, or correct the URL)");
}

Outcome BucketForObject(Outcome outcome) {
  if (outcome.state() == Outcome::State::kNotApplied) {
    return Outcome::NotApplied(BucketForObject(outcome.status()));
  }
  return outcome;
}

}  // namespace

RemoteStore::RemoteStore(std::shared_ptr<HttpTransport> transport,
                         std::unique_ptr<HttpCaller> caller,
                         std::unique_ptr<StoreProtocol> protocol,
                         int64_t part_bytes)
    : transport_(std::move(transport)),
      caller_(std::move(caller)),
      protocol_(std::move(protocol)),
      part_bytes_(part_bytes) {}

CallResult RemoteStore::Call(const HttpRequest& request) {
  return protocol_->Call(*caller_, request);
}

Outcome RemoteStore::Put(const std::string& key, std::string_view bytes) {
  if (absl::Status checked = CheckKey(key); !checked.ok()) {
    return Outcome::NotApplied(std::move(checked));
  }
  return BucketForObject(OutcomeOfCall(Call(protocol_->Put(key, bytes)), ObjectName(key)));
}

Outcome RemoteStore::PutIfAbsent(const std::string& key, std::string_view bytes) {
  if (absl::Status checked = CheckKey(key); !checked.ok()) {
    return Outcome::NotApplied(std::move(checked));
  }
  const CallResult result = Call(protocol_->PutIfAbsent(key, bytes));
  if (result.verdict == Verdict::kRefused && result.answered &&
      protocol_->SaysExists(result.answer)) {
    return AfterRefusedCreate(key, bytes, result);
  }
  return BucketForObject(OutcomeOfCall(result, ObjectName(key)));
}

// What is there may be this call's own first success, whose answer was lost.
Outcome RemoteStore::AfterRefusedCreate(const std::string& key,
                                        std::string_view bytes,
                                        const CallResult& result) {
  absl::Status exists =
      base::MakeError(absl::StatusCode::kAlreadyExists, "object exists: " + ObjectName(key));
  if (!result.maybe_applied) {
    return Outcome::NotApplied(std::move(exists));
  }
  const auto there = Get(key);
  if (!there.ok()) {
    return Outcome::Unknown(there.status());
  }
  return *there == bytes ? Outcome::Applied() : Outcome::NotApplied(std::move(exists));
}

Outcome RemoteStore::PutFile(const std::string& key, const std::string& path) {
  if (absl::Status checked = CheckKey(key); !checked.ok()) {
    return Outcome::NotApplied(std::move(checked));
  }
  const auto info = base::GetFileInfo(path);
  if (!info.ok()) {
    return Outcome::NotApplied(info.status());
  }
  if (info->bytes <= part_bytes_) {
    const auto bytes = base::ReadWholeFile(path, part_bytes_);
    return bytes.ok() ? Put(key, *bytes) : Outcome::NotApplied(bytes.status());
  }
  // As many parts as the store takes, however large the file.
  const int64_t part_bytes = std::max(part_bytes_, (info->bytes + kPartsMax - 1) / kPartsMax);
  return BucketForObject(protocol_->PutLarge(*caller_, {key, path, info->bytes, part_bytes}));
}

Outcome RemoteStore::Delete(const std::string& key) {
  if (absl::Status checked = CheckKey(key); !checked.ok()) {
    return Outcome::NotApplied(std::move(checked));
  }
  const CallResult result = Call(protocol_->Delete(key));
  Outcome outcome = OutcomeOfCall(result, ObjectName(key));
  if (outcome.status().code() != absl::StatusCode::kNotFound) {
    return outcome;
  }
  if (result.answered && protocol_->SaysMissing(result.answer)) {
    return Outcome::Applied();
  }
  absl::Status why = StatusOfRead(result, key);
  return result.maybe_applied ? Outcome::Unknown(std::move(why))
                              : Outcome::NotApplied(std::move(why));
}

absl::Status RemoteStore::StatusOfRead(const CallResult& result, const std::string& key) const {
  const absl::Status status = StatusOfCall(result, ObjectName(key));
  if (status.code() != absl::StatusCode::kNotFound || protocol_->SaysMissing(result.answer)) {
    return status;
  }
  return base::Unavailable("something other than the store answers (check the endpoint): " +
                           std::string(base::FromAbsl(status.message())));
}

absl::StatusOr<std::string> RemoteStore::Get(const std::string& key) {
  LAMINAR_RETURN_IF_ERROR(CheckKey(key));
  HttpRequest request = protocol_->Get(key, std::nullopt);
  request.answer_bytes_max =
      std::numeric_limits<int64_t>::max();  // whatever the caller has put there
  CallResult result = Call(request);
  LAMINAR_RETURN_IF_ERROR(StatusOfRead(result, key));
  return std::move(result.answer.body);
}

absl::StatusOr<RemoteStore::Piece> RemoteStore::GetPiece(const std::string& key,
                                                         const ByteRange& range) {
  LAMINAR_RETURN_IF_ERROR(CheckKey(key));
  HttpRequest request = protocol_->Get(key, range);
  request.answer_bytes_max = std::max(request.answer_bytes_max, range.size);
  CallResult result = Call(request);
  Piece piece;
  piece.version = std::string(result.answer.header("etag"));
  if (result.answered && result.answer.status == 416) {
    // Behind its end. Where the store does not say how long it is, nobody needs to know.
    piece.object_bytes = TotalOf(result.answer.header("content-range")).value_or(0);
    return piece;
  }
  LAMINAR_RETURN_IF_ERROR(StatusOfRead(result, key));
  piece.bytes = std::move(result.answer.body);
  if (result.answer.status == 206) {
    const auto total = TotalOf(result.answer.header("content-range"));
    if (!total.has_value() || static_cast<int64_t>(piece.bytes.size()) !=
                                  std::clamp<int64_t>(*total - range.offset, 0, range.size)) {
      return base::Unavailable("the store gave other bytes than it was asked for: " +
                               ObjectName(key));
    }
    piece.object_bytes = *total;
    return piece;
  }
  // A store may give all of it instead.
  piece.object_bytes = static_cast<int64_t>(piece.bytes.size());
  piece.bytes =
      range.offset >= piece.object_bytes
          ? std::string()
          : piece.bytes.substr(static_cast<size_t>(range.offset), static_cast<size_t>(range.size));
  return piece;
}

absl::StatusOr<std::string> RemoteStore::GetRange(const std::string& key,
                                                  int64_t offset,
                                                  int64_t size) {
  LAMINAR_RETURN_IF_ERROR(CheckRange(key, offset, size));
  if (size == 0) {
    LAMINAR_RETURN_IF_ERROR(Head(key).status());
    return std::string();
  }
  LAMINAR_ASSIGN_OR_RETURN(Piece piece, GetPiece(key, {offset, size}));
  return std::move(piece.bytes);
}

absl::Status RemoteStore::GetFile(const std::string& key, const std::string& path) {
  LAMINAR_ASSIGN_OR_RETURN(Piece piece, GetPiece(key, {0, part_bytes_}));
  const std::string unfinished = path + ".part";
  const absl::Status written = [&]() -> absl::Status {
    LAMINAR_ASSIGN_OR_RETURN(base::OutputFile file, base::OutputFile::Create(unfinished));
    LAMINAR_RETURN_IF_ERROR(file.Write(piece.bytes));
    const Piece first = {{}, piece.object_bytes, piece.version};
    while (file.bytes_written() < first.object_bytes) {
      LAMINAR_ASSIGN_OR_RETURN(piece, GetPiece(key, {file.bytes_written(), part_bytes_}));
      if (piece.object_bytes != first.object_bytes || piece.version != first.version ||
          piece.bytes.empty()) {
        return base::Unavailable("object changed while it was read: " + ObjectName(key));
      }
      LAMINAR_RETURN_IF_ERROR(file.Write(piece.bytes));
    }
    LAMINAR_RETURN_IF_ERROR(file.Close());
    return base::RenameFile(unfinished, path);
  }();
  if (!written.ok()) {
    base::RemoveFile(unfinished).IgnoreError();
  }
  return OfLocalFile(written);
}

absl::StatusOr<ObjectInfo> RemoteStore::Head(const std::string& key) {
  // Answers to HEAD cannot say what is missing, the object or the bucket; a byte costs nothing.
  LAMINAR_ASSIGN_OR_RETURN(const Piece piece, GetPiece(key, {0, 1}));
  return ObjectInfo{key, piece.object_bytes};
}

absl::StatusOr<std::vector<ObjectInfo>> RemoteStore::List(const std::string& prefix) {
  LAMINAR_RETURN_IF_ERROR(CheckPrefix(prefix));
  std::vector<ObjectInfo> objects;
  std::string page_name;
  for (int page_number = 0; page_number < kListPagesMax; ++page_number) {
    const CallResult result = Call(protocol_->List(prefix, page_name));
    LAMINAR_RETURN_IF_ERROR(BucketForObject(StatusOfCall(result, ObjectName(prefix))));
    LAMINAR_ASSIGN_OR_RETURN(ListPage page, protocol_->ReadList(result.answer));
    for (ObjectInfo& object : page.objects) {
      if (CheckKey(object.key).ok() && object.key.starts_with(prefix)) {
        objects.push_back(std::move(object));
      }
    }
    if (page.next.empty()) {
      std::sort(objects.begin(), objects.end(),
                [](const ObjectInfo& a, const ObjectInfo& b) { return a.key < b.key; });
      return objects;
    }
    page_name = std::move(page.next);
  }
  return base::Unavailable("the store's listing does not end: " + ObjectName(prefix));
}

absl::Status RemoteStore::RemoveUnfinished(const std::string& prefix) {
  LAMINAR_RETURN_IF_ERROR(CheckPrefix(prefix));
  return protocol_->RemoveUnfinished(*caller_, prefix);
}

}  // namespace laminar::storage
