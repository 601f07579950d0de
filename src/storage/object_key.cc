#include "storage/object_key.h"

#include <limits>
#include <string>

#include "storage/storage_limits.h"

namespace laminar::storage {
namespace {

bool IsKeyCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
         c == '_' || c == '.' || c == '=';
}

absl::Status Refuse(std::string_view why, std::string_view key) {
  return base::InvalidArgument("object key " + std::string(why) + ": '" +
                               std::string(key.substr(0, kKeyBytesMax)) + "'");
}

absl::Status CheckPart(std::string_view part, bool last_of_prefix, std::string_view key) {
  if (part.size() > kKeyPartBytesMax) {
    return Refuse("has a part of more than 255 bytes", key);
  }
  for (const char c : part) {
    if (!IsKeyCharacter(c)) {
      return Refuse("has a character other than letters, digits and -_.=/", key);
    }
  }
  if (last_of_prefix) {
    return absl::OkStatus();
  }
  if (part.empty()) {
    return Refuse("has an empty part", key);
  }
  if (part == "." || part == "..") {
    return Refuse("has a part '.' or '..'", key);
  }
  return absl::OkStatus();
}

absl::Status Check(std::string_view key, bool is_prefix) {
  if (key.size() > kKeyBytesMax) {
    return Refuse("is longer than 1024 bytes", key);
  }
  if (key.substr(0, key.find('/')) == kUnfinishedFolder) {
    return Refuse("begins with a reserved name", key);
  }
  std::string_view rest = key;
  int num_parts = 0;
  while (true) {
    const size_t slash = rest.find('/');
    const bool last = slash == std::string_view::npos;
    LAMINAR_RETURN_IF_ERROR(CheckPart(rest.substr(0, slash), last && is_prefix, key));
    if (++num_parts > kKeyPartsMax) {
      return Refuse("has more than 64 parts", key);
    }
    if (last) {
      return absl::OkStatus();
    }
    rest.remove_prefix(slash + 1);
  }
}

}  // namespace

absl::Status CheckKey(std::string_view key) { return Check(key, false); }

absl::Status CheckPrefix(std::string_view prefix) { return Check(prefix, true); }

absl::Status CheckRange(std::string_view key, int64_t offset, int64_t size) {
  if (offset < 0 || size < 0 || offset > std::numeric_limits<int64_t>::max() - size) {
    return base::InvalidArgument("no such range of bytes of " + std::string(key) + ": offset " +
                                 std::to_string(offset) + ", size " + std::to_string(size));
  }
  return absl::OkStatus();
}

absl::Status OfLocalFile(const absl::Status& status) {
  return status.code() == absl::StatusCode::kNotFound
             ? base::InvalidArgument(base::FromAbsl(status.message()))
             : status;
}

}  // namespace laminar::storage
