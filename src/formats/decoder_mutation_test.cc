// Damages good inputs at random, the same way each run, and checks that decoders take anything: no
// crash, every row and every bad record accounted for however the bytes come, and no row that could
// not have been there.
#include <random>

#include <gtest/gtest.h>

#include "formats/clf/clf_format.h"
#include "formats/csv/csv_format.h"
#include "formats/formats_for_test.h"
#include "formats/json/json_format.h"
#include "formats/raw/raw_format.h"
#include "formats/text/utf8.h"

namespace laminar::formats {
namespace {

constexpr int kRounds = 1500;

std::vector<data::Field> AllTypes() {
  return {FieldForTest("a", "BIGINT"),        FieldForTest("b", "VARCHAR"),
          FieldForTest("c", "DOUBLE"),        FieldForTest("d", "TIMESTAMP"),
          FieldForTest("e", "DECIMAL(18,3)"), FieldForTest("f", "BOOLEAN"),
          FieldForTest("g", "DATE"),          FieldForTest("h", "BLOB"),
          FieldForTest("i", "JSON")};
}

std::vector<data::Field> AllTypesAndNested() {
  std::vector<data::Field> fields = AllTypes();
  fields.push_back(FieldForTest("j", "STRUCT(x BIGINT, y VARCHAR[])"));
  fields.push_back(FieldForTest("k", "STRUCT(x TINYINT)[]"));
  fields.push_back(FieldForTest("l", "MAP(VARCHAR, INTEGER)"));
  fields.push_back(FieldForTest("m", "SMALLINT[2]"));
  return fields;
}

const char kJson[] =
    R"({"a":1,"b":"text \u00e9 \"q\"","c":1.5e3,"d":"2024-01-01T00:00:00.5Z","e":12.345,"f":true,)"
    R"("g":"2024-01-01","h":"AAEC","i":{"z":[1,{}]},"j":{"x":5,"y":["p",null]},"k":[{"x":1},null],)"
    R"("l":{"m":1},"m":[1,2],"unknown":[[]]})"
    "\n"
    R"({"a":null,"b":"a somewhat longer text that is kept out of line","c":-0.1})"
    "\n"
    R"({"m":[3,4],"l":{},"k":[],"j":{},"i":null,"a":-9223372036854775808})"
    "\n"
    "{\n  \"a\": 7,\n  \"b\": \"over lines\"\n}\n";
const char kCsv[] =
    "a,b,c,d,e,f,g,h,i\n"
    "1,text,1.5,2024-01-01 00:00:00,12.345,true,2024-01-01,\\xAA,\"{\"\"k\"\":1}\"\n"
    "2,\"quoted, with \"\"quotes\"\"\nand "
    "lines\",-0.1,2024-01-01T00:00:00Z,0,false,1970-01-01,,[]\n"
    ",,,,,,,,\n";
const char kClf[] =
    "127.0.0.1 - frank [10/Oct/2000:13:55:36 -0700] \"GET /a?b=c HTTP/1.0\" 200 2326\n"
    "::1 - - [10/Oct/2000:13:55:36 +0000] \"POST / HTTP/2.0\" 404 - \"-\" \"agent \\\"x\\\" "
    "1.0\"\n";

class Mutator {
 public:
  explicit Mutator(uint32_t seed) : random_(seed) {}

  std::string Damage(std::string text) {
    const size_t num_edits = 1 + random_() % 4;
    for (size_t i = 0; i < num_edits && !text.empty(); ++i) {
      const size_t at = random_() % text.size();
      switch (random_() % 6) {
        case 0:
          text[at] = static_cast<char>(random_());
          break;
        case 1:
          text[at] = kSpecials[random_() % (sizeof(kSpecials) - 1)];
          break;
        case 2:
          text.erase(at, 1 + random_() % 5);
          break;
        case 3:
          text.insert(at, 1, kSpecials[random_() % (sizeof(kSpecials) - 1)]);
          break;
        case 4: {
          const std::string copy = text.substr(random_() % text.size(), random_() % 30);
          text.insert(at, copy);
          break;
        }
        default:
          text.resize(at);
      }
    }
    return text;
  }

 private:
  static constexpr char kSpecials[] = "{}[]\",:\\\n\r\t 0159-+.eEtfnu\x01\x7F\x80\xC3\xFF";
  std::mt19937 random_;
};

void Attack(const FormatFactory& format,
            const data::ConnectorTable& table,
            const std::string& good) {
  Mutator mutator(42);
  const std::string twice = good + good;
  for (int round = 0; round < kRounds; ++round) {
    const std::string text = mutator.Damage(twice);
    const DecodedForTest whole = DecodeForTest(format, table, text);
    const DecodedForTest resumed = DecodeForTest(
        format, table, text, 1 + static_cast<size_t>(round % 40), {}, /*resume=*/true);
    ASSERT_EQ(whole.status.code(), resumed.status.code()) << text;
    ASSERT_EQ(whole.rows, resumed.rows) << text;
    ASSERT_EQ(whole.bad.size(), resumed.bad.size()) << text;
    const DecodedForTest pieces =
        DecodeForTest(format, table, text, 1 + static_cast<size_t>(round % 40));
    ASSERT_EQ(whole.status.code(), pieces.status.code()) << text;
    ASSERT_EQ(whole.rows, pieces.rows) << text;
    ASSERT_EQ(whole.bad.size(), pieces.bad.size()) << text;
    for (size_t i = 0; i < whole.bad.size(); ++i) {
      ASSERT_EQ(whole.bad[i].bytes, pieces.bad[i].bytes) << text;
      ASSERT_EQ(whole.bad[i].position, pieces.bad[i].position) << text;
      ASSERT_EQ(whole.bad[i].error, pieces.bad[i].error) << text;
      ASSERT_FALSE(whole.bad[i].error.empty()) << text;
      // The bytes are where it says they are.
      ASSERT_EQ(std::string_view(text).substr(static_cast<size_t>(whole.bad[i].position),
                                              whole.bad[i].bytes.size()),
                whole.bad[i].bytes);
    }
    for (const std::string& row : whole.rows) {
      ASSERT_TRUE(IsUtf8(row)) << text;
    }
  }
}

TEST(DecoderMutation, JsonTakesAnything) {
  const JsonFormat format;
  Attack(format, TableForTest(format, AllTypesAndNested()), kJson);
}

TEST(DecoderMutation, UnstructuredJsonTakesAnything) {
  const JsonFormat format;
  Attack(format,
         TableForTest(format, {FieldForTest("value", "JSON")}, {{"json.unstructured", "true"}}),
         kJson);
}

TEST(DecoderMutation, JsonInShortRecordsTakesAnything) {
  const JsonFormat format;
  Attack(format, TableForTest(format, AllTypesAndNested(), {{"framing.newline.max_length", "100"}}),
         kJson);
}

TEST(DecoderMutation, CsvTakesAnything) {
  const CsvFormat format;
  Attack(format, TableForTest(format, AllTypes()), kCsv);
}

TEST(DecoderMutation, CsvWithEscapesTakesAnything) {
  const CsvFormat format;
  Attack(format,
         TableForTest(
             format, AllTypes(),
             {{"csv.escape", "\\"}, {"csv.comment", "#"}, {"framing.newline.max_length", "150"}}),
         kCsv);
}

TEST(DecoderMutation, ClfTakesAnything) {
  const ClfFormat format;
  Attack(format, TableForTest(format, format.InferSchema("", true, {})->fields), kClf);
}

TEST(DecoderMutation, RawTakesAnything) {
  const RawFormat format(RawFormat::Kind::kString);
  Attack(format, TableForTest(format, {FieldForTest("value", "VARCHAR")}), kClf);
}

TEST(DecoderMutation, SchemasAreGuessedFromAnything) {
  const JsonFormat json;
  const CsvFormat csv;
  Mutator mutator(43);
  for (int round = 0; round < kRounds; ++round) {
    const auto from_json = json.InferSchema(mutator.Damage(kJson), round % 2 == 0, {});
    ASSERT_TRUE(from_json.ok() || !from_json.status().message().empty());
    const auto from_csv = csv.InferSchema(mutator.Damage(kCsv), round % 2 == 0, {});
    ASSERT_TRUE(from_csv.ok() || !from_csv.status().message().empty());
  }
}

}  // namespace
}  // namespace laminar::formats
