#include "storage/http_server_for_test.h"

#include <arpa/inet.h>
#include <cerrno>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>
#include <utility>

#include "base/assert.h"
#include "storage/text.h"

namespace laminar::storage {

HttpServerForTest::HttpServerForTest() : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* plain = reinterpret_cast<sockaddr*>(&address);
  const bool listening = bind(listener_, plain, size) == 0 && listen(listener_, 8) == 0 &&
                         getsockname(listener_, plain, &size) == 0;
  LAMINAR_ASSERT(listening, errno);
  port_ = ntohs(address.sin_port);
  thread_ = std::make_unique<base::Thread>("http-server", [this] { Serve(); });
}

HttpServerForTest::~HttpServerForTest() {
  stop_.Set();
  thread_.reset();
  close(listener_);
}

void HttpServerForTest::Add(Step step) {
  const base::MutexLock lock(mutex_);
  script_.push_back(std::move(step));
}

std::vector<std::string> HttpServerForTest::requests() const {
  const base::MutexLock lock(mutex_);
  return requests_;
}

int HttpServerForTest::num_connections() const {
  const base::MutexLock lock(mutex_);
  return num_connections_;
}

bool HttpServerForTest::Wait(int descriptor) {
  pollfd waits[2] = {{descriptor, POLLIN, 0}, {stop_.descriptor(), POLLIN, 0}};
  return poll(waits, 2, -1) > 0 && waits[1].revents == 0;
}

void HttpServerForTest::Serve() {
  while (Wait(listener_)) {
    const int connection = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (connection < 0) {
      continue;
    }
    {
      const base::MutexLock lock(mutex_);
      ++num_connections_;
    }
    ServeConnection(connection);
    close(connection);
  }
}

bool HttpServerForTest::ReadRequest(int connection, std::string& request) {
  request.clear();
  while (true) {
    const size_t head_end = request.find("\r\n\r\n");
    if (head_end != std::string::npos) {
      const std::string head = ToLower(request.substr(0, head_end));
      const size_t at = head.find("content-length: ");
      const size_t length =
          at == std::string::npos
              ? 0
              : static_cast<size_t>(
                    ParseNumber(Trim(head.substr(at + 16, head.find('\r', at) - at - 16)))
                        .value_or(0));
      if (request.size() >= head_end + 4 + length) {
        return true;
      }
    }
    char buffer[65'536];
    const ssize_t count = Wait(connection) ? recv(connection, buffer, sizeof(buffer), 0) : 0;
    if (count <= 0) {
      return false;
    }
    request.append(buffer, static_cast<size_t>(count));
  }
}

HttpServerForTest::Step HttpServerForTest::NextStep() {
  const base::MutexLock lock(mutex_);
  if (script_.empty()) {
    return {HttpBytes(500, "nothing is scripted"), Then::kClose};
  }
  Step step = std::move(script_.front());
  script_.pop_front();
  return step;
}

void HttpServerForTest::ServeConnection(int connection) {
  std::string request;
  while (ReadRequest(connection, request)) {
    {
      const base::MutexLock lock(mutex_);
      requests_.push_back(request);
    }
    const Step step = NextStep();
    (void)send(connection, step.bytes.data(), step.bytes.size(), MSG_NOSIGNAL);
    switch (step.then) {
      case Then::kKeep:
        continue;
      case Then::kHang:
        (void)Wait(stop_.descriptor());
        return;
      case Then::kReset: {
        const linger at_once = {1, 0};
        setsockopt(connection, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
        return;
      }
      case Then::kClose:
        return;
    }
  }
}

std::string HttpBytes(int status, const std::string& body, const std::string& more_headers) {
  return "HTTP/1.1 " + std::to_string(status) +
         " X\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + more_headers + "\r\n" +
         body;
}

}  // namespace laminar::storage
