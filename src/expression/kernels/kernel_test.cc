// Every kernel against DuckDB's own function, over rows that have every shape: flat, constant,
// dictionary, NULL.
#include "expression/kernels/kernel.h"

#include <random>
#include <string>
#include <vector>

#include <gtest/gtest.h>

#include "duckdb/execution/expression_executor.hpp"

#include "expression/bind_for_test.h"
#include "expression/duckdb_instance.h"
#include "expression/evaluator.h"

namespace laminar::expression {
namespace {

// What DuckDB itself computes.
std::vector<std::string> Expected(const BoundExpression& expression, const data::Chunk& input) {
  duckdb::ExpressionExecutor executor(EvaluationContext(), expression.get());
  data::Vector result(expression.type());
  data::Chunk shared = input.Share();
  executor.ExecuteExpression(shared.columns(), result);
  std::vector<std::string> texts;
  for (size_t row = 0; row < input.num_rows(); ++row) {
    texts.push_back(result.GetValue(row).ToString());
  }
  return texts;
}

std::vector<std::string> Actual(const BoundExpression& expression, const data::Chunk& input) {
  ProjectionEvaluator evaluator({expression});
  const auto output = evaluator.Evaluate(input);
  EXPECT_TRUE(output.ok()) << output.status();
  std::vector<std::string> texts;
  for (size_t row = 0; output.ok() && row < input.num_rows(); ++row) {
    texts.push_back(output->column(0).GetValue(row).ToString());
  }
  return texts;
}

bool IsReplaced(const BoundExpression& expression) {
  return UseKernels(expression).ToString() != expression.ToString();
}

class Rows {
 public:
  explicit Rows(const std::string& query)
      : schema(SchemaForTest(query)), flat(QueryForTest(query)) {}

  std::vector<data::Chunk> Shapes() const {
    std::vector<data::Chunk> shapes;
    shapes.push_back(flat.Share());
    data::SelectionVector reversed(flat.num_rows());
    for (size_t i = 0; i < flat.num_rows(); ++i) {
      reversed.set_index(i, flat.num_rows() - 1 - i / 2);
    }
    shapes.push_back(flat.Select(reversed, flat.num_rows()));
    // A dictionary that says how large it is, each entry many times.
    data::Chunk repeated = data::Chunk::Shell(schema.Types());
    const size_t entries = std::min<size_t>(flat.num_rows(), 40);
    const size_t num_rows = entries * 8;
    data::SelectionVector selection(num_rows);
    for (size_t i = 0; i < num_rows; ++i) {
      selection.set_index(i, (i * 7) % entries);
    }
    for (size_t column = 0; column < flat.num_columns(); ++column) {
      data::Vector dictionary(schema.fields[column].type);
      dictionary.Reference(flat.column(column));
      repeated.column(column).Dictionary(dictionary, entries, selection, num_rows);
    }
    repeated.set_num_rows(num_rows);
    shapes.push_back(std::move(repeated));
    for (const size_t row : {size_t{0}, flat.num_rows() - 1}) {
      data::Chunk constant = data::Chunk::Shell(schema.Types());
      for (size_t column = 0; column < flat.num_columns(); ++column) {
        constant.column(column).Reference(flat.column(column).GetValue(row));
      }
      constant.set_num_rows(3);
      shapes.push_back(std::move(constant));
    }
    return shapes;
  }

  data::Schema schema;
  data::Chunk flat;
};

void ExpectSame(const Rows& rows, const std::string& text, bool replaced = true) {
  SCOPED_TRACE(text);
  const BoundExpression expression = BindOneForTest(text, rows.schema);
  EXPECT_EQ(IsReplaced(expression), replaced);
  for (const data::Chunk& input : rows.Shapes()) {
    const std::vector<std::string> actual = Actual(expression, input);
    const std::vector<std::string> expected = Expected(expression, input);
    ASSERT_EQ(actual.size(), expected.size());
    for (size_t row = 0; row < expected.size(); ++row) {
      ASSERT_EQ(actual[row], expected[row]) << input.column(0).GetValue(row).ToString();
    }
  }
}

// Texts over few characters, so that matches, near matches, overlaps and every length to 60 occur;
// NULLs and other scripts among them.
const Rows& Texts() {
  static const Rows rows = [] {
    std::mt19937 random(7);
    const std::vector<std::string> pieces = {
        "a",     "b", "ab",   "aab", "&", "=", "id=", "channel_id=", "/",   "//", "A",
        "Apple", "é", "日本", "\n",  ".", "1", "42",  "İ",           "x y", ","};
    std::string query =
        "SELECT unnest(['', NULL, 'id=', '&id=1&id=2', "
        "'https://www.nexmark.com/a/b/item.htm?query=1&channel_id=77'";
    for (int i = 0; i < 1500; ++i) {
      std::string text;
      const size_t length = random() % 24;
      for (size_t k = 0; k < length; ++k) {
        text += pieces[random() % pieces.size()];
      }
      query += ", '" + text + "'";
    }
    return Rows(query + "]) AS s");
  }();
  return rows;
}

TEST(Kernels, SplitParts) {
  for (const char* delimiter : {"/", "&", "//", "ab", "id=", "é"}) {
    for (const char* position : {"1", "2", "3", "7"}) {
      ExpectSame(Texts(), std::string("split_part(s, '") + delimiter + "', " + position + ")");
    }
  }
}

TEST(Kernels, LeaveOtherSplitsAlone) {
  ExpectSame(Texts(), "split_part(s, '', 2)", false);
  ExpectSame(Texts(), "split_part(s, '/', -1)", false);
  ExpectSame(Texts(), "split_part(s, s, 1)", false);
}

TEST(Kernels, ReplaceTexts) {
  ExpectSame(Texts(), "replace(s, 'a', '')");
  ExpectSame(Texts(), "replace(s, 'ab', 'XYZ')");
  ExpectSame(Texts(), "replace(s, 'aa', 'a')");
  ExpectSame(Texts(), "replace(s, 'é', 'e')");
  ExpectSame(Texts(), "replace(s, '', 'e')", false);
}

TEST(Kernels, CountCharacters) {
  ExpectSame(Texts(), "length(s) - length(replace(s, 'a', ''))");
  ExpectSame(Texts(), "length(s) - length(replace(s, '&', ''))");
}

TEST(Kernels, FindTexts) {
  ExpectSame(Texts(), "contains(s, 'a')");
  ExpectSame(Texts(), "contains(s, 'ab')");
  ExpectSame(Texts(), "contains(s, 'channel_id=')");
  ExpectSame(Texts(), "contains(s, '日本')");
}

TEST(Kernels, CompareLowered) {
  ExpectSame(Texts(), "lower(s) = 'apple'");
  ExpectSame(Texts(), "'ab' = lower(s)");
  ExpectSame(Texts(), "lower(s) = 'i̇'");
  ExpectSame(Texts(), "lower(s) = ''");
  ExpectSame(Texts(), "lower(s) IN ('apple', 'ab', 'i̇')");
  ExpectSame(Texts(), "lower(s) IN ('apple', s)", false);
}

TEST(Kernels, ExtractByPatterns) {
  const std::vector<std::string> patterns = {
      "(&|^)channel_id=([^&]*)", "(&|^)id=([^&]*)", "id=(\\d+)", "(?:&|/)id=([a-z]+)&", "a([^b]+)b",
      "^a(.*)", "ab$", "(a)(b)", "id=([^&]*)$", "(id=)(.*)", "\\.([0-9]+)", "=([\\w]*)",
      "&([^=&]+)=",
      // For the engine, with and without a text to look for first.
      "[ab]+id=", "a|b", "(a|ab)(c|bcd)?", "a.*b", "a+b", "(?i)apple", "b?id=", "x*y",
      "[[:alpha:]]+=", "a{2}b", "é.", "(^|&)a*b"};
  for (const std::string& pattern : patterns) {
    for (const char* group : {"", ", 1", ", 2"}) {
      const std::string text = "regexp_extract(s, '" + pattern + "'" + group + ")";
      SCOPED_TRACE(text);
      BoundExpression expression;
      std::vector<std::vector<std::string>> expected;
      try {
        expression = BindOneForTest(text, Texts().schema);
        for (const data::Chunk& input : Texts().Shapes()) {
          expected.push_back(Expected(expression, input));
        }
      } catch (const std::exception&) {
        continue;  // the pattern has no such group
      }
      size_t shape = 0;
      for (const data::Chunk& input : Texts().Shapes()) {
        EXPECT_EQ(Actual(expression, input), expected[shape++]);
      }
    }
  }
}

TEST(Kernels, FormatTimes) {
  const Rows times(
      "SELECT unnest([NULL, TIMESTAMP '1969-12-31 23:59:59.999999', TIMESTAMP 'infinity', "
      "TIMESTAMP '-infinity', "
      "TIMESTAMP '0001-01-01', TIMESTAMP '9999-12-31 12:00:00', TIMESTAMP '2024-02-29 00:00:00'] "
      "|| "
      "[TIMESTAMP '2024-05-06 07:08:09' + to_microseconds(i * 7_777_777_777) FOR i IN range(500)]) "
      "AS t");
  for (const char* format : {"%Y-%m-%d", "%H:%M", "%d.%m.%y %H:%M:%S", "%Y-%m-%dT%H:%M:%S.%f",
                             "%j %a %B", "%I %p", "%c", "text", "%V %G %u", "%-H"}) {
    ExpectSame(times, std::string("strftime(t, '") + format + "')");
    ExpectSame(times, std::string("strftime('") + format + "', t)");
  }
}

TEST(Kernels, MultiplyDecimals) {
  const Rows numbers(
      "SELECT unnest([NULL, 0, 1, -1, 9223372036854775807, -9223372036854775808] || [i * 123456789 "
      "- 50_000_000_000 FOR i IN range(900)])::BIGINT AS n");
  ExpectSame(numbers, "0.908 * n");
  ExpectSame(numbers, "n * 1.25");
  ExpectSame(numbers, "-0.000001 * n");
  ExpectSame(numbers, "n * 123456789012.5");
}

TEST(Kernels, CompareDecimalProducts) {
  const Rows numbers(
      "SELECT unnest([NULL, 0, 1, -1, 9223372036854775807, -9223372036854775808] || "
      "[i - 300 FOR i IN range(900)])::BIGINT AS n");
  for (const char* text : {"0.908 * n > 100", "0.908 * n >= 100.788", "0.908 * n < -50",
                           "0.908 * n <= -49.94", "200 > 0.5 * n", "0.25 * n BETWEEN -10 AND 10.5",
                           "0.908 * n > 10 AND 0.908 * n < 50", "0.5 * n > 99999999999999999.5"}) {
    const BoundExpression expression = BindOneForTest(text, numbers.schema);
    for (const data::Chunk& input : numbers.Shapes()) {
      EXPECT_EQ(Actual(expression, input), Expected(expression, input)) << text;
    }
  }
  EXPECT_TRUE(IsReplaced(BindOneForTest("0.908 * n > 100.788::DECIMAL(23, 3)", numbers.schema)));
}

TEST(Kernels, StandInsideOtherExpressions) {
  ExpectSame(Texts(),
             "CASE WHEN lower(s) = 'apple' THEN '0' ELSE regexp_extract(s, "
             "'(&|^)channel_id=([^&]*)', 2) END");
  ExpectSame(Texts(), "upper(split_part(replace(s, 'a', 'b'), '/', 2)) || 'x'");
}

// A dictionary that comes again with an id, as sources with few different texts give.
TEST(Kernels, RememberDictionaries) {
  const Rows& rows = Texts();
  const size_t entries = rows.flat.num_rows();
  for (const char* text : {"split_part(s, '/', 2)", "replace(s, 'a', 'longer than it was')",
                           "contains(s, 'ab')", "length(s) - length(replace(s, 'a', ''))",
                           "lower(s) = 'apple'", "regexp_extract(s, '(&|^)id=([^&]*)', 2)"}) {
    const BoundExpression expression = BindOneForTest(text, rows.schema);
    ProjectionEvaluator evaluator({expression});
    std::vector<data::Chunk> outputs;
    std::vector<std::vector<std::string>> expected;
    for (size_t round = 0; round < 6; ++round) {
      // Few rows, so that the executor does not compute the whole dictionary itself; in the end
      // another dictionary.
      const size_t num_rows = 700;
      data::SelectionVector selection(num_rows);
      for (size_t i = 0; i < num_rows; ++i) {
        selection.set_index(i, (i * 31 + round * 977) % entries);
      }
      data::Chunk input = data::Chunk::Shell(rows.schema.Types());
      data::Vector dictionary(rows.schema.fields[0].type);
      dictionary.Reference(rows.flat.column(0));
      input.column(0).Dictionary(dictionary, entries, selection, num_rows);
      duckdb::DictionaryVector::SetDictionaryId(input.column(0), round < 5 ? "one" : "other");
      input.set_num_rows(num_rows);
      expected.push_back(Expected(expression, input));
      outputs.push_back(*evaluator.Evaluate(input));
    }
    for (size_t round = 0; round < outputs.size(); ++round) {
      for (size_t row = 0; row < outputs[round].num_rows(); ++row) {
        ASSERT_EQ(outputs[round].column(0).GetValue(row).ToString(), expected[round][row]) << text;
      }
    }
  }
}

TEST(Kernels, FilterRows) {
  const BoundExpression predicate =
      BindOneForTest("contains(s, 'ab') AND lower(s) = 'ab'", Texts().schema);
  FilterEvaluator evaluator(predicate);
  data::SelectionVector selection(2048);
  const auto count = evaluator.Select(Texts().flat, selection);
  ASSERT_TRUE(count.ok());
  size_t expected = 0;
  for (const std::string& text : Expected(predicate, Texts().flat)) {
    expected += text == "true" ? 1 : 0;
  }
  EXPECT_EQ(*count, expected);
}

}  // namespace
}  // namespace laminar::expression
