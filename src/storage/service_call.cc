#include "storage/service_call.h"

#include <utility>

#include <nlohmann/json.hpp>

#include "storage/call_status.h"
#include "storage/store_url.h"

namespace laminar::storage {

absl::StatusOr<HttpRequest> RequestTo(std::string_view url, std::string_view what) {
  const size_t question = url.find('?');
  LAMINAR_ASSIGN_OR_RETURN(const Endpoint endpoint, ParseEndpoint(url.substr(0, question), what));
  HttpRequest request;
  request.scheme = endpoint.scheme;
  request.host = endpoint.host;
  request.path = endpoint.path.empty() ? "/" : endpoint.path;
  if (question != std::string_view::npos) {
    auto query = ParseQuery(url.substr(question + 1));
    if (!query.has_value()) {
      return base::InvalidArgument(std::string(what) +
                                   " has a query that cannot be understood: " + RedactUrl(url));
    }
    request.query = *std::move(query);
  }
  return request;
}

void PostForm(const HttpQuery& form, HttpRequest& request) {
  request.method = "POST";
  request.SetHeader("Content-Type", "application/x-www-form-urlencoded");
  request.OwnBody(EncodeQuery(form));
}

absl::StatusOr<std::string> CallService(HttpCaller& caller,
                                        const HttpRequest& request,
                                        const std::string& what) {
  CallResult result = caller.Call(
      request, [](HttpRequest&) { return absl::OkStatus(); },
      [](const HttpAnswer& answer) { return JudgeByStatus(answer.status); });
  LAMINAR_RETURN_IF_ERROR(StatusOfCall(result, what));
  return std::move(result.answer.body);
}

std::string TextAt(const nlohmann::json& json, const char* name) {
  const auto found = json.is_object() ? json.find(name) : json.end();
  return found != json.end() && found->is_string() ? found->get<std::string>() : std::string();
}

}  // namespace laminar::storage
