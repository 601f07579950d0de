// A server on loopback that misbehaves by a script: for tests of the HTTP client over real sockets.
// Owned by its test; serves one connection at a time on a thread of its own.
#ifndef LAMINAR_STORAGE_HTTP_SERVER_FOR_TEST_H_
#define LAMINAR_STORAGE_HTTP_SERVER_FOR_TEST_H_

#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "base/file.h"
#include "base/mutex.h"
#include "base/thread.h"

namespace laminar::storage {

class HttpServerForTest {
 public:
  enum class Then {
    kKeep,   // the connection serves the next request
    kClose,  // it ends
    kReset,  // it ends by a reset
    kHang,   // nothing more comes until the server ends
  };
  struct Step {
    std::string bytes;  // sent as they are once a request has come as a whole
    Then then = Then::kKeep;
  };

  HttpServerForTest();
  ~HttpServerForTest();

  void Add(Step step) LAMINAR_EXCLUDES(mutex_);
  /// 127.0.0.1:PORT
  std::string host() const { return "127.0.0.1:" + std::to_string(port_); }
  std::vector<std::string> requests() const LAMINAR_EXCLUDES(mutex_);
  int num_connections() const LAMINAR_EXCLUDES(mutex_);

 private:
  void Serve();
  void ServeConnection(int connection);
  bool Wait(int descriptor);
  bool ReadRequest(int connection, std::string& request);
  Step NextStep() LAMINAR_EXCLUDES(mutex_);

  base::StopEvent stop_;
  int listener_ = -1;
  int port_ = 0;
  mutable base::Mutex mutex_;
  std::deque<Step> script_ LAMINAR_GUARDED_BY(mutex_);
  std::vector<std::string> requests_ LAMINAR_GUARDED_BY(mutex_);
  int num_connections_ LAMINAR_GUARDED_BY(mutex_) = 0;
  std::unique_ptr<base::Thread> thread_;
};

/// A whole answer with a body.
std::string HttpBytes(int status, const std::string& body, const std::string& more_headers = "");

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_HTTP_SERVER_FOR_TEST_H_
