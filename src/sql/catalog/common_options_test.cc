#include "sql/catalog/common_options.h"

#include <set>
#include <string>

#include <gtest/gtest.h>

namespace laminar::sql {
namespace {

using Kind = data::ConnectorTable::Kind;

std::set<std::string> Names(Kind kind, bool has_format) {
  std::set<std::string> names;
  for (const data::OptionSpec& spec : CommonOptions(kind, has_format)) {
    EXPECT_TRUE(names.insert(spec.name).second) << "twice: " << spec.name;
    EXPECT_FALSE(spec.description.empty()) << spec.name;
  }
  return names;
}

TEST(CommonOptions, BelongToWhatTheTableIs) {
  EXPECT_TRUE(Names(Kind::kSource, true).contains("bad_data"));
  EXPECT_TRUE(Names(Kind::kSource, true).contains("idle_micros"));
  EXPECT_FALSE(Names(Kind::kSource, false).contains("format"));
  EXPECT_FALSE(Names(Kind::kSink, true).contains("bad_data"));
  EXPECT_TRUE(Names(Kind::kSink, true).contains("format"));
  EXPECT_TRUE(Names(Kind::kSink, false).contains("type"));
}

TEST(CommonOptions, HaveDefaultsThatTheyAccept) {
  std::vector<data::OptionError> errors;
  const data::Options options =
      data::Options::Check({}, CommonOptions(Kind::kSource, true), errors);
  EXPECT_TRUE(errors.empty());
  EXPECT_EQ(options.GetString("bad_data"), "fail");
  EXPECT_EQ(options.GetInteger("idle_micros"), 300'000'000);
}

}  // namespace
}  // namespace laminar::sql
