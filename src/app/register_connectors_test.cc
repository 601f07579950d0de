#include "app/register_connectors.h"

#include <set>

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "connectors/api/connector_factory.h"

namespace laminar::app {
namespace {

using connectors::ConnectorRegistry;

const ConnectorRegistry& Registered() {
  if (ConnectorRegistry::Global().Names().empty()) {
    RegisterConnectors();
  }
  return ConnectorRegistry::Global();
}

bool IsSentence(const std::string& text) { return !text.empty() && text.back() == '.'; }

TEST(RegisterConnectors, KnowsEveryConnectorOnce) {
  EXPECT_THAT(Registered().Names(),
              ::testing::ElementsAre("blackhole", "filesystem", "impulse", "nexmark", "preview",
                                     "single_file", "stdin", "stdout"));
  EXPECT_EQ(Registered().Find("kafkaesque"), nullptr);
}

TEST(RegisterConnectors, EveryConnectorAndOptionIsDescribed) {
  for (const std::string& name : Registered().Names()) {
    const connectors::ConnectorFactory& connector = *Registered().Find(name);
    EXPECT_TRUE(IsSentence(connector.traits().description)) << name;
    EXPECT_TRUE(connector.traits().source || connector.traits().sink) << name;
    for (const auto& specs : {connector.source_options(), connector.sink_options()}) {
      std::set<std::string> names;
      for (const data::OptionSpec& spec : specs) {
        EXPECT_TRUE(IsSentence(spec.description)) << name << ": " << spec.name;
        EXPECT_TRUE(names.insert(spec.name).second) << name << ": " << spec.name;
      }
    }
    for (const connectors::MetadataField& field : connector.metadata_fields()) {
      EXPECT_TRUE(IsSentence(field.description)) << name << ": " << field.key;
    }
  }
}

TEST(RegisterConnectors, DefaultsAreValidValuesOfTheirOptions) {
  for (const std::string& name : Registered().Names()) {
    const connectors::ConnectorFactory& connector = *Registered().Find(name);
    for (const auto& specs : {connector.source_options(), connector.sink_options()}) {
      data::OptionMap given;
      for (const data::OptionSpec& spec : specs) {
        if (spec.required) {
          given[spec.name].value = std::string("x");
        }
      }
      std::vector<data::OptionError> errors;
      const data::Options options = data::Options::Check(given, specs, errors);
      for (const data::OptionError& error : errors) {
        ADD_FAILURE() << name << ": " << error.key << ": " << error.message;
      }
      for (const data::OptionSpec& spec : specs) {
        EXPECT_EQ(options.Has(spec.name), spec.required || spec.default_value.has_value())
            << name << ": " << spec.name;
      }
    }
  }
}

TEST(RegisterConnectors, ASourceRefusesToBeASinkAndTheOtherWayRound) {
  data::ConnectorTable table;
  table.name = "t";
  connectors::SinkCounters sink_counters;
  const auto sink = Registered().Find("nexmark")->MakeSink(
      {table, 0, 1, base::SystemClock(), [] {}, sink_counters});
  EXPECT_EQ(base::FromAbsl(sink.status().message()),
            "connector cannot be a sink: nexmark: table t");
  connectors::SourceCounters source_counters;
  const auto source = Registered().Find("stdout")->MakeSource(
      {table, {}, 0, 1, base::SystemClock(), [] {}, source_counters});
  EXPECT_EQ(base::FromAbsl(source.status().message()),
            "connector cannot be a source: stdout: table t");
  EXPECT_FALSE(Registered().Find("nexmark")->InferSchema(table).ok());
}

}  // namespace
}  // namespace laminar::app
