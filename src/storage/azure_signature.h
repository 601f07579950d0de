// Azure's Shared Key signature ("Authorize with Shared Key" of the Azure Storage REST reference).
// Pure; any thread.
#ifndef LAMINAR_STORAGE_AZURE_SIGNATURE_H_
#define LAMINAR_STORAGE_AZURE_SIGNATURE_H_

#include <string>
#include <string_view>

#include "storage/http.h"

namespace laminar::storage {

/// What is signed of a request that has all its headers.
std::string AzureStringToSign(const std::string& account, const HttpRequest& request);
/// Adds the Authorization header. `key`: the account's key, decoded.
void SignAzure(const std::string& account, std::string_view key, HttpRequest& request);

}  // namespace laminar::storage

#endif  // LAMINAR_STORAGE_AZURE_SIGNATURE_H_
