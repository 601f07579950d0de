#include "data/options.h"

#include <limits>

#include <gtest/gtest.h>

namespace laminar::data {
namespace {

OptionSpec Spec(const std::string& name, OptionType type) {
  OptionSpec spec;
  spec.name = name;
  spec.type = type;
  return spec;
}

OptionValue Text(const std::string& text) { return {text, {}, {}}; }

template <typename T>
OptionValue Of(T value) {
  return {value, {}, {}};
}

std::vector<OptionError> ErrorsOf(const OptionMap& given, const std::vector<OptionSpec>& specs) {
  std::vector<OptionError> errors;
  Options::Check(given, specs, errors);
  return errors;
}

Options Checked(const OptionMap& given, const std::vector<OptionSpec>& specs) {
  std::vector<OptionError> errors;
  Options options = Options::Check(given, specs, errors);
  EXPECT_TRUE(errors.empty()) << errors.front().message;
  return options;
}

TEST(Options, ReadsEveryTypeFromLiteralsAndFromText) {
  const std::vector<OptionSpec> specs = {
      Spec("t", OptionType::kString),   Spec("b", OptionType::kBoolean),
      Spec("i", OptionType::kInteger),  Spec("f", OptionType::kFloat),
      Spec("d", OptionType::kDuration), Spec("s", OptionType::kSize),
      Spec("c", OptionType::kField),    Spec("l", OptionType::kStringList)};
  const Options literals = Checked({{"t", Text("x")},
                                    {"b", Of(true)},
                                    {"i", Of(int64_t{-7})},
                                    {"f", Of(1.5)},
                                    {"d", Of(Duration{5})},
                                    {"s", Of(int64_t{10})},
                                    {"c", Of(Identifier{"ts"})},
                                    {"l", Of(std::vector<std::string>{"a", "b"})}},
                                   specs);
  EXPECT_EQ(literals.GetString("t"), "x");
  EXPECT_TRUE(literals.GetBoolean("b"));
  EXPECT_EQ(literals.GetInteger("i"), -7);
  EXPECT_EQ(literals.GetFloat("f"), 1.5);
  EXPECT_EQ(literals.GetDuration("d").micros, 5);
  EXPECT_EQ(literals.GetInteger("s"), 10);
  EXPECT_EQ(literals.GetString("c"), "ts");
  EXPECT_EQ(literals.GetStringList("l"), (std::vector<std::string>{"a", "b"}));
  const Options texts = Checked({{"t", Of(int64_t{5})},
                                 {"b", Text("No")},
                                 {"i", Text("1_000")},
                                 {"f", Text("2")},
                                 {"d", Text("10s")},
                                 {"s", Text("2 MB")},
                                 {"c", Text("ts")},
                                 {"l", Text("a, b,")}},
                                specs);
  EXPECT_EQ(texts.GetString("t"), "5");
  EXPECT_FALSE(texts.GetBoolean("b"));
  EXPECT_EQ(texts.GetInteger("i"), 1000);
  EXPECT_EQ(texts.GetFloat("f"), 2.0);
  EXPECT_EQ(texts.GetDuration("d").micros, 10'000'000);
  EXPECT_EQ(texts.GetInteger("s"), 2 << 20);
  EXPECT_EQ(texts.GetStringList("l"), (std::vector<std::string>{"a", "b"}));
}

TEST(Options, RefusesValuesOfAnotherType) {
  const std::pair<OptionType, OptionValue> bad[] = {
      {OptionType::kBoolean, Text("maybe")},
      {OptionType::kBoolean, Of(int64_t{1})},
      {OptionType::kInteger, Text("ten")},
      {OptionType::kInteger, Of(1.5)},
      {OptionType::kInteger, Text("99999999999999999999")},
      {OptionType::kFloat, Text("1,5")},
      {OptionType::kFloat, Text("nan")},
      {OptionType::kDuration, Text("10")},
      {OptionType::kDuration, Text("1 month")},
      {OptionType::kSize, Text("10 kilo")},
      {OptionType::kSize, Text("-1")},
      {OptionType::kString, Of(Duration{1})},
      {OptionType::kField, Text("")},
      {OptionType::kStringList, Of(Duration{1})},
  };
  for (const auto& [type, value] : bad) {
    const std::vector<OptionError> errors = ErrorsOf({{"o", value}}, {Spec("o", type)});
    ASSERT_EQ(errors.size(), 1u) << OptionTypeName(type);
    EXPECT_EQ(errors[0].key, "o");
    EXPECT_FALSE(errors[0].at_key);
  }
}

TEST(Options, SuggestsTheOptionThatWasMeant) {
  const std::vector<OptionError> errors =
      ErrorsOf({{"evnt_rate", Of(int64_t{1})}}, {Spec("event_rate", OptionType::kInteger)});
  ASSERT_EQ(errors.size(), 1u);
  EXPECT_TRUE(errors[0].at_key);
  EXPECT_EQ(errors[0].hint, "did you mean 'event_rate'?");
}

TEST(Options, ReportsEveryErrorAndKeepsTheRest) {
  OptionSpec required = Spec("path", OptionType::kString);
  required.required = true;
  std::vector<OptionError> errors;
  const Options options = Options::Check(
      {{"x", Text("1")}, {"n", Text("z")}, {"t", Text("kept")}},
      {required, Spec("n", OptionType::kInteger), Spec("t", OptionType::kString)}, errors);
  ASSERT_EQ(errors.size(), 3u);
  EXPECT_EQ(errors[2].key, "");
  EXPECT_EQ(errors[2].message, "required option is missing: 'path'");
  EXPECT_EQ(options.GetString("t"), "kept");
  EXPECT_FALSE(options.Has("n"));
}

TEST(Options, ChecksBounds) {
  OptionSpec spec = Spec("n", OptionType::kInteger);
  spec.minimum = 1;
  spec.maximum = 10;
  EXPECT_TRUE(ErrorsOf({{"n", Of(int64_t{10})}}, {spec}).empty());
  EXPECT_EQ(ErrorsOf({{"n", Of(int64_t{11})}}, {spec}).size(), 1u);
  EXPECT_EQ(ErrorsOf({{"n", Of(int64_t{0})}}, {spec}).size(), 1u);
}

TEST(Options, ChecksEnumsWithoutRegardToCase) {
  OptionSpec spec = Spec("bad_data", OptionType::kEnum);
  spec.values = {"fail", "drop", "dead_letter"};
  EXPECT_EQ(Checked({{"bad_data", Text("DROP")}}, {spec}).GetString("bad_data"), "drop");
  EXPECT_EQ(ErrorsOf({{"bad_data", Text("dorp")}}, {spec}).at(0).hint, "did you mean 'drop'?");
  EXPECT_EQ(ErrorsOf({{"bad_data", Text("zzzzzz")}}, {spec}).at(0).hint,
            "possible values: fail, drop, dead_letter");
}

TEST(Options, FillsDefaults) {
  OptionSpec spec = Spec("interval", OptionType::kDuration);
  spec.default_value = "1 second";
  EXPECT_EQ(Checked({}, {spec}).GetDuration("interval").micros, 1'000'000);
  EXPECT_EQ(Checked({}, {}).GetStringOr("absent", "fallback"), "fallback");
}

TEST(ParseDuration, ReadsUnitsFractionsAndSeveralParts) {
  const std::pair<const char*, int64_t> good[] = {
      {"5 seconds", 5'000'000},
      {"10s", 10'000'000},
      {"500ms", 500'000},
      {"1 day", 86'400'000'000},
      {"1 minute 30 seconds", 90'000'000},
      {"2h", 7'200'000'000},
      {"1.5 minutes", 90'000'000},
      {"-1 second", -1'000'000},
      {"0s", 0},
      {"00:01:30", 90'000'000},
      {"  3 US ", 3},
      {"1 week", 604'800'000'000},
  };
  for (const auto& [text, micros] : good) {
    const absl::StatusOr<Duration> duration = ParseDuration(text);
    ASSERT_TRUE(duration.ok()) << text << duration.status();
    EXPECT_EQ(duration->micros, micros) << text;
  }
}

TEST(ParseDuration, ReadsClockTimesWithColonsAndInRangeOnly) {
  EXPECT_EQ(ParseDuration("1:30")->micros, int64_t{90} * 60'000'000);
  EXPECT_EQ(ParseDuration("00:00:01.5")->micros, 1'500'000);
  for (const char* text : {"1.5:30", "1:30.5", "1:30:", "1:2:3:4", "2562047788:99", ":30"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(ParseDuration, RefusesWhatIsNoDuration) {
  for (const char* text :
       {"", " ", "-", "5", "s", "5 parsecs", "1 month", "2 years", "1.2.3 s",
        "99999999999999999999 s", "9223372036854775807 weeks", "1e5 s", ":", "1::2"}) {
    EXPECT_FALSE(ParseDuration(text).ok()) << text;
  }
}

TEST(ParseSize, ReadsUnitsAsPowersOf1024) {
  EXPECT_EQ(*ParseSize("10"), 10);
  EXPECT_EQ(*ParseSize("10b"), 10);
  EXPECT_EQ(*ParseSize("1K"), 1024);
  EXPECT_EQ(*ParseSize("2 kb"), 2048);
  EXPECT_EQ(*ParseSize("3MiB"), 3 << 20);
  EXPECT_EQ(*ParseSize("1e"), int64_t{1} << 60);
}

TEST(ParseSize, RefusesWhatIsNoSize) {
  for (const char* text :
       {"", "mb", "1.5mb", "-1", "9e", "10 xb", "99999999999999999999", "1 k k"}) {
    EXPECT_FALSE(ParseSize(text).ok()) << text;
  }
}

}  // namespace
}  // namespace laminar::data
