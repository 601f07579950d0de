#include "storage/http_client.h"

#include <cstdlib>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/clock.h"
#include "base/thread.h"
#include "storage/http_server_for_test.h"
#include "storage/object_store_contract_for_test.h"
#include "storage/open_store.h"

namespace laminar::storage {
namespace {

using State = HttpResult::State;
using Then = HttpServerForTest::Then;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

class HttpClientTest : public testing::Test {
 protected:
  HttpRequest Request(const char* method, std::string_view body = {}) const {
    HttpRequest request;
    request.method = method;
    request.scheme = "http";
    request.host = server_.host();
    request.path = "/bucket/key%3D";
    request.query = {{"a b", "c&d"}};
    request.headers = {{"x-mine", "value"}};
    request.body = body;
    request.timeout_ms = 10'000;
    return request;
  }

  HttpServerForTest server_;
  HttpClient client_{HttpClient::Options{}};
};

TEST_F(HttpClientTest, SendsWhatItIsGivenAndReadsTheAnswer) {
  server_.Add({HttpBytes(206, "body", "ETag:  \"e1\" \r\nX-Two: 2\r\n")});
  const HttpResult result = client_.Send(Request("PUT", "some bytes"));
  ASSERT_EQ(result.state, State::kAnswered) << result.status;
  EXPECT_EQ(result.answer.status, 206);
  EXPECT_EQ(result.answer.body, "body");
  EXPECT_EQ(result.answer.header("etag"), "\"e1\"");
  EXPECT_EQ(result.answer.header("x-two"), "2");
  const std::string request = server_.requests().at(0);
  EXPECT_THAT(request, StartsWith("PUT /bucket/key%3D?a%20b=c%26d HTTP/1.1\r\n"));
  EXPECT_THAT(request, HasSubstr("x-mine: value\r\n"));
  EXPECT_THAT(request, HasSubstr("Content-Length: 10\r\n"));
  EXPECT_THAT(request, Not(HasSubstr("Expect:")));
  EXPECT_THAT(request, Not(HasSubstr("Content-Type:")));
  EXPECT_THAT(request, testing::EndsWith("\r\n\r\nsome bytes"));
}

TEST_F(HttpClientTest, SendsEveryMethodOverOneConnection) {
  for (const char* method : {"GET", "PUT", "POST", "DELETE", "GET"}) {
    server_.Add({HttpBytes(200, method)});
    const HttpResult result = client_.Send(Request(method));
    ASSERT_EQ(result.state, State::kAnswered) << result.status;
    EXPECT_EQ(result.answer.body, method);
    EXPECT_THAT(server_.requests().back(), StartsWith(method));
  }
  EXPECT_THAT(server_.requests().at(1), HasSubstr("Content-Length: 0\r\n"));
  EXPECT_EQ(server_.num_connections(), 1);
}

TEST_F(HttpClientTest, CarriesLargeBodiesBothWays) {
  const std::string bytes = PatternBytes((size_t{7} << 20) + 3);
  server_.Add({HttpBytes(200, bytes)});
  const HttpResult result = client_.Send(Request("PUT", bytes));
  ASSERT_EQ(result.state, State::kAnswered) << result.status;
  EXPECT_TRUE(result.answer.body == bytes);
  EXPECT_TRUE(server_.requests().at(0).ends_with(bytes));
}

TEST_F(HttpClientTest, AResetOrHalfAnAnswerIsNoAnswer) {
  const std::string whole = HttpBytes(200, "0123456789");
  for (const HttpServerForTest::Step& step : {
           HttpServerForTest::Step{"", Then::kClose},
           {"", Then::kReset},
           {whole.substr(0, whole.size() - 3), Then::kClose},
           {whole.substr(0, whole.size() - 3), Then::kReset},
           {"HTTP/1.1 200 OK\r\nContent-Le", Then::kClose},
           {"HTTP/1.1 200 OK\r\n", Then::kClose},
           {"HTTP/1.1 200 OK\r\n\r\nno length", Then::kClose},
           {"no http at all\r\n\r\n", Then::kClose},
       }) {
    server_.Add(step);
    const HttpResult result = client_.Send(Request("PUT", "x"));
    EXPECT_EQ(result.state, State::kNoAnswer) << step.bytes;
    EXPECT_THAT(std::string(result.status.message()), HasSubstr(server_.host()));
  }
}

TEST_F(HttpClientTest, SendsOnceThoughAKeptConnectionTurnsOutToBeDead) {
  server_.Add({HttpBytes(200, "first")});
  server_.Add({"", Then::kClose});
  server_.Add({HttpBytes(412, "")});
  EXPECT_EQ(client_.Send(Request("PUT", "x")).state, State::kAnswered);
  const HttpResult result = client_.Send(Request("PUT", "x"));
  EXPECT_EQ(result.state, State::kNoAnswer);
  EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(server_.requests().size(), 2U) << "only the caller sends again, who remembers";
}

TEST_F(HttpClientTest, AnAnswerThatDoesNotComeEndsAtTheDeadline) {
  server_.Add({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123", Then::kHang});
  HttpRequest request = Request("GET");
  request.timeout_ms = 200;
  const int64_t begun = base::SystemClock().Now().nanos;
  const HttpResult result = client_.Send(request);
  EXPECT_EQ(result.state, State::kNoAnswer);
  EXPECT_EQ(result.status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_LT(base::SystemClock().Now().nanos - begun, 5'000'000'000);
}

TEST_F(HttpClientTest, AServerThatStallsIsGivenUp) {
  server_.Add({"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n123", Then::kHang});
  HttpRequest request = Request("GET");
  request.timeout_ms = 60'000;
  request.stall_timeout_ms = 1'000;
  const HttpResult result = client_.Send(request);
  EXPECT_EQ(result.state, State::kNoAnswer);
  EXPECT_EQ(result.status.code(), absl::StatusCode::kDeadlineExceeded);
}

TEST_F(HttpClientTest, SaysWhenNobodyWasReached) {
  for (const char* host : {"127.0.0.1:1", "no-such-host.invalid"}) {
    HttpRequest request = Request("PUT", "x");
    request.host = host;
    const HttpResult result = client_.Send(request);
    EXPECT_EQ(result.state, State::kNotSent) << host;
    EXPECT_EQ(result.status.code(), absl::StatusCode::kUnavailable) << result.status;
  }
}

TEST_F(HttpClientTest, RefusesAnswersThatAreTooLong) {
  server_.Add({HttpBytes(200, "0123456789")});
  server_.Add({HttpBytes(200, "0123456789")});
  HttpRequest request = Request("GET");
  request.answer_bytes_max = 10;
  EXPECT_EQ(client_.Send(request).answer.body, "0123456789");
  request.answer_bytes_max = 9;
  const HttpResult result = client_.Send(request);
  EXPECT_EQ(result.state, State::kNoAnswer);
  EXPECT_THAT(std::string(result.status.message()), HasSubstr("longer than 9 bytes"));
}

TEST_F(HttpClientTest, AsksServicesOfThisMachineThroughNoProxy) {
  HttpServerForTest proxy;
  setenv("http_proxy", ("http://" + proxy.host()).c_str(), 1);
  server_.Add({HttpBytes(200, "direct")});
  proxy.Add({HttpBytes(200, "by proxy")});
  HttpRequest request = Request("GET");
  EXPECT_EQ(client_.Send(request).answer.body, "by proxy");
  request.direct = true;
  EXPECT_EQ(client_.Send(request).answer.body, "direct");
  unsetenv("http_proxy");
}

TEST_F(HttpClientTest, RefusesAnswersWithoutEndOfTheirHead) {
  server_.Add({"HTTP/1.1 200 OK\r\nx: " + std::string(90'000, 'a') + "\r\nx: " +
                   std::string(90'000, 'a') + "\r\nx: " + std::string(90'000, 'a') + "\r\n",
               Then::kHang});
  EXPECT_EQ(client_.Send(Request("GET")).state, State::kNoAnswer);
}

// A whole store over sockets: what a network does to it, and what becomes of the call.
TEST_F(HttpClientTest, AStoreSurvivesResetsAndBusyServers) {
  StoreOptions options;
  options.environment = [](const std::string&) { return std::nullopt; };
  options.settings = {{"access_key_id", "a"}, {"secret_access_key", "b"}};
  const auto store = OpenStore("s3::http://" + server_.host() + "/bucket/k", options).value();
  server_.Add({"", Then::kReset});
  server_.Add({HttpBytes(503, "<Error><Code>SlowDown</Code></Error>"), Then::kClose});
  server_.Add({HttpBytes(412, "<Error><Code>PreconditionFailed</Code></Error>")});
  server_.Add({HttpBytes(200, "mine")});
  EXPECT_TRUE(store->PutIfAbsent("log/1", "mine").applied());
  EXPECT_EQ(server_.requests().size(), 4U);
}

}  // namespace
}  // namespace laminar::storage
