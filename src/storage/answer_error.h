// What a store's refusal says, whichever store it is: XML of S3 and Azure, JSON of Google and of
// token servers; and what that is as a status with its remedy. Nothing of a request is repeated, so
// that no secret gets into messages. Pure; any thread.
#ifndef LAMINAR_STORAGE_ANSWER_ERROR_H_
#define LAMINAR_STORAGE_ANSWER_ERROR_H_

#include <string>
#include <string_view>

#include "base/status.h"
#include "storage/http.h"

namespace laminar::storage {

struct AnswerError {
  std::string code;     // NoSuchKey, BlobNotFound, notFound, invalid_grant ...; may be empty
  std::string message;  // the store's own words, bounded
  std::string region;   // where S3 says that the bucket is
};

/// Of any bytes; empty where nothing is understood.
AnswerError ReadAnswerError(const HttpAnswer& answer);

/// Never ok. `object`: what the request was about, without secrets.
absl::Status StatusOfAnswer(const HttpAnswer& answer, std::string_view object);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_ANSWER_ERROR_H_
