#include "formats/bad_record_policy.h"

#include <utility>

#include "formats/text/base64.h"
#include "formats/text/json_string.h"
#include "formats/text/utf8.h"

namespace laminar::formats {
namespace {

constexpr size_t kPendingBytesMax = 64 * 1024;

// A prefix of the record that fits a message.
std::string Excerpt(std::string_view bytes) {
  constexpr size_t kShown = 120;
  std::string excerpt;
  const size_t length = Utf8PrefixLength(bytes.substr(0, kShown));
  for (const char c : bytes.substr(0, length)) {
    excerpt += static_cast<unsigned char>(c) < 0x20 ? ' ' : c;
  }
  return length < bytes.size() ? excerpt + "..." : excerpt;
}

}  // namespace

absl::StatusOr<std::unique_ptr<BadRecordPolicy>> BadRecordPolicy::Make(
    const data::ConnectorTable& table) {
  std::optional<base::OutputFile> file;
  if (table.bad_data == data::BadDataPolicy::kDeadLetter) {
    if (table.dead_letter_path.empty()) {
      return base::InvalidArgument(
          "bad_data = 'dead_letter' needs the path of a file to write bad records to: set "
          "dead_letter_path for table " +
          table.name);
    }
    LAMINAR_ASSIGN_OR_RETURN(file, base::OutputFile::Append(table.dead_letter_path));
  }
  return std::unique_ptr<BadRecordPolicy>(new BadRecordPolicy(table.bad_data, std::move(file)));
}

BadRecordPolicy::BadRecordPolicy(data::BadDataPolicy policy, std::optional<base::OutputFile> file)
    : policy_(policy), file_(std::move(file)) {}

BadRecordPolicy::~BadRecordPolicy() { Flush().IgnoreError(); }

absl::Status BadRecordPolicy::Handle(const BadRecord& record) {
  ++counters_.bad_records;
  switch (policy_) {
    case data::BadDataPolicy::kFail:
      return Fail(record);
    case data::BadDataPolicy::kDrop:
      ++counters_.dropped_records;
      return absl::OkStatus();
    case data::BadDataPolicy::kDeadLetter:
      ++counters_.dead_letter_records;
      AppendDeadLetter(record);
      return pending_.size() < kPendingBytesMax ? absl::OkStatus() : Flush();
  }
  return absl::OkStatus();
}

absl::Status BadRecordPolicy::Fail(const BadRecord& record) const {
  return base::InvalidArgument(
      "a record could not be decoded: " + std::string(record.error) + "\n  in " + source_ + " at " +
      std::string(record.unit) + " " + std::to_string(record.position) + ": " +
      Excerpt(record.bytes) +
      "\n  to go on without such records, set bad_data = 'drop' or bad_data = 'dead_letter' in the "
      "table's options");
}

void BadRecordPolicy::AppendDeadLetter(const BadRecord& record) {
  pending_ += R"({"error":)";
  AppendJsonString(record.error, pending_);
  pending_ += R"(,"position":)" + std::to_string(record.position) + R"(,"source":)";
  AppendJsonString(source_, pending_);
  if (IsUtf8(record.bytes)) {
    pending_ += R"(,"record":)";
    AppendJsonString(record.bytes, pending_);
  } else {
    pending_ += R"(,"record_base64":")";
    AppendBase64(record.bytes, pending_);
    pending_ += '"';
  }
  pending_ += "}\n";
}

absl::Status BadRecordPolicy::Flush() {
  if (pending_.empty() || !file_.has_value()) {
    return absl::OkStatus();
  }
  const absl::Status status = file_->Write(pending_);
  pending_.clear();
  synced_ = false;
  return status;
}

absl::Status BadRecordPolicy::Sync() {
  LAMINAR_RETURN_IF_ERROR(Flush());
  if (std::exchange(synced_, true)) {
    return absl::OkStatus();
  }
  return file_->Sync();
}

}  // namespace laminar::formats
