#include "storage/aws_credentials.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.h"
#include "storage/http_for_test.h"

namespace laminar::storage {
namespace {

using testing::HasSubstr;

std::string MetadataBody(const std::string& id, const std::string& expiration) {
  return R"({"Code":"Success","AccessKeyId":")" + id +
         R"(","SecretAccessKey":"s","Token":"t","Expiration":")" + expiration + "\"}";
}

std::string StsBody(const std::string& action) {
  return "<" + action + "Response><" + action +
         "Result><Credentials><AccessKeyId>STSID</AccessKeyId><SecretAccessKey>s</SecretAccessKey>"
         "<SessionToken>t</SessionToken><Expiration>2013-05-24T01:00:00Z</Expiration>"
         "</Credentials></" +
         action + "Result></" + action + "Response>";
}

class AwsCredentialsTest : public testing::Test {
 protected:
  AwsCredentialsTest() : folder_(base::MakeTemporaryFolder("laminar-aws-test").value()) {}
  ~AwsCredentialsTest() override { (void)base::RemoveAll(folder_); }

  std::string Write(const std::string& name, const std::string& text) {
    const std::string path = base::JoinPath(folder_, name);
    EXPECT_TRUE(base::WriteWholeFile(path, text).ok());
    return path;
  }

  absl::StatusOr<ExpiringAwsCredentials::Fetched> Fetch(
      std::map<std::string, std::string> settings,
      std::map<std::string, std::string> environment) {
    const Settings all = SettingsOf(std::move(settings), std::move(environment));
    const auto caller = scripted_.parts.MakeCaller();
    const auto metadata_caller = scripted_.parts.MakeMetadataCaller();
    return FetchAwsCredentials(
        {&all, caller.get(), metadata_caller.get(), scripted_.clock.get(), "eu-west-1"});
  }

  std::string IdOf(std::map<std::string, std::string> settings,
                   std::map<std::string, std::string> environment) {
    const auto fetched = Fetch(std::move(settings), std::move(environment));
    return fetched.ok() ? fetched->value.access_key_id
                        : std::string(base::FromAbsl(fetched.status().message()));
  }

  ScriptedTransport& transport() { return *scripted_.transport; }

  std::string folder_;
  ScriptedParts scripted_;
};

TEST_F(AwsCredentialsTest, SettingsComeBeforeTheEnvironment) {
  const std::map<std::string, std::string> environment = {{"AWS_ACCESS_KEY_ID", "ENVID"},
                                                          {"AWS_SECRET_ACCESS_KEY", "s"}};
  EXPECT_EQ(IdOf({{"aws_access_key_id", "SETID"}, {"aws_secret_access_key", "s"}}, environment),
            "SETID");
  EXPECT_EQ(IdOf({}, environment), "ENVID");
}

TEST_F(AwsCredentialsTest, HalfOfAKeyIsNamed) {
  EXPECT_THAT(IdOf({}, {{"AWS_ACCESS_KEY_ID", "ENVID"}}), HasSubstr("half given: environment"));
  EXPECT_THAT(IdOf({{"secret_access_key", "hushhush"}}, {}), testing::Not(HasSubstr("hushhush")));
}

TEST_F(AwsCredentialsTest, ReadsProfiles) {
  const std::string keys = Write("credentials",
                                 "# comment\n[default]\naws_access_key_id=DEFID\n"
                                 "aws_secret_access_key = s\n\n[other]\n"
                                 "aws_access_key_id = OTHERID\naws_secret_access_key = s\n");
  EXPECT_EQ(IdOf({}, {{"AWS_SHARED_CREDENTIALS_FILE", keys}}), "DEFID");
  EXPECT_EQ(IdOf({}, {{"AWS_SHARED_CREDENTIALS_FILE", keys}, {"AWS_PROFILE", "other"}}), "OTHERID");
  EXPECT_EQ(IdOf({{"profile", "other"}}, {{"AWS_SHARED_CREDENTIALS_FILE", keys}}), "OTHERID");
  EXPECT_THAT(IdOf({{"profile", "none"}}, {{"AWS_SHARED_CREDENTIALS_FILE", keys}}),
              HasSubstr("no such AWS profile: none"));
  ASSERT_TRUE(base::MakeFolders(base::JoinPath(folder_, ".aws")).ok());
  Write(".aws/config", "[profile mine]\naws_access_key_id=CONFID\naws_secret_access_key=s\n");
  EXPECT_EQ(IdOf({}, {{"HOME", folder_}, {"AWS_PROFILE", "mine"}}), "CONFID");
}

TEST_F(AwsCredentialsTest, AssumesARoleByWebIdentity) {
  const std::string token = Write("token", "web token\n");
  transport().Answer(200, StsBody("AssumeRoleWithWebIdentity"));
  const auto fetched = Fetch(
      {}, {{"AWS_WEB_IDENTITY_TOKEN_FILE", token}, {"AWS_ROLE_ARN", "arn:aws:iam::1:role/r"}});
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->value, (AwsCredentials{"STSID", "s", "t"}));
  EXPECT_EQ(fetched->expires->micros, 1'369'357'200'000'000);
  const auto& sent = transport().sent().at(0);
  EXPECT_EQ(sent.url, "https://sts.eu-west-1.amazonaws.com/");
  EXPECT_THAT(sent.body, HasSubstr("Action=AssumeRoleWithWebIdentity"));
  EXPECT_THAT(sent.body, HasSubstr("WebIdentityToken=web%20token"));
  EXPECT_EQ(sent.header("authorization"), "");
}

TEST_F(AwsCredentialsTest, AssumesARoleByTheKeysOfAnotherProfile) {
  const std::string config =
      Write("config",
            "[profile base]\naws_access_key_id=BASEID\naws_secret_access_key=s\n"
            "[profile role]\nrole_arn=arn:r\nsource_profile=base\nexternal_id=e1\n");
  transport().Answer(200, StsBody("AssumeRole"));
  EXPECT_EQ(IdOf({}, {{"AWS_CONFIG_FILE", config}, {"AWS_PROFILE", "role"}}), "STSID");
  EXPECT_THAT(transport().sent().at(0).body, HasSubstr("ExternalId=e1"));
  EXPECT_THAT(transport().sent().at(0).header("authorization"),
              HasSubstr("BASEID/20130524/eu-west-1/sts/"));
}

TEST_F(AwsCredentialsTest, NamesProfilesThatNeedMore) {
  const std::string config = Write("config", "[default]\ncredential_process = tool\n");
  EXPECT_THAT(IdOf({}, {{"AWS_CONFIG_FILE", config}}), HasSubstr("credential_process"));
}

TEST_F(AwsCredentialsTest, AsksTheContainersService) {
  transport().Answer(200, MetadataBody("ECSID", "2013-05-24T01:00:00Z"));
  EXPECT_EQ(IdOf({}, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/creds/1"}}), "ECSID");
  EXPECT_EQ(transport().sent().at(0).url, "http://169.254.170.2/v2/creds/1");
  const std::string token = Write("token", "pod token\n");
  transport().Answer(200, MetadataBody("EKSID", "2013-05-24T01:00:00Z"));
  EXPECT_EQ(
      IdOf({}, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://169.254.170.23/v1/credentials"},
                {"AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE", token}}),
      "EKSID");
  EXPECT_EQ(transport().sent().at(1).header("authorization"), "pod token");
}

TEST_F(AwsCredentialsTest, AsksTheContainersServiceWithTheQueryOfItsUrl) {
  transport().Answer(200, MetadataBody("ECSID", "2013-05-24T01:00:00Z"));
  EXPECT_EQ(IdOf({}, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/v2/creds?id=a%2Fb&x"}}),
            "ECSID");
  EXPECT_EQ(transport().sent().at(0).url, "http://169.254.170.2/v2/creds?id=a%2Fb&x=");
}

TEST_F(AwsCredentialsTest, HandsTokensToThisMachineOnly) {
  for (const std::string host :
       {"evil.example.com", "127.evil.example.com", "localhost.evil.example.com",
        "169.254.170.2.evil.example.com", "127.0.0.1.", "127.0.0.256", "[::1].evil.example.com"}) {
    EXPECT_THAT(IdOf({}, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://" + host + "/c"}}),
                HasSubstr("on this machine"))
        << host;
  }
  for (const std::string host : {"localhost", "localhost:80", "127.0.0.1:8080", "127.1.2.3",
                                 "169.254.170.2", "169.254.170.23:80", "[::1]:80"}) {
    transport().Answer(200, MetadataBody("ECSID", "2013-05-24T01:00:00Z"));
    EXPECT_EQ(IdOf({}, {{"AWS_CONTAINER_CREDENTIALS_FULL_URI", "http://" + host + "/c"}}), "ECSID")
        << host;
  }
}

TEST_F(AwsCredentialsTest, RepeatsNoSecretOfAnEndpoint) {
  const std::string token = Write("token", "web token");
  transport().Answer(403,
                     "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>");
  EXPECT_THAT(IdOf({{"sts_endpoint", "https://sts.example.com/?key=hushhush"}},
                   {{"AWS_WEB_IDENTITY_TOKEN_FILE", token}, {"AWS_ROLE_ARN", "arn:r"}}),
              testing::AllOf(HasSubstr("sts.example.com"), testing::Not(HasSubstr("hushhush"))));
}

TEST_F(AwsCredentialsTest, AsksTheInstanceByASessionToken) {
  transport().Answer(200, "session");
  transport().Answer(200, "my-role\n");
  transport().Answer(200, MetadataBody("EC2ID", "2013-05-24T01:00:00Z"));
  const auto fetched = Fetch({}, {});
  ASSERT_TRUE(fetched.ok()) << fetched.status();
  EXPECT_EQ(fetched->value.access_key_id, "EC2ID");
  EXPECT_EQ(transport().sent().at(0).method, "PUT");
  EXPECT_TRUE(transport().sent().at(0).direct) << "no proxy hears of it";
  EXPECT_EQ(transport().sent().at(2).url,
            "http://169.254.169.254/latest/meta-data/iam/security-credentials/my-role");
  EXPECT_EQ(transport().sent().at(2).header("x-aws-ec2-metadata-token"), "session");
}

TEST_F(AwsCredentialsTest, NamesAllSourcesWhenThereIsNone) {
  EXPECT_THAT(IdOf({}, {{"AWS_EC2_METADATA_DISABLED", "true"}}), HasSubstr("AWS_ACCESS_KEY_ID"));
  transport().Otherwise(
      [](const HttpRequest&) { return HttpResult::NotSent(base::Unavailable("no route")); });
  EXPECT_EQ(Fetch({}, {}).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(AwsCredentialsTest, DoesNotGoOnWhenAServiceThatIsNamedFails) {
  transport().Otherwise([](const HttpRequest&) { return HttpResult::Answered({500, {}, ""}); });
  EXPECT_EQ(Fetch({}, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/x"}}).status().code(),
            absl::StatusCode::kUnavailable);
}

TEST_F(AwsCredentialsTest, AStoreRenewsCredentialsAheadOfTheirEnd) {
  transport().Answer(200, MetadataBody("FIRST", "2013-05-24T01:00:00Z"));
  transport().Answer(200);
  const auto store =
      scripted_.Open("s3://bucket", {}, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c"}});
  EXPECT_TRUE(store->Put("a", "x").applied());
  transport().Answer(200);
  EXPECT_TRUE(store->Put("a", "x").applied());
  EXPECT_EQ(transport().sent().size(), 3U) << "they are kept";
  scripted_.clock->Advance(int64_t{56} * 60 * 1'000'000'000);
  transport().Answer(200, MetadataBody("SECOND", "2013-05-24T02:00:00Z"));
  transport().Answer(200);
  EXPECT_TRUE(store->Put("a", "x").applied());
  EXPECT_THAT(transport().sent().at(4).header("authorization"), HasSubstr("SECOND"));
}

TEST_F(AwsCredentialsTest, AStoreFetchesOthersWhenTheyHaveExpiredEarly) {
  transport().Answer(200, MetadataBody("FIRST", "2013-05-24T01:00:00Z"));
  transport().Answer(400, "<Error><Code>ExpiredToken</Code></Error>");
  transport().Answer(200, MetadataBody("SECOND", "2013-05-24T01:00:00Z"));
  transport().Answer(200);
  const auto store =
      scripted_.Open("s3://bucket", {}, {{"AWS_CONTAINER_CREDENTIALS_RELATIVE_URI", "/c"}});
  EXPECT_TRUE(store->Put("a", "x").applied());
  EXPECT_THAT(transport().sent().at(3).header("authorization"), HasSubstr("SECOND"));
}

}  // namespace
}  // namespace laminar::storage
