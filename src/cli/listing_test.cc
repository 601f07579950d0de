#include "cli/listing.h"

#include <gtest/gtest.h>

namespace laminar::cli {
namespace {

const Listing kListing = {{"NAME", "TYPE"}, {{"a", "x,\"y"}, {"långt", "z"}}};

std::string Render(const GlobalOptions& global) {
  absl::StatusOr<std::string> text = RenderListing(global, kListing);
  EXPECT_TRUE(text.ok());
  return text.ok() ? *text : "";
}

TEST(Listing, AlignsTableColumnsByCharacters) {
  EXPECT_EQ(Render({}), "NAME   TYPE\na      x,\"y\nlångt  z\n");
}

TEST(Listing, RendersEveryFormat) {
  GlobalOptions global;
  global.output = "jsonl";
  EXPECT_EQ(Render(global),
            "{\"name\":\"a\",\"type\":\"x,\\\"y\"}\n{\"name\":\"långt\",\"type\":\"z\"}\n");
  global.output = "csv";
  EXPECT_EQ(Render(global), "NAME,TYPE\na,\"x,\"\"y\"\nlångt,z\n");
  global.output = "yaml";
  EXPECT_EQ(Render(global),
            "- name: \"a\"\n  type: \"x,\\\"y\"\n- name: \"långt\"\n  type: \"z\"\n");
  global.output = "name";
  EXPECT_EQ(Render(global), "a\nlångt\n");
}

TEST(Listing, ChoosesColumnsInTheOrderAsked) {
  GlobalOptions global;
  global.output = "csv";
  global.no_header = true;
  global.columns = {"type", "NAME"};
  EXPECT_EQ(Render(global), "\"x,\"\"y\",a\nz,långt\n");
}

TEST(Listing, RefusesUnknownFormatsAndColumns) {
  GlobalOptions global;
  global.output = "xml";
  EXPECT_EQ(RenderListing(global, kListing).status().code(), absl::StatusCode::kInvalidArgument);
  global.output = "csv";
  global.columns = {"size"};
  EXPECT_EQ(RenderListing(global, kListing).status().code(), absl::StatusCode::kInvalidArgument);
}

}  // namespace
}  // namespace laminar::cli
