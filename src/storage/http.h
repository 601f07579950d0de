// One HTTP request, its answer, and the door through which requests leave: what stores speak, apart
// from how it is carried, so that tests carry it themselves. Plain values; transports are
// thread-safe.
#ifndef LAMINAR_STORAGE_HTTP_H_
#define LAMINAR_STORAGE_HTTP_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/status.h"
#include "storage/storage_limits.h"

namespace laminar::storage {

using HttpHeaders = std::vector<std::pair<std::string, std::string>>;
/// Names and values, not encoded.
using HttpQuery = std::vector<std::pair<std::string, std::string>>;

/// NAME=VALUE&..., as in URLs and forms.
std::string EncodeQuery(const HttpQuery& query);
/// Nothing when a % is not followed by two hexadecimal digits. A name without = has an empty value.
std::optional<HttpQuery> ParseQuery(std::string_view text);

struct HttpRequest {
  std::string method = "GET";
  std::string host;        // with a port when it is not the scheme's own
  std::string path = "/";  // percent-encoded
  HttpQuery query = {};
  std::string scheme = "https";
  HttpHeaders headers = {};
  std::string_view body = {};  // of the caller's, or of ...
  std::shared_ptr<const std::string> owned_body = nullptr;
  /// Of the answer's body: more is an error. Who asks for an object says how much it may be.
  int64_t answer_bytes_max = kAnswerTextBytesMax;
  /// Never through a proxy: services of this machine, which nobody else may hear of.
  bool direct = false;
  /// Set by the caller: the whole exchange, and the longest that nothing may move.
  int64_t timeout_ms = 30'000;
  int64_t stall_timeout_ms = 30'000;

  void SetHeader(std::string_view name, std::string value);
  const std::string* FindHeader(std::string_view name) const;
  /// SCHEME://HOST/PATH?QUERY
  std::string Url() const;
  /// Takes a body that nobody else holds.
  void OwnBody(std::string bytes);
};

struct HttpAnswer {
  int status = 0;
  HttpHeaders headers = {};  // names in lower case
  std::string body = {};

  /// Empty when it is not there.
  std::string_view header(std::string_view lower_name) const;
};

/// What became of a request.
struct HttpResult {
  enum class State {
    kAnswered,  // `answer` came as a whole
    kNotSent,   // it never reached a server
    kNoAnswer,  // nobody knows what it did
  };
  State state = State::kNotSent;
  HttpAnswer answer = {};
  absl::Status status = absl::OkStatus();  // of the other two

  static HttpResult Answered(HttpAnswer answer);
  static HttpResult NotSent(absl::Status why);
  static HttpResult NoAnswer(absl::Status why);
};

class HttpTransport {
 public:
  virtual ~HttpTransport() = default;
  /// Sends once. BLOCKS: for at most the request's timeout.
  virtual HttpResult Send(const HttpRequest& request) = 0;
};

/// SCHEME://HOST[:PORT] in its two parts; anything behind is ignored.
struct Endpoint {
  std::string scheme = "https";
  std::string host;
  std::string path;  // of an endpoint below a path: /devstoreaccount1, without a slash at its end
};
/// InvalidArgument when it is none, naming `what` (a setting or variable).
absl::StatusOr<Endpoint> ParseEndpoint(std::string_view url, std::string_view what);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_HTTP_H_
