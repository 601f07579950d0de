#include "storage/aws_signature.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "storage/digest.h"
#include "storage/text.h"
#include "storage/time_text.h"

namespace laminar::storage {
namespace {

// The names that the two forms differ by.
struct Names {
  std::string algorithm;
  std::string key_prefix;
  std::string header_prefix;
  std::string terminator;
};

Names NamesOf(const AwsScope& scope) {
  return scope.is_google ? Names{"GOOG4-HMAC-SHA256", "GOOG4", "x-goog-", "goog4_request"}
                         : Names{"AWS4-HMAC-SHA256", "AWS4", "x-amz-", "aws4_request"};
}

std::string SigningKey(const AwsCredentials& credentials,
                       const AwsScope& scope,
                       const Names& names,
                       std::string_view date) {
  std::string key = HmacSha256(names.key_prefix + credentials.secret_access_key, date);
  key = HmacSha256(key, scope.region);
  key = HmacSha256(key, scope.service);
  return HmacSha256(key, names.terminator);
}

}  // namespace

std::string CanonicalQuery(const HttpRequest& request) {
  std::vector<std::pair<std::string, std::string>> pairs;
  for (const auto& [name, value] : request.query) {
    pairs.emplace_back(PercentEncode(name), PercentEncode(value));
  }
  std::sort(pairs.begin(), pairs.end());
  std::string text;
  for (const auto& [name, value] : pairs) {
    text += (text.empty() ? "" : "&") + name + "=" + value;
  }
  return text;
}

void SignAws(const AwsCredentials& credentials,
             const AwsScope& scope,
             base::WallTime now,
             HttpRequest& request) {
  const Names names = NamesOf(scope);
  const std::string time = BasicTime(now);
  const std::string date = time.substr(0, 8);
  const std::string body_hash = HexEncode(Sha256(request.body));
  request.SetHeader(names.header_prefix + "date", time);
  request.SetHeader(names.header_prefix + "content-sha256", body_hash);
  if (!credentials.session_token.empty()) {
    request.SetHeader(names.header_prefix + "security-token", credentials.session_token);
  }
  std::map<std::string, std::string> headers = {{"host", request.host}};
  for (const auto& [name, value] : request.headers) {
    headers[ToLower(name)] = std::string(Trim(value));
  }
  std::string canonical_headers;
  std::string signed_headers;
  for (const auto& [name, value] : headers) {
    canonical_headers += name + ":" + value + "\n";
    signed_headers += (signed_headers.empty() ? "" : ";") + name;
  }
  const std::string canonical = request.method + "\n" + request.path + "\n" +
                                CanonicalQuery(request) + "\n" + canonical_headers + "\n" +
                                signed_headers + "\n" + body_hash;
  const std::string credential_scope =
      date + "/" + scope.region + "/" + scope.service + "/" + names.terminator;
  const std::string to_sign =
      names.algorithm + "\n" + time + "\n" + credential_scope + "\n" + HexEncode(Sha256(canonical));
  const std::string signature =
      HexEncode(HmacSha256(SigningKey(credentials, scope, names, date), to_sign));
  request.SetHeader("Authorization", names.algorithm + " Credential=" + credentials.access_key_id +
                                         "/" + credential_scope + ",SignedHeaders=" +
                                         signed_headers + ",Signature=" + signature);
}

}  // namespace laminar::storage
