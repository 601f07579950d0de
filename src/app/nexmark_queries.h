// The Nexmark queries in Laminar's SQL (https://github.com/nexmark/nexmark, queries q0 to q22), for
// `laminar bench nexmark` and the tests. Queries that are unbounded joins or aggregates in the
// original are asked per window here; their text says so.
#ifndef LAMINAR_APP_NEXMARK_QUERIES_H_
#define LAMINAR_APP_NEXMARK_QUERIES_H_

#include <string>
#include <string_view>
#include <vector>

namespace laminar::app {

struct NexmarkQuery {
  std::string name;   // "q5"
  std::string title;  // "Hot items"
  std::string sql;    // a query over the views person, auction and bid
  /// The sink it needs instead of the blackhole: a WITH clause where ${folder} is an empty folder;
  /// empty: blackhole.
  std::string sink_options;
};

const std::vector<NexmarkQuery>& NexmarkQueries();

/// The statements that make the views, over a source of the given WITH options.
std::string NexmarkTables(std::string_view source_options);

}  // namespace laminar::app

#endif  // LAMINAR_APP_NEXMARK_QUERIES_H_
