// The Google store over scripted answers, and where its tokens come from.
#include <memory>

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nlohmann/json.hpp>
#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/file.h"
#include "storage/digest.h"
#include "storage/google_credentials.h"
#include "storage/http_for_test.h"
#include "storage/object_store_contract_for_test.h"
#include "storage/text.h"

namespace laminar::storage {
namespace {

using State = base::Outcome::State;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

constexpr char kTokenBody[] = R"({"access_token":"tok1","expires_in":3600,"token_type":"Bearer"})";

std::string Message(const absl::Status& status) {
  return std::string(base::FromAbsl(status.message()));
}

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

const Key& TestKey() {
  static const Key key(EVP_RSA_gen(2048), EVP_PKEY_free);
  return key;
}

std::string KeyJson() {
  const std::unique_ptr<BIO, decltype(&BIO_free)> memory(BIO_new(BIO_s_mem()), BIO_free);
  PEM_write_bio_PrivateKey(memory.get(), TestKey().get(), nullptr, nullptr, 0, nullptr, nullptr);
  char* data = nullptr;
  const long size = BIO_get_mem_data(memory.get(), &data);
  return nlohmann::json{{"type", "service_account"},
                        {"client_email", "me@project.iam.gserviceaccount.com"},
                        {"private_key_id", "k1"},
                        {"private_key", std::string(data, static_cast<size_t>(size))},
                        {"token_uri", "https://oauth2.googleapis.com/token"}}
      .dump();
}

std::string UrlDecoded(std::string text) {
  for (char& c : text) {
    c = c == '-' ? '+' : c == '_' ? '/' : c;
  }
  return Base64Decode(text).value_or("");
}

bool IsSignedByTestKey(std::string_view bytes, const std::string& signature) {
  const std::unique_ptr<EVP_MD_CTX, decltype(&EVP_MD_CTX_free)> context(EVP_MD_CTX_new(),
                                                                        EVP_MD_CTX_free);
  return EVP_DigestVerifyInit(context.get(), nullptr, EVP_sha256(), nullptr, TestKey().get()) ==
             1 &&
         EVP_DigestVerify(context.get(), reinterpret_cast<const unsigned char*>(signature.data()),
                          signature.size(), reinterpret_cast<const unsigned char*>(bytes.data()),
                          bytes.size()) == 1;
}

TEST(GoogleCredentials, ClaimsByAJwtThatIsSigned) {
  const auto claim = ServiceAccountClaim(KeyJson(), {1'369'353'600'000'000});
  ASSERT_TRUE(claim.ok()) << claim.status();
  const auto parts = SplitText(*claim, '.');
  ASSERT_EQ(parts.size(), 3U);
  const auto header = nlohmann::json::parse(UrlDecoded(std::string(parts[0])));
  const auto claims = nlohmann::json::parse(UrlDecoded(std::string(parts[1])));
  EXPECT_EQ(header["alg"], "RS256");
  EXPECT_EQ(header["kid"], "k1");
  EXPECT_EQ(claims["iss"], "me@project.iam.gserviceaccount.com");
  EXPECT_EQ(claims["aud"], "https://oauth2.googleapis.com/token");
  EXPECT_EQ(claims["iat"], 1'369'353'600);
  EXPECT_EQ(claims["exp"], 1'369'357'200);
  EXPECT_TRUE(
      IsSignedByTestKey(claim->substr(0, claim->rfind('.')), UrlDecoded(std::string(parts[2]))));
}

TEST(GoogleCredentials, ReadsTokensAndRefusesOtherAnswers) {
  const auto fetched = ReadTokenAnswer(kTokenBody, {0});
  ASSERT_TRUE(fetched.ok());
  EXPECT_EQ(fetched->value, "tok1");
  EXPECT_EQ(fetched->expires->micros, 3'600'000'000);
  EXPECT_EQ(ReadTokenAnswer(R"({"access_token":"a","expires_in":"60"})", {0})->expires->micros,
            60'000'000);
  for (const char* body : {"", "{}", "[]", R"({"access_token":7})", R"({"access_token":""})",
                           R"({"access_token":"a\r\nX: y"})"}) {
    EXPECT_FALSE(ReadTokenAnswer(body, {0}).ok()) << body;
  }
}

class GcsStoreTest : public testing::Test {
 protected:
  GcsStoreTest() : folder_(base::MakeTemporaryFolder("laminar-gcs-test").value()) {}
  ~GcsStoreTest() override { (void)base::RemoveAll(folder_); }

  ScriptedTransport& transport() { return *scripted_.transport; }
  const ScriptedTransport::Sent& sent(size_t i) { return transport().sent().at(i); }
  std::unique_ptr<ObjectStore> OpenAnonymous() {
    return scripted_.Open("gs://bucket/folder", {{"anonymous", "true"}});
  }

  std::string folder_;
  ScriptedParts scripted_;
};

TEST_F(GcsStoreTest, FetchesATokenByItsServiceAccountAndKeepsIt) {
  transport().Answer(200, kTokenBody);
  transport().Answer(200);
  transport().Answer(200);
  const auto store = scripted_.Open("gs://bucket/folder", {{"service_account_key", KeyJson()}});
  EXPECT_TRUE(store->Put("a/b", "bytes").applied());
  EXPECT_TRUE(store->Put("a/c", "bytes").applied());
  EXPECT_EQ(sent(0).url, "https://oauth2.googleapis.com/token");
  EXPECT_THAT(sent(0).body, HasSubstr("grant_type=urn%3Aietf%3Aparams%3Aoauth%3Agrant-type%3A"));
  EXPECT_EQ(sent(1).url,
            "https://storage.googleapis.com/upload/storage/v1/b/bucket/o?uploadType=media&"
            "name=folder%2Fa%2Fb");
  EXPECT_EQ(sent(1).header("authorization"), "Bearer tok1");
  EXPECT_EQ(sent(2).header("authorization"), "Bearer tok1");
}

TEST_F(GcsStoreTest, TakesAUsersTokenAndTheMetadataServers) {
  const std::string file = base::JoinPath(folder_, "user.json");
  ASSERT_TRUE(base::WriteWholeFile(file, R"({"type":"authorized_user","client_id":"c",
      "client_secret":"s","refresh_token":"r"})")
                  .ok());
  transport().Answer(200, kTokenBody);
  transport().Answer(200, "x");
  auto store = scripted_.Open("gs://bucket", {}, {{"GOOGLE_APPLICATION_CREDENTIALS", file}});
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_THAT(sent(0).body, HasSubstr("grant_type=refresh_token"));
  transport().Answer(200, kTokenBody);
  transport().Answer(200, "x");
  store = scripted_.Open("gs://bucket", {});
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_THAT(sent(2).url, StartsWith("http://metadata.google.internal/computeMetadata/"));
  EXPECT_EQ(sent(2).header("metadata-flavor"), "Google");
}

TEST_F(GcsStoreTest, NamesWhatIsWrongWithAnIdentity) {
  const auto failure = [&](const std::string& key) {
    return Message(
        scripted_.Open("gs://bucket", {{"service_account_key", key}})->Get("a").status());
  };
  EXPECT_THAT(failure("{}"), HasSubstr("service_account"));
  EXPECT_THAT(failure(R"({"type":"external_account"})"), HasSubstr("external_account"));
  EXPECT_THAT(failure(R"({"type":"service_account","client_email":"e",
      "private_key":"hushhush"})"),
              Not(HasSubstr("hushhush")));
  transport().Answer(400, R"({"error":"invalid_grant","error_description":"Invalid JWT: Token "})");
  EXPECT_THAT(failure(KeyJson()), HasSubstr("clock"));
  EXPECT_THAT(Message(scripted_
                          .TryOpen("gs://bucket", {},
                                   {{"GOOGLE_APPLICATION_CREDENTIALS", folder_ + "/none.json"}})
                          .status()),
              HasSubstr("none.json"));
}

TEST_F(GcsStoreTest, FetchesAnotherTokenWhenOneIsRefused) {
  transport().Answer(200, kTokenBody);
  transport().Answer(401);
  transport().Answer(200, R"({"access_token":"tok2","expires_in":3600})");
  transport().Answer(200, "x");
  const auto store = scripted_.Open("gs://bucket", {{"service_account_key", KeyJson()}});
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_EQ(sent(3).header("authorization"), "Bearer tok2");
}

TEST_F(GcsStoreTest, CreatesOnCondition) {
  transport().Answer(200);
  const auto store = OpenAnonymous();
  EXPECT_TRUE(store->PutIfAbsent("log/1", "mine").applied());
  EXPECT_THAT(sent(0).url, EndsWith("&ifGenerationMatch=0"));
  EXPECT_THAT(sent(0).body, HasSubstr("\r\n\r\nmine\r\n--"));
  transport().Answer(412, R"({"error":{"code":412,"message":"conditionNotMet"}})");
  EXPECT_EQ(store->PutIfAbsent("log/1", "mine").status().code(), absl::StatusCode::kAlreadyExists);
  transport().Lose();
  transport().Answer(412);
  transport().Answer(200, "mine");
  EXPECT_TRUE(store->PutIfAbsent("log/1", "mine").applied());
}

TEST_F(GcsStoreTest, SpeaksByHmacKeysToTheOtherInterface) {
  transport().Answer(200);
  const auto store =
      scripted_.Open("gs://bucket/folder", {},
                     {{"GOOGLE_HMAC_ACCESS_ID", "GOOGID"}, {"GOOGLE_HMAC_SECRET", "hushhush"}});
  EXPECT_TRUE(store->PutIfAbsent("log/1", "mine").applied());
  EXPECT_EQ(sent(0).url, "https://storage.googleapis.com/bucket/folder/log/1");
  EXPECT_EQ(sent(0).header("x-goog-if-generation-match"), "0");
  EXPECT_THAT(sent(0).header("authorization"), StartsWith("GOOG4-HMAC-SHA256 Credential=GOOGID/"));
}

TEST_F(GcsStoreTest, ListsPageByPage) {
  transport().Answer(200, R"({"items":[{"name":"folder/log/2","size":"20"}],
                              "nextPageToken":"next"})");
  transport().Answer(200, R"({"items":[{"name":"folder/log/1","size":"10"}]})");
  transport().Answer(200, "{}");
  const auto store = OpenAnonymous();
  EXPECT_EQ(store->List("log/").value(), (std::vector<ObjectInfo>{{"log/1", 10}, {"log/2", 20}}));
  EXPECT_THAT(sent(1).url, HasSubstr("pageToken=next"));
  EXPECT_TRUE(store->List("").value().empty());
  for (const char* body : {"", "[]", R"({"items":[7]})", R"({"items":[{"name":"folder/a"}]})"}) {
    transport().Answer(200, body);
    EXPECT_FALSE(store->List("").ok()) << body;
  }
}

TEST_F(GcsStoreTest, SendsALargeFileByAResumableUpload) {
  const std::string file = base::JoinPath(folder_, "file");
  const std::string bytes = PatternBytes((size_t{11} << 20) + 5);
  ASSERT_TRUE(base::WriteWholeFile(file, bytes).ok());
  constexpr char kSession[] =
      "https://storage.googleapis.com/upload/storage/v1/b/bucket/o?upload_id=u%2F1";
  transport().Answer(200, "", {{"location", kSession}});
  transport().Answer(308, "", {{"range", "bytes=0-5242879"}});
  transport().Lose();
  transport().Answer(308, "", {{"range", "bytes=0-10485759"}});
  transport().Answer(200);
  EXPECT_TRUE(OpenAnonymous()->PutFile("a", file).applied());
  EXPECT_EQ(sent(1).url, kSession);
  EXPECT_EQ(sent(1).header("content-range"), "bytes 0-5242879/11534341");
  EXPECT_EQ(sent(4).header("content-range"), "bytes 10485760-11534340/11534341");
  EXPECT_TRUE(sent(1).body + sent(3).body + sent(4).body == bytes);
}

TEST_F(GcsStoreTest, CancelsAnUploadThatFails) {
  const std::string file = base::JoinPath(folder_, "file");
  ASSERT_TRUE(base::WriteWholeFile(file, std::string(size_t{6} << 20, 'x')).ok());
  transport().Answer(200, "", {{"location", "/upload/session?upload_id=u1"}});
  transport().Answer(403);
  transport().Answer(499);
  EXPECT_EQ(OpenAnonymous()->PutFile("a", file).state(), State::kNotApplied);
  EXPECT_EQ(sent(2).method, "DELETE");
  EXPECT_THAT(sent(2).url, EndsWith("/upload/session?upload_id=u1"));
}

TEST_F(GcsStoreTest, GoesToAnEmulatorWithoutIdentity) {
  transport().Answer(200, "x");
  const auto store =
      scripted_.Open("gs://bucket", {}, {{"STORAGE_EMULATOR_HOST", "localhost:4443"}});
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_THAT(sent(0).url, StartsWith("http://localhost:4443/storage/v1/b/bucket/o/a"));
  EXPECT_EQ(sent(0).header("authorization"), "");
}

}  // namespace
}  // namespace laminar::storage
