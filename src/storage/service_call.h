// Calls of HTTP services that are no stores: token servers, and the metadata services of containers
// and machines, which hand out credentials. No secret of a URL or an answer gets into messages.
// Pure but for CallService; any thread.
#ifndef LAMINAR_STORAGE_SERVICE_CALL_H_
#define LAMINAR_STORAGE_SERVICE_CALL_H_

#include <cstdint>
#include <string>
#include <string_view>

#include <nlohmann/json_fwd.hpp>

#include "base/status.h"
#include "storage/http_caller.h"

namespace laminar::storage {

/// Bytes of a file that holds a token or a key: many times what any of them has.
inline constexpr int64_t kCredentialFileBytesMax = 1 << 20;

/// A GET of `url`, its query included. InvalidArgument, naming `what`, when it is no such URL.
absl::StatusOr<HttpRequest> RequestTo(std::string_view url, std::string_view what);

/// Makes it a POST of a form (application/x-www-form-urlencoded).
void PostForm(const HttpQuery& form, HttpRequest& request);

/// The body of a successful answer; else an error that names `what`. BLOCKS.
absl::StatusOr<std::string> CallService(HttpCaller& caller,
                                        const HttpRequest& request,
                                        const std::string& what);

/// A member that is a text; empty for everything else.
std::string TextAt(const nlohmann::json& json, const char* name);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_SERVICE_CALL_H_
