// The S3 store over scripted answers: what it asks, and what it makes of each kind of answer.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "storage/http_for_test.h"
#include "storage/object_store_contract_for_test.h"
#include "storage/s3_protocol.h"

namespace laminar::storage {
namespace {

using State = base::Outcome::State;
using testing::HasSubstr;
using testing::Not;

const std::map<std::string, std::string> kKeys = {{"access_key_id", "AKID"},
                                                  {"secret_access_key", "hushhush"},
                                                  {"region", "eu-west-1"}};

std::string ErrorBody(const std::string& code, const std::string& more = "") {
  return "<?xml version=\"1.0\"?><Error><Code>" + code + "</Code><Message>words</Message>" + more +
         "</Error>";
}

std::string Message(const absl::Status& status) {
  return std::string(base::FromAbsl(status.message()));
}

class S3StoreTest : public testing::Test {
 protected:
  ScriptedTransport& transport() { return *scripted_.transport; }
  const ScriptedTransport::Sent& sent(size_t i) { return transport().sent().at(i); }

  ScriptedParts scripted_;
  std::unique_ptr<ObjectStore> store_ = scripted_.Open("s3://bucket/folder", kKeys);
};

TEST_F(S3StoreTest, AsksTheBucketsHostOfItsRegion) {
  transport().Answer(200);
  EXPECT_TRUE(store_->Put("a/b=c", "bytes").applied());
  EXPECT_EQ(sent(0).method, "PUT");
  EXPECT_EQ(sent(0).url, "https://bucket.s3.eu-west-1.amazonaws.com/folder/a/b%3Dc");
  EXPECT_EQ(sent(0).body, "bytes");
  EXPECT_THAT(sent(0).header("authorization"), HasSubstr("AKID/20130524/eu-west-1/s3/"));
  EXPECT_EQ(sent(0).header("if-none-match"), "");
}

TEST_F(S3StoreTest, AsksByPathWhereTheBucketHasDotsOrTheServerIsNotAmazons) {
  transport().Otherwise([](const HttpRequest&) { return HttpResult::Answered({200, {}, ""}); });
  EXPECT_TRUE(scripted_.Open("s3://dotted.bucket", kKeys)->Put("a", "").applied());
  EXPECT_EQ(sent(0).url, "https://s3.eu-west-1.amazonaws.com/dotted.bucket/a");
  EXPECT_TRUE(scripted_.Open("s3::http://minio:9000/bucket/k", kKeys)->Put("a", "").applied());
  EXPECT_EQ(sent(1).url, "http://minio:9000/bucket/k/a");
  auto settings = kKeys;
  settings["endpoint"] = "https://store.example.com";
  settings["path_style"] = "false";
  EXPECT_TRUE(scripted_.Open("s3://bucket", settings)->Put("a", "").applied());
  EXPECT_EQ(sent(2).url, "https://bucket.store.example.com/a");
  EXPECT_TRUE(scripted_.Open("s3://bucket", kKeys, {{"AWS_ENDPOINT_URL", "http://here:1"}})
                  ->Put("a", "")
                  .applied());
  EXPECT_EQ(sent(3).url, "http://here:1/bucket/a");
  EXPECT_TRUE(scripted_.Open("r2://bucket", kKeys, {{"CLOUDFLARE_ACCOUNT_ID", "Abc"}})
                  ->Put("a", "")
                  .applied());
  EXPECT_EQ(sent(4).url, "https://abc.r2.cloudflarestorage.com/bucket/a");
}

TEST_F(S3StoreTest, CreatesOnCondition) {
  transport().Answer(200);
  EXPECT_TRUE(store_->PutIfAbsent("log/1", "mine").applied());
  EXPECT_EQ(sent(0).header("if-none-match"), "*");
  EXPECT_THAT(sent(0).header("authorization"), HasSubstr("if-none-match"));
  transport().Answer(412, ErrorBody("PreconditionFailed"));
  const base::Outcome outcome = store_->PutIfAbsent("log/1", "mine");
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kAlreadyExists);
  EXPECT_EQ(transport().sent().size(), 2U) << "nothing was lost, so nothing is read back";
}

TEST_F(S3StoreTest, ACreateMeetsItsOwnFirstSuccess) {
  transport().Lose();
  transport().Answer(412, ErrorBody("PreconditionFailed"));
  transport().Answer(200, "mine");
  EXPECT_TRUE(store_->PutIfAbsent("log/1", "mine").applied());
}

TEST_F(S3StoreTest, ACreateFindsAnothersObjectAfterALostAnswer) {
  transport().Answer(500);
  transport().Answer(412);
  transport().Answer(200, "other");
  const base::Outcome outcome = store_->PutIfAbsent("log/1", "mine");
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_EQ(outcome.status().code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(S3StoreTest, ACreateThatCannotReadBackIsUnknown) {
  transport().Lose();
  transport().Answer(412);
  transport().Answer(403, ErrorBody("AccessDenied"));
  EXPECT_EQ(store_->PutIfAbsent("log/1", "mine").state(), State::kUnknown);
}

TEST_F(S3StoreTest, ACreateInARaceIsTriedAgain) {
  transport().Answer(409, ErrorBody("ConditionalRequestConflict"));
  transport().Answer(200);
  EXPECT_TRUE(store_->PutIfAbsent("log/1", "mine").applied());
}

TEST_F(S3StoreTest, ALostChangeIsUnknownAndARefusedOneIsNot) {
  transport().Otherwise(
      [](const HttpRequest&) { return HttpResult::NoAnswer(base::Unavailable("reset")); });
  EXPECT_EQ(store_->Put("a", "x").state(), State::kUnknown);
  EXPECT_EQ(store_->Delete("a").state(), State::kUnknown);
  transport().Otherwise(
      [](const HttpRequest&) { return HttpResult::NotSent(base::Unavailable("refused")); });
  EXPECT_EQ(store_->Put("a", "x").state(), State::kNotApplied);
  transport().Otherwise([](const HttpRequest&) {
    return HttpResult::Answered({403, {}, ErrorBody("AccessDenied")});
  });
  EXPECT_EQ(store_->Put("a", "x").state(), State::kNotApplied);
}

TEST_F(S3StoreTest, LearnsTheBucketsRegion) {
  transport().Answer(301, ErrorBody("PermanentRedirect"), {{"x-amz-bucket-region", "us-west-2"}});
  transport().Answer(200, "x");
  EXPECT_EQ(store_->Get("a").value_or("?"), "x");
  EXPECT_EQ(sent(1).url, "https://bucket.s3.us-west-2.amazonaws.com/folder/a");
  EXPECT_THAT(sent(1).header("authorization"), HasSubstr("/us-west-2/s3/"));
  transport().Answer(400, ErrorBody("AuthorizationHeaderMalformed", "<Region>eu-north-1</Region>"));
  transport().Answer(200, "x");
  EXPECT_EQ(store_->Get("a").value_or("?"), "x");
  EXPECT_THAT(sent(3).url, HasSubstr("eu-north-1"));
}

TEST_F(S3StoreTest, DoesNotGoWhereAnAnswerSendsIt) {
  transport().Answer(301, ErrorBody("PermanentRedirect"),
                     {{"x-amz-bucket-region", "evil.example.com/"}});
  EXPECT_FALSE(store_->Get("a").ok());
  EXPECT_EQ(transport().sent().size(), 1U);
}

TEST_F(S3StoreTest, NamesWhatIsWrongAndRepeatsNoSecret) {
  struct Refusal {
    int status;
    const char* code;
    absl::StatusCode expected;
    const char* text;
  };
  for (const Refusal& refusal : {
           Refusal{403, "RequestTimeTooSkewed", absl::StatusCode::kPermissionDenied,
                   "set the clock"},
           {403, "InvalidAccessKeyId", absl::StatusCode::kPermissionDenied, "access key"},
           {403, "SignatureDoesNotMatch", absl::StatusCode::kPermissionDenied, "secret"},
           {403, "AccessDenied", absl::StatusCode::kPermissionDenied, "allowed"},
           {404, "NoSuchKey", absl::StatusCode::kNotFound, "no such object"},
           {404, "NoSuchBucket", absl::StatusCode::kInvalidArgument, "create it"},
           {403, "QuotaExceeded", absl::StatusCode::kResourceExhausted, "quota"},
           {507, "XMinioStorageFull", absl::StatusCode::kResourceExhausted, "full"},
           {403, "InvalidObjectState", absl::StatusCode::kDataLoss, "archived"},
           {400, "SomethingNew", absl::StatusCode::kInvalidArgument, "SomethingNew"},
       }) {
    transport().Answer(refusal.status, ErrorBody(refusal.code));
    const absl::Status status = store_->Get("a").status();
    EXPECT_EQ(status.code(), refusal.expected) << refusal.code;
    EXPECT_THAT(Message(status), HasSubstr(refusal.text));
    EXPECT_THAT(Message(status), HasSubstr("s3://bucket/folder/a"));
    EXPECT_THAT(Message(status), Not(HasSubstr("hushhush")));
  }
}

TEST_F(S3StoreTest, ReadsRangesPiecewise) {
  transport().Answer(206, "345", {{"content-range", "bytes 3-5/10"}});
  EXPECT_EQ(store_->GetRange("a", 3, 3).value_or("?"), "345");
  EXPECT_EQ(sent(0).header("range"), "bytes=3-5");
  transport().Answer(416, ErrorBody("InvalidRange"));
  EXPECT_EQ(store_->GetRange("a", 30, 3).value_or("?"), "");
  transport().Answer(200, "0123456789");
  EXPECT_EQ(store_->GetRange("a", 3, 3).value_or("?"), "345") << "a store without ranges";
  transport().Answer(206, "3", {{"content-range", "bytes 3-5/10"}});
  EXPECT_EQ(store_->GetRange("a", 3, 3).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(S3StoreTest, ListsPageByPage) {
  transport().Answer(200,
                     "<ListBucketResult><IsTruncated>true</IsTruncated>"
                     "<NextContinuationToken>n+1/=</NextContinuationToken>"
                     "<Contents><Key>folder/log/2</Key><Size>20</Size></Contents>"
                     "<Contents><Key>folder/log/a name</Key><Size>1</Size></Contents>"
                     "</ListBucketResult>");
  transport().Answer(200,
                     "<ListBucketResult><IsTruncated>false</IsTruncated>"
                     "<Contents><Key>folder/log/1</Key><Size>10</Size></Contents>"
                     "</ListBucketResult>");
  const auto listed = store_->List("log/");
  ASSERT_TRUE(listed.ok()) << listed.status();
  EXPECT_EQ(*listed, (std::vector<ObjectInfo>{{"log/1", 10}, {"log/2", 20}}));
  EXPECT_THAT(sent(0).url, HasSubstr("prefix=folder%2Flog%2F"));
  EXPECT_THAT(sent(1).url, HasSubstr("continuation-token=n%2B1%2F%3D"));
}

TEST_F(S3StoreTest, DoesNotTakeABrokenListingForAnEmptyOne) {
  for (const char* body : {"", "<html/>", "<ListBucketResult>", "{}",
                           "<ListBucketResult><IsTruncated>true</IsTruncated></ListBucketResult>",
                           "<ListBucketResult><Contents><Key>folder/a</Key><Size>x</Size>"
                           "</Contents></ListBucketResult>"}) {
    transport().Answer(200, body);
    EXPECT_EQ(store_->List("").status().code(), absl::StatusCode::kUnavailable) << body;
  }
}

class S3UploadTest : public S3StoreTest {
 protected:
  S3UploadTest() : folder_(base::MakeTemporaryFolder("laminar-s3-upload-test").value()) {
    EXPECT_TRUE(base::WriteWholeFile(file_, PatternBytes((size_t{11} << 20) + 5)).ok());
  }
  ~S3UploadTest() override { (void)base::RemoveAll(folder_); }

  void AnswerBegin() {
    transport().Answer(200,
                       "<InitiateMultipartUploadResult><UploadId>u1</UploadId>"
                       "</InitiateMultipartUploadResult>");
  }
  void AnswerParts() {
    for (const char* etag : {"\"e1\"", "\"e2\"", "\"e3\""}) {
      transport().Answer(200, "", {{"etag", etag}});
    }
  }

  std::string folder_;
  std::string file_ = base::JoinPath(folder_, "file");
};

TEST_F(S3UploadTest, SendsALargeFileInParts) {
  AnswerBegin();
  AnswerParts();
  transport().Answer(200,
                     "<CompleteMultipartUploadResult><ETag>x-3</ETag>"
                     "</CompleteMultipartUploadResult>");
  EXPECT_TRUE(store_->PutFile("a", file_).applied());
  EXPECT_THAT(sent(0).url, testing::EndsWith("/folder/a?uploads="));
  EXPECT_THAT(sent(2).url, HasSubstr("partNumber=2&uploadId=u1"));
  EXPECT_EQ(sent(1).body.size() + sent(2).body.size() + sent(3).body.size(),
            (size_t{11} << 20) + 5);
  EXPECT_THAT(sent(4).body, HasSubstr("<PartNumber>3</PartNumber><ETag>&quot;e3&quot;</ETag>"));
}

TEST_F(S3UploadTest, AbortsAnUploadWhosePartIsRefused) {
  AnswerBegin();
  transport().Answer(200, "", {{"etag", "e1"}});
  transport().Answer(403, ErrorBody("AccessDenied"));
  transport().Answer(204);
  const base::Outcome outcome = store_->PutFile("a", file_);
  EXPECT_EQ(outcome.state(), State::kNotApplied);
  EXPECT_EQ(sent(3).method, "DELETE");
  EXPECT_THAT(sent(3).url, HasSubstr("uploadId=u1"));
}

TEST_F(S3UploadTest, A200WithAnErrorInsideIsNoSuccess) {
  AnswerBegin();
  AnswerParts();
  transport().Answer(200, ErrorBody("InternalError"));
  transport().Answer(200, "<CompleteMultipartUploadResult/>");
  EXPECT_TRUE(store_->PutFile("a", file_).applied());
  EXPECT_EQ(transport().sent().size(), 6U);
}

TEST_F(S3UploadTest, KnowsACompletionWhoseAnswerWasLost) {
  AnswerBegin();
  AnswerParts();
  transport().Lose();
  transport().Answer(404, ErrorBody("NoSuchUpload"));
  transport().Answer(206, "x", {{"content-range", "bytes 0-0/11534341"}, {"etag", "\"abc-3\""}});
  EXPECT_TRUE(store_->PutFile("a", file_).applied());
}

TEST_F(S3UploadTest, AnotherObjectAfterALostCompletionIsUnknown) {
  AnswerBegin();
  AnswerParts();
  transport().Lose();
  transport().Answer(404, ErrorBody("NoSuchUpload"));
  transport().Answer(206, "x", {{"content-range", "bytes 0-0/7"}, {"etag", "\"abc\""}});
  EXPECT_EQ(store_->PutFile("a", file_).state(), State::kUnknown);
}

TEST_F(S3UploadTest, ACompletionThatIsRefusedIsAborted) {
  AnswerBegin();
  AnswerParts();
  transport().Answer(400, ErrorBody("InvalidPart"));
  transport().Answer(204);
  EXPECT_EQ(store_->PutFile("a", file_).state(), State::kNotApplied);
  EXPECT_EQ(sent(5).method, "DELETE");
}

TEST_F(S3UploadTest, EndsUploadsThatNobodyFinished) {
  transport().Answer(200,
                     "<ListMultipartUploadsResult><IsTruncated>true</IsTruncated>"
                     "<Upload><Key>folder/data/g1/a</Key><UploadId>u1</UploadId></Upload>"
                     "<Upload><Key>folder/data/g1/b</Key><UploadId>u2</UploadId></Upload>"
                     "</ListMultipartUploadsResult>");
  transport().Answer(204);
  transport().Answer(404, ErrorBody("NoSuchUpload"));
  transport().Answer(200, "<ListMultipartUploadsResult/>");
  const absl::Status removed = store_->RemoveUnfinished("data/g1/");
  EXPECT_TRUE(removed.ok()) << removed;
  EXPECT_THAT(sent(0).url, testing::EndsWith("/?uploads=&prefix=folder%2Fdata%2Fg1%2F"));
  EXPECT_EQ(sent(1).method, "DELETE");
  EXPECT_THAT(sent(1).url, testing::EndsWith("/folder/data/g1/a?uploadId=u1"));
  transport().Answer(200, "");
  EXPECT_FALSE(store_->RemoveUnfinished("").ok());
}

TEST_F(S3StoreTest, SomebodyElses404IsNoMissingObject) {
  for (const char* body : {"", "<html>404</html>", "not found"}) {
    transport().Answer(404, body);
    EXPECT_EQ(store_->Get("a").status().code(), absl::StatusCode::kUnavailable) << body;
    transport().Answer(404, body);
    EXPECT_EQ(store_->Head("a").status().code(), absl::StatusCode::kUnavailable) << body;
    transport().Answer(404, body);
    EXPECT_EQ(store_->Delete("a").state(), State::kNotApplied) << body;
  }
}

TEST_F(S3StoreTest, ADeletionWhoseAnswerWasLostIsUnknownToWhoeverIsRefusedLater) {
  transport().Lose();
  transport().Answer(404, "<html>404</html>");
  EXPECT_EQ(store_->Delete("a").state(), State::kUnknown);
  transport().Lose();
  transport().Answer(404, ErrorBody("NoSuchKey"));
  EXPECT_TRUE(store_->Delete("a").applied());
}

TEST_F(S3StoreTest, MissingCredentialsAreNoMissingObject) {
  const auto store = scripted_.Open(
      "s3://bucket", {},
      {{"AWS_WEB_IDENTITY_TOKEN_FILE", "/nonexistent/token"}, {"AWS_ROLE_ARN", "arn:r"}});
  const absl::Status status = store->Get("a").status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(Message(status), HasSubstr("/nonexistent/token"));
  EXPECT_EQ(store->Delete("a").state(), State::kNotApplied);
  EXPECT_EQ(store->PutIfAbsent("a", "x").status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(S3StoreTest, AFolderThatIsMissingHereIsNoMissingObject) {
  transport().Answer(206, "x", {{"content-range", "bytes 0-0/1"}});
  EXPECT_EQ(store_->GetFile("a", "/nonexistent/folder/file").code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(OpenS3, RefusesWrongSettings) {
  ScriptedParts scripted;
  const auto status = [&](std::map<std::string, std::string> settings,
                          std::map<std::string, std::string> environment = {}) {
    return Message(
        scripted.TryOpen("r2://bucket", std::move(settings), std::move(environment)).status());
  };
  EXPECT_THAT(status({}), HasSubstr("CLOUDFLARE_ACCOUNT_ID"));
  EXPECT_THAT(status({{"colour", "red"}}), HasSubstr("there are region"));
  EXPECT_THAT(status({{"account_id", "a"}, {"path_style", "maybe"}}), HasSubstr("true or false"));
  EXPECT_THAT(status({{"endpoint", "ftp://x"}}), HasSubstr("https://HOST"));
}

TEST(OpenS3, GoesWithoutCredentialsWhereThatIsAsked) {
  ScriptedParts scripted;
  scripted.transport->Answer(200, "x");
  const auto store = scripted.Open("s3://bucket", {{"anonymous", "true"}});
  EXPECT_EQ(store->Get("a").value_or("?"), "x");
  EXPECT_EQ(scripted.transport->sent().at(0).header("authorization"), "");
}

}  // namespace
}  // namespace laminar::storage
