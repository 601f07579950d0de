// The examples of "Authenticating Requests: Using the Authorization Header", Amazon S3 API
// reference.
#include "storage/aws_signature.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace laminar::storage {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// 2013-05-24T00:00:00Z
constexpr base::WallTime kTime = {1'369'353'600'000'000};

const AwsCredentials& ExampleCredentials() {
  static const AwsCredentials credentials = {"AKIAIOSFODNN7EXAMPLE",
                                             "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", ""};
  return credentials;
}

HttpRequest ExampleRequest(const char* method, const char* path) {
  HttpRequest request;
  request.method = method;
  request.host = "examplebucket.s3.amazonaws.com";
  request.path = path;
  return request;
}

std::string SignedAs(HttpRequest request) {
  SignAws(ExampleCredentials(), {"us-east-1", "s3", false}, kTime, request);
  return *request.FindHeader("Authorization");
}

TEST(AwsSignature, SignsTheExampleOfGetObject) {
  HttpRequest request = ExampleRequest("GET", "/test.txt");
  request.SetHeader("Range", "bytes=0-9");
  EXPECT_EQ(SignedAs(request),
            "AWS4-HMAC-SHA256 "
            "Credential=AKIAIOSFODNN7EXAMPLE/20130524/us-east-1/s3/aws4_request,"
            "SignedHeaders=host;range;x-amz-content-sha256;x-amz-date,"
            "Signature=f0e8bdb87c964420e857bd35b5d6ed310bd44f0170aba48dd91039c6036bdb41");
}

TEST(AwsSignature, SignsTheExampleOfPutObject) {
  HttpRequest request = ExampleRequest("PUT", "/test%24file.text");
  request.SetHeader("Date", "Fri, 24 May 2013 00:00:00 GMT");
  request.SetHeader("x-amz-storage-class", "REDUCED_REDUNDANCY");
  request.body = "Welcome to Amazon S3.";
  EXPECT_THAT(SignedAs(request),
              EndsWith("98ad721746da40c64f1a55b78f14c238d841ea1380cd77a1b5971af0ece108bd"));
}

TEST(AwsSignature, SignsTheExampleOfAParameterWithoutValue) {
  HttpRequest request = ExampleRequest("GET", "/");
  request.query = {{"lifecycle", ""}};
  EXPECT_THAT(SignedAs(request),
              EndsWith("fea454ca298b7da1c68078a5d1bdbfbbe0d65c699e0f91ac7a200a0136783543"));
}

TEST(AwsSignature, SignsTheExampleOfListObjects) {
  HttpRequest request = ExampleRequest("GET", "/");
  request.query = {{"prefix", "J"}, {"max-keys", "2"}};
  EXPECT_THAT(SignedAs(request),
              EndsWith("34b48302e7b5fa45bde8084f4b7868a86f0a534bc59db6670ed5711ef69dc6f7"));
}

TEST(AwsSignature, SortsParametersByNameAndNotByWhatFollowsIt) {
  HttpRequest request = ExampleRequest("GET", "/");
  request.query = {{"a-b", "1"}, {"a", "2"}};
  EXPECT_EQ(CanonicalQuery(request), "a=2&a-b=1");
}

TEST(AwsSignature, SignsSessionTokensAndReplacesAnOldSignature) {
  HttpRequest request = ExampleRequest("GET", "/a");
  AwsCredentials credentials = ExampleCredentials();
  credentials.session_token = "token";
  SignAws(credentials, {"us-east-1", "s3", false}, kTime, request);
  EXPECT_EQ(*request.FindHeader("x-amz-security-token"), "token");
  EXPECT_THAT(*request.FindHeader("Authorization"), HasSubstr("x-amz-security-token,"));
}

TEST(AwsSignature, GoogleHasNamesOfItsOwn) {
  HttpRequest request = ExampleRequest("PUT", "/a");
  SignAws(ExampleCredentials(), {"auto", "storage", true}, kTime, request);
  EXPECT_NE(request.FindHeader("x-goog-date"), nullptr);
  EXPECT_EQ(request.FindHeader("x-amz-date"), nullptr);
  EXPECT_THAT(*request.FindHeader("Authorization"),
              testing::StartsWith("GOOG4-HMAC-SHA256 "
                                  "Credential=AKIAIOSFODNN7EXAMPLE/20130524/auto/storage/"
                                  "goog4_request,SignedHeaders=host;x-goog-content-sha256;"));
}

}  // namespace
}  // namespace laminar::storage
