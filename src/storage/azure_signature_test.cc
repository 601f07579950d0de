#include "storage/azure_signature.h"

#include <gtest/gtest.h>

#include "storage/digest.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

// "Authorize with Shared Key", Azure Storage REST reference: the example of Get Container Metadata.
TEST(AzureSignature, SignsTheTextOfTheReference) {
  HttpRequest request;
  request.method = "GET";
  request.path = "/mycontainer";
  request.query = {{"restype", "container"}, {"comp", "metadata"}, {"timeout", "20"}};
  request.headers = {{"x-ms-version", "2015-02-21"},
                     {"x-ms-date", "Fri, 26 Jun 2015 23:39:12 GMT"}};
  EXPECT_EQ(AzureStringToSign("myaccount", request),
            "GET\n\n\n\n\n\n\n\n\n\n\n\nx-ms-date:Fri, 26 Jun 2015 23:39:12 GMT\n"
            "x-ms-version:2015-02-21\n/myaccount/mycontainer\ncomp:metadata\n"
            "restype:container\ntimeout:20");
}

TEST(AzureSignature, CountsTheBodyAndTakesConditions) {
  HttpRequest request;
  request.method = "PUT";
  request.path = "/devstoreaccount1/c/a";
  request.headers = {
      {"If-None-Match", "*"}, {"Content-Type", "text/plain"}, {"X-Ms-Blob-Type", " BlockBlob "}};
  request.body = "12345";
  EXPECT_EQ(AzureStringToSign("devstoreaccount1", request),
            "PUT\n\n\n5\n\ntext/plain\n\n\n\n*\n\n\nx-ms-blob-type:BlockBlob\n"
            "/devstoreaccount1/devstoreaccount1/c/a");
}

TEST(AzureSignature, IsAnHmacInBase64) {
  HttpRequest request;
  SignAzure("me", "key", request);
  EXPECT_EQ(*request.FindHeader("Authorization"),
            "SharedKey me:" + Base64Encode(HmacSha256("key", AzureStringToSign("me", request))));
}

}  // namespace
}  // namespace laminar::storage
