// HttpClient: sends requests over libcurl. Connections are kept and used again, one at a time each;
// as many exist as threads have asked at once. Redirects are not followed, proxies are taken from
// the environment by libcurl, servers are checked against the system's certificates. Thread-safe.
#ifndef LAMINAR_STORAGE_HTTP_CLIENT_H_
#define LAMINAR_STORAGE_HTTP_CLIENT_H_

#include <memory>
#include <string>
#include <vector>

#include "base/mutex.h"
#include "storage/http.h"

namespace laminar::storage {

class HttpClient : public HttpTransport {
 public:
  struct Options {
    std::string ca_file = {};  // certificates to trust instead of the system's; empty: those
    int64_t connect_timeout_ms = 10'000;
  };

  explicit HttpClient(Options options);
  ~HttpClient() override;
  HttpResult Send(const HttpRequest& request) override LAMINAR_EXCLUDES(mutex_);

 private:
  class Connection;

  std::unique_ptr<Connection> Take() LAMINAR_EXCLUDES(mutex_);
  void GiveBack(std::unique_ptr<Connection> connection) LAMINAR_EXCLUDES(mutex_);

  const Options options_;
  base::Mutex mutex_;
  std::vector<std::unique_ptr<Connection>> idle_ LAMINAR_GUARDED_BY(mutex_);
};

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_HTTP_CLIENT_H_
