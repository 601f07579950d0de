// A listing: named columns and rows of text, printed on stdout as the user asked with -o, --columns
// and --no-header.
#ifndef LAMINAR_CLI_LISTING_H_
#define LAMINAR_CLI_LISTING_H_

#include <string>
#include <vector>

#include "base/status.h"
#include "cli/global_options.h"

namespace laminar::cli {

struct Listing {
  std::vector<std::string> columns;  // "NAME", "TYPE"; JSON keys are their lower case
  std::vector<std::vector<std::string>> rows;
};

/// Renders as table (default), wide, json, jsonl, yaml, csv or name (first column). InvalidArgument
/// for an unknown format or column.
absl::StatusOr<std::string> RenderListing(const GlobalOptions& global, const Listing& listing);

}  // namespace laminar::cli

#endif  // LAMINAR_CLI_LISTING_H_
