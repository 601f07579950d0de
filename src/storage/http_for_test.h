// A transport that answers by a script and keeps what it was asked, and a clock that only sleeping
// moves: for tests of whatever speaks HTTP.
#ifndef LAMINAR_STORAGE_HTTP_FOR_TEST_H_
#define LAMINAR_STORAGE_HTTP_FOR_TEST_H_

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/mutex.h"
#include "storage/http_caller.h"
#include "storage/open_remote.h"

namespace laminar::storage {

class ManualClock : public base::Clock {
 public:
  explicit ManualClock(int64_t wall_micros = 1'369'353'600'000'000) : wall_micros_(wall_micros) {}
  base::MonotonicTime Now() const override { return {nanos_}; }
  base::WallTime Wall() const override { return {wall_micros_ + nanos_ / 1000}; }
  void Advance(int64_t nanos) {
    nanos_ += nanos;
    slept_millis_.push_back(nanos / 1'000'000);
  }
  const std::vector<int64_t>& slept_millis() const { return slept_millis_; }

 private:
  int64_t wall_micros_;
  int64_t nanos_ = 0;
  std::vector<int64_t> slept_millis_;
};

class ScriptedTransport : public HttpTransport {
 public:
  struct Sent {
    std::string method;
    std::string url;
    HttpHeaders headers;
    std::string body;
    bool direct = false;

    std::string header(std::string_view name) const;
  };

  /// Answers the next request for which nothing is scripted yet.
  void Answer(int status, std::string body = "", HttpHeaders headers = {});
  void Lose();     // it was carried out, perhaps
  void Unreach();  // it was not
  /// Answers all that the script has nothing for; without one, such a request is a failure.
  void Otherwise(std::function<HttpResult(const HttpRequest&)> answer) {
    otherwise_ = std::move(answer);
  }

  HttpResult Send(const HttpRequest& request) override;

  const std::vector<Sent>& sent() const { return sent_; }
  size_t num_scripted() const { return script_.size(); }

 private:
  std::deque<HttpResult> script_;
  std::function<HttpResult(const HttpRequest&)> otherwise_;
  std::vector<Sent> sent_;
};

/// All that a store needs, on a scripted transport.
struct ScriptedParts {
  ScriptedParts();
  /// With the variables that are handed in, and no others. The URL and settings are right.
  std::unique_ptr<ObjectStore> Open(const std::string& url,
                                    std::map<std::string, std::string> settings,
                                    std::map<std::string, std::string> environment = {});
  absl::StatusOr<std::unique_ptr<ObjectStore>> TryOpen(
      const std::string& url,
      std::map<std::string, std::string> settings,
      std::map<std::string, std::string> environment = {});

  std::shared_ptr<ManualClock> clock = std::make_shared<ManualClock>();
  std::shared_ptr<ScriptedTransport> transport = std::make_shared<ScriptedTransport>();
  RemoteParts parts;
};

/// Settings from maps.
Settings SettingsOf(std::map<std::string, std::string> settings,
                    std::map<std::string, std::string> environment = {});

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_HTTP_FOR_TEST_H_
