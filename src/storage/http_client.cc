#include "storage/http_client.h"

#include <algorithm>
#include <utility>

#include <curl/curl.h>

#include "base/assert.h"
#include "storage/storage_limits.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

// Idle connections that are kept: more than threads use at a time are of no use.
constexpr size_t kIdleMax = 32;

void InitOnce() {
  static const CURLcode code = curl_global_init(CURL_GLOBAL_DEFAULT);
  LAMINAR_ASSERT(code == CURLE_OK, code);
}

// One exchange, as libcurl's callbacks see it.
struct Receiver {
  int64_t answer_bytes_max = 0;
  HttpAnswer answer;
  bool too_long = false;
  size_t head_bytes = 0;
  bool head_complete = false;
  int num_sent = 0;
};

// libcurl sends a request again by itself when a kept connection turns out to be dead. The server
// may have carried it out, though, and its second answer would be taken for the first: so the
// exchange ends here, and whoever repeats it knows.
int BeforeRequest(void* user, char*, char*, int, int) {
  auto& receiver = *static_cast<Receiver*>(user);
  return ++receiver.num_sent == 1 ? CURL_PREREQFUNC_OK : CURL_PREREQFUNC_ABORT;
}

size_t TakeHeader(char* data, size_t size, size_t count, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  const std::string_view line(data, size * count);
  receiver.head_bytes += line.size();
  if (receiver.head_bytes > kAnswerHeadBytesMax) {
    return 0;
  }
  if (line.starts_with("HTTP/")) {
    // A new head, as after 100 Continue.
    receiver.answer.headers.clear();
    receiver.head_complete = false;
  } else if (Trim(line).empty()) {
    receiver.head_complete = true;
  } else if (const size_t colon = line.find(':'); colon != std::string_view::npos) {
    receiver.answer.headers.emplace_back(ToLower(Trim(line.substr(0, colon))),
                                         std::string(Trim(line.substr(colon + 1))));
  }
  return line.size();
}

size_t TakeBody(char* data, size_t size, size_t count, void* user) {
  auto& receiver = *static_cast<Receiver*>(user);
  std::string& body = receiver.answer.body;
  receiver.too_long = static_cast<int64_t>(body.size() + size * count) > receiver.answer_bytes_max;
  if (receiver.too_long) {
    return 0;  // ends the exchange
  }
  if (body.empty()) {
    const auto length = ParseNumber(receiver.answer.header("content-length"));
    body.reserve(static_cast<size_t>(std::min<int64_t>(length.value_or(0), 2 * kPartBytesDefault)));
  }
  body.append(data, size * count);
  return size * count;
}

// Whether the end of the answer's body can be told from the end of its connection.
bool HasEnd(const HttpAnswer& answer) {
  return answer.body.empty() || !answer.header("content-length").empty() ||
         !answer.header("transfer-encoding").empty();
}

absl::StatusCode CodeOf(CURLcode code) {
  switch (code) {
    case CURLE_OPERATION_TIMEDOUT:
      return absl::StatusCode::kDeadlineExceeded;
    case CURLE_URL_MALFORMAT:
    case CURLE_SSL_CACERT_BADFILE:
      return absl::StatusCode::kInvalidArgument;
    case CURLE_PEER_FAILED_VERIFICATION:
      return absl::StatusCode::kPermissionDenied;
    default:
      return absl::StatusCode::kUnavailable;
  }
}

}  // namespace

// One easy handle with its connections.
class HttpClient::Connection {
 public:
  Connection() : handle_(curl_easy_init()) { LAMINAR_ASSERT(handle_ != nullptr, 0); }
  ~Connection() { curl_easy_cleanup(handle_); }
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;

  HttpResult Send(const HttpRequest& request, const Options& options) {
    curl_easy_reset(handle_);  // keeps connections
    Receiver receiver;
    receiver.answer_bytes_max = request.answer_bytes_max;
    curl_slist* headers = nullptr;
    for (const auto& [name, value] : request.headers) {
      headers = curl_slist_append(headers, (name + ": " + value).c_str());
    }
    // Bodies go at once: refusals of a store come just as well afterwards.
    headers = curl_slist_append(headers, "Expect:");
    if (request.FindHeader("content-type") == nullptr) {
      headers = curl_slist_append(headers, "Content-Type:");
    }
    const std::string url = request.Url();
    SetExchange(request, url, headers);
    SetLimits(request, options);
    curl_easy_setopt(handle_, CURLOPT_HEADERFUNCTION, TakeHeader);
    curl_easy_setopt(handle_, CURLOPT_HEADERDATA, &receiver);
    curl_easy_setopt(handle_, CURLOPT_WRITEFUNCTION, TakeBody);
    curl_easy_setopt(handle_, CURLOPT_WRITEDATA, &receiver);
    curl_easy_setopt(handle_, CURLOPT_PREREQFUNCTION, BeforeRequest);
    curl_easy_setopt(handle_, CURLOPT_PREREQDATA, &receiver);
    char message[CURL_ERROR_SIZE] = "";
    curl_easy_setopt(handle_, CURLOPT_ERRORBUFFER, message);
    const CURLcode code = curl_easy_perform(handle_);
    curl_slist_free_all(headers);
    return ResultOf(code, message, request, receiver);
  }

 private:
  void SetExchange(const HttpRequest& request, const std::string& url, curl_slist* headers) {
    curl_easy_setopt(handle_, CURLOPT_URL, url.c_str());
    curl_easy_setopt(handle_, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(handle_, CURLOPT_HTTP_VERSION, CURL_HTTP_VERSION_1_1);
    curl_easy_setopt(handle_, CURLOPT_PATH_AS_IS, 1L);
    curl_easy_setopt(handle_, CURLOPT_HTTPHEADER, headers);
    if (request.direct) {
      curl_easy_setopt(handle_, CURLOPT_PROXY, "");
    }
    if (request.method == "HEAD") {
      curl_easy_setopt(handle_, CURLOPT_NOBODY, 1L);
    } else if (request.method == "GET" && request.body.empty()) {
      curl_easy_setopt(handle_, CURLOPT_HTTPGET, 1L);
    } else if (request.method == "DELETE" && request.body.empty()) {
      curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, "DELETE");
    } else {
      // An empty body is one of length 0, which is sent as such.
      curl_easy_setopt(handle_, CURLOPT_POSTFIELDSIZE_LARGE,
                       static_cast<curl_off_t>(request.body.size()));
      curl_easy_setopt(handle_, CURLOPT_POSTFIELDS,
                       request.body.data() == nullptr ? "" : request.body.data());
      curl_easy_setopt(handle_, CURLOPT_CUSTOMREQUEST, request.method.c_str());
    }
  }

  void SetLimits(const HttpRequest& request, const Options& options) {
    curl_easy_setopt(handle_, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(handle_, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(handle_, CURLOPT_TIMEOUT_MS,
                     static_cast<long>(std::max<int64_t>(1, request.timeout_ms)));
    curl_easy_setopt(handle_, CURLOPT_CONNECTTIMEOUT_MS,
                     static_cast<long>(std::clamp<int64_t>(
                         std::min(request.timeout_ms, options.connect_timeout_ms), 1,
                         options.connect_timeout_ms)));
    // Less than one byte in a second, for so many seconds: nothing moves.
    curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_LIMIT, 1L);
    curl_easy_setopt(handle_, CURLOPT_LOW_SPEED_TIME,
                     static_cast<long>((request.stall_timeout_ms + 999) / 1000));
    curl_easy_setopt(handle_, CURLOPT_UPLOAD_BUFFERSIZE, 256L << 10);
    curl_easy_setopt(handle_, CURLOPT_BUFFERSIZE, 256L << 10);
    if (!options.ca_file.empty()) {
      curl_easy_setopt(handle_, CURLOPT_CAINFO, options.ca_file.c_str());
    }
  }

  HttpResult ResultOf(CURLcode code,
                      std::string_view message,
                      const HttpRequest& request,
                      Receiver& receiver) {
    if (code == CURLE_OK && (!receiver.head_complete || !HasEnd(receiver.answer))) {
      code = CURLE_PARTIAL_FILE;
      message = "the answer ends early";
    }
    if (code == CURLE_OK) {
      long status = 0;
      curl_easy_getinfo(handle_, CURLINFO_RESPONSE_CODE, &status);
      receiver.answer.status = static_cast<int>(status);
      return HttpResult::Answered(std::move(receiver.answer));
    }
    std::string text = "request to " + request.scheme + "://" + request.host + " failed: ";
    if (receiver.num_sent > 1) {
      text += "the connection was closed before an answer came";
    } else if (receiver.too_long) {
      text += "the answer is longer than " + std::to_string(request.answer_bytes_max) + " bytes";
    } else {
      text += message.empty() ? curl_easy_strerror(code) : message;
    }
    if (code == CURLE_PEER_FAILED_VERIFICATION) {
      text +=
          " (its certificate is not trusted: install its authority's certificate, or name it "
          "by the setting ca_file)";
    }
    absl::Status why = base::MakeError(CodeOf(code), text);
    return receiver.num_sent == 0 ? HttpResult::NotSent(std::move(why))
                                  : HttpResult::NoAnswer(std::move(why));
  }

  CURL* handle_;
};

HttpClient::HttpClient(Options options) : options_(std::move(options)) { InitOnce(); }

HttpClient::~HttpClient() = default;

std::unique_ptr<HttpClient::Connection> HttpClient::Take() {
  {
    const base::MutexLock lock(mutex_);
    if (!idle_.empty()) {
      std::unique_ptr<Connection> connection = std::move(idle_.back());
      idle_.pop_back();
      return connection;
    }
  }
  return std::make_unique<Connection>();
}

void HttpClient::GiveBack(std::unique_ptr<Connection> connection) {
  const base::MutexLock lock(mutex_);
  if (idle_.size() < kIdleMax) {
    idle_.push_back(std::move(connection));
  }
}

HttpResult HttpClient::Send(const HttpRequest& request) {
  std::unique_ptr<Connection> connection = Take();
  HttpResult result = connection->Send(request, options_);
  GiveBack(std::move(connection));
  return result;
}

}  // namespace laminar::storage
