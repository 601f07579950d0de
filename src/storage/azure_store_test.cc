// The Azure store over scripted answers, and who it speaks for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "storage/azure_credentials.h"
#include "storage/http_for_test.h"

namespace laminar::storage {
namespace {

using State = base::Outcome::State;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kUrl[] = "abfss://box@me.dfs.core.windows.net/folder";
constexpr char kTokenBody[] = R"({"access_token":"tok1","expires_in":"3600"})";

std::string Message(const absl::Status& status) {
  return std::string(base::FromAbsl(status.message()));
}

class AzureStoreTest : public testing::Test {
 protected:
  AzureStoreTest() : folder_(base::MakeTemporaryFolder("laminar-azure-test").value()) {}
  ~AzureStoreTest() override { (void)base::RemoveAll(folder_); }

  ScriptedTransport& transport() { return *scripted_.transport; }
  const ScriptedTransport::Sent& sent(size_t i) { return transport().sent().at(i); }
  std::unique_ptr<ObjectStore> OpenByKey() {
    return scripted_.Open(kUrl, {{"account_key", "a2V5"}});
  }

  std::string folder_;
  ScriptedParts scripted_;
};

TEST_F(AzureStoreTest, SignsByTheAccountsKey) {
  transport().Answer(201);
  EXPECT_TRUE(OpenByKey()->Put("a/b=c", "bytes").applied());
  EXPECT_EQ(sent(0).method, "PUT");
  EXPECT_EQ(sent(0).url, "https://me.blob.core.windows.net/box/folder/a/b%3Dc");
  EXPECT_EQ(sent(0).header("x-ms-blob-type"), "BlockBlob");
  EXPECT_EQ(sent(0).header("x-ms-date"), "Fri, 24 May 2013 00:00:00 GMT");
  EXPECT_THAT(sent(0).header("authorization"), StartsWith("SharedKey me:"));
}

TEST_F(AzureStoreTest, AddsASharedAccessSignature) {
  transport().Answer(200, "x");
  const auto store = scripted_.Open(kUrl, {}, {{"AZURE_STORAGE_SAS_TOKEN", "?sv=1&sig=a%2Bb%3D"}});
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_THAT(sent(0).url, EndsWith("/box/folder/a?sv=1&sig=a%2Bb%3D"));
  EXPECT_EQ(sent(0).header("authorization"), "");
  transport().Answer(403, "<Error><Code>AuthorizationPermissionMismatch</Code></Error>");
  const base::Outcome outcome = store->Put("a", "x");
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(Message(outcome.status()), Not(HasSubstr("sig=")));
}

TEST_F(AzureStoreTest, AsksTheMachinesIdentityAndKeepsItsToken) {
  transport().Answer(200, kTokenBody);
  transport().Answer(200, "x");
  transport().Answer(200, "x");
  const auto store = scripted_.Open(kUrl, {}, {{"AZURE_CLIENT_ID", "c1"}});
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_THAT(sent(0).url, StartsWith("http://169.254.169.254/metadata/identity/oauth2/token?"));
  EXPECT_THAT(sent(0).url, EndsWith("client_id=c1"));
  EXPECT_EQ(sent(0).header("metadata"), "true");
  EXPECT_EQ(sent(2).header("authorization"), "Bearer tok1");
}

TEST_F(AzureStoreTest, AsksForATokenAsAClient) {
  transport().Answer(200, kTokenBody);
  transport().Answer(200, "x");
  auto store = scripted_.Open(
      kUrl, {},
      {{"AZURE_CLIENT_ID", "c1"}, {"AZURE_TENANT_ID", "t1"}, {"AZURE_CLIENT_SECRET", "s1"}});
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_EQ(sent(0).url, "https://login.microsoftonline.com/t1/oauth2/v2.0/token");
  EXPECT_THAT(sent(0).body, HasSubstr("client_secret=s1"));
  const std::string file = base::JoinPath(folder_, "token");
  ASSERT_TRUE(base::WriteWholeFile(file, "federated\n").ok());
  transport().Answer(200, kTokenBody);
  transport().Answer(200, "x");
  store = scripted_.Open(
      kUrl, {},
      {{"AZURE_CLIENT_ID", "c1"}, {"AZURE_TENANT_ID", "t1"}, {"AZURE_FEDERATED_TOKEN_FILE", file}});
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_THAT(sent(2).body, HasSubstr("client_assertion=federated&"));
}

TEST_F(AzureStoreTest, NamesAllSourcesWhenThereIsNone) {
  transport().Otherwise(
      [](const HttpRequest&) { return HttpResult::NotSent(base::Unavailable("no route")); });
  const absl::Status status = scripted_.Open(kUrl, {})->Get("a").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(Message(status), HasSubstr("managed identity"));
}

TEST_F(AzureStoreTest, CreatesOnCondition) {
  const auto store = OpenByKey();
  transport().Answer(201);
  EXPECT_TRUE(store->PutIfAbsent("log/1", "mine").applied());
  EXPECT_EQ(sent(0).header("if-none-match"), "*");
  transport().Answer(409, "<Error><Code>BlobAlreadyExists</Code></Error>");
  EXPECT_EQ(store->PutIfAbsent("log/1", "mine").status().code(), absl::StatusCode::kAlreadyExists);
  transport().Lose();
  transport().Answer(409, "<Error><Code>BlobAlreadyExists</Code></Error>");
  transport().Answer(200, "mine");
  EXPECT_TRUE(store->PutIfAbsent("log/1", "mine").applied());
  transport().Answer(409, "<Error><Code>LeaseIdMissing</Code></Error>");
  EXPECT_NE(store->PutIfAbsent("log/1", "mine").status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(AzureStoreTest, NamesAClockThatIsWrong) {
  transport().Answer(403,
                     "<Error><Code>AuthenticationFailed</Code><Message>Request date header too "
                     "old: 'Fri'</Message></Error>");
  EXPECT_THAT(Message(OpenByKey()->Get("a").status()), HasSubstr("set the clock"));
}

TEST_F(AzureStoreTest, ListsPageByPageAndSkipsFolders) {
  transport().Answer(200,
                     "\xef\xbb\xbf<?xml version=\"1.0\"?><EnumerationResults><Blobs>"
                     "<Blob><Name>folder/log</Name><Properties><ResourceType>directory"
                     "</ResourceType><Content-Length>0</Content-Length></Properties></Blob>"
                     "<Blob><Name>folder/log/2</Name><Properties><Content-Length>20"
                     "</Content-Length></Properties></Blob></Blobs>"
                     "<NextMarker>m+1</NextMarker></EnumerationResults>");
  transport().Answer(200,
                     "<EnumerationResults><Blobs><Blob><Name>folder/log/1</Name><Properties>"
                     "<Content-Length>10</Content-Length></Properties></Blob></Blobs>"
                     "<NextMarker/></EnumerationResults>");
  EXPECT_EQ(OpenByKey()->List("log").value(),
            (std::vector<ObjectInfo>{{"log/1", 10}, {"log/2", 20}}));
  EXPECT_THAT(sent(1).url, HasSubstr("marker=m%2B1"));
}

TEST_F(AzureStoreTest, SendsALargeFileInBlocks) {
  const std::string file = base::JoinPath(folder_, "file");
  ASSERT_TRUE(base::WriteWholeFile(file, std::string((size_t{5} << 20) + 1, 'x')).ok());
  transport().Answer(201);
  transport().Answer(500);
  transport().Answer(201);
  transport().Answer(201);
  EXPECT_TRUE(OpenByKey()->PutFile("a", file).applied());
  EXPECT_THAT(sent(0).url, EndsWith("?comp=block&blockid=MDAwMDAwMDA%3D"));
  EXPECT_EQ(sent(2).body, "x");
  EXPECT_THAT(sent(3).url, EndsWith("?comp=blocklist"));
  EXPECT_THAT(sent(3).body,
              HasSubstr("<Latest>MDAwMDAwMDA=</Latest><Latest>MDAwMDAwMDE=</Latest>"));
}

TEST_F(AzureStoreTest, ABlockThatIsRefusedChangesNothing) {
  const std::string file = base::JoinPath(folder_, "file");
  ASSERT_TRUE(base::WriteWholeFile(file, std::string((size_t{5} << 20) + 1, 'x')).ok());
  transport().Answer(201);
  transport().Answer(403);
  EXPECT_EQ(OpenByKey()->PutFile("a", file).state(), State::kNotApplied);
}

TEST_F(AzureStoreTest, FindsItsEndpoint) {
  transport().Otherwise([](const HttpRequest&) { return HttpResult::Answered({200, {}, ""}); });
  const std::string connection =
      "DefaultEndpointsProtocol=http;AccountName=other;AccountKey=a2V5;"
      "BlobEndpoint=http://127.0.0.1:1/other;";
  (void)scripted_.Open("abfs://box", {{"connection_string", connection}})->Get("a");
  EXPECT_EQ(sent(0).url, "http://127.0.0.1:1/other/box/a");
  (void)scripted_.Open("abfs://box", {}, {{"AZURITE_BLOB_STORAGE_URL", "http://h:2/"}})->Get("a");
  EXPECT_EQ(sent(1).url, "http://h:2/devstoreaccount1/box/a");
  (void)scripted_.Open("abfs://box", {{"account_key", "a2V5"}}, {{"AZURE_STORAGE_ACCOUNT", "acc"}})
      ->Get("a");
  EXPECT_EQ(sent(2).url, "https://acc.blob.core.windows.net/box/a");
}

TEST_F(AzureStoreTest, RefusesWrongSettings) {
  const auto failure = [&](const char* url, std::map<std::string, std::string> settings) {
    return Message(scripted_.TryOpen(url, std::move(settings)).status());
  };
  EXPECT_THAT(failure("abfs://box", {}), HasSubstr("AZURE_STORAGE_ACCOUNT_NAME"));
  EXPECT_THAT(failure(kUrl, {{"account_key", "hushhush!"}}), Not(HasSubstr("hushhush")));
  EXPECT_THAT(failure(kUrl, {{"account_key", "hushhush!"}}), HasSubstr("Base64"));
  EXPECT_THAT(failure(kUrl, {{"sas_token", "sv=1"}}), HasSubstr("sig="));
  EXPECT_THAT(failure(kUrl, {{"connection_string", "AccountKey"}}), HasSubstr("NAME=VALUE"));
  EXPECT_THAT(failure(kUrl, {{"colour", "red"}}), HasSubstr("account_key"));
}

}  // namespace
}  // namespace laminar::storage
