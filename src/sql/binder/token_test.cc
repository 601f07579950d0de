#include "sql/binder/token.h"

#include <gtest/gtest.h>

namespace laminar::sql {
namespace {

/// Tokens as written, between bars; the error's message behind them.
std::string Written(const std::string& text) {
  const TokenizedText tokenized = Tokenize(text);
  std::string result;
  for (const Token& token : tokenized.tokens) {
    result +=
        text.substr(static_cast<size_t>(token.offset), static_cast<size_t>(token.length)) + "|";
  }
  return result + (tokenized.error.has_value() ? "!" + tokenized.error->message : "");
}

TEST(Tokenize, SplitsWordsNumbersAndSymbols) {
  EXPECT_EQ(Written("SELECT a.b,1.5e-3 FROM t"), "SELECT|a|.|b|,|1.5e-3|FROM|t|");
  EXPECT_EQ(Written("x>=1_000::INT[3]"), "x|>|=|1_000|:|:|INT|[|3|]|");
  EXPECT_EQ(Written("0xFF .5 1..2 t.1"), "0xFF|.5|1|.|.2|t|.|1|");
  EXPECT_EQ(Written("größe\xC2\xA0= 1"), "größe\xC2\xA0|=|1|");
}

TEST(Tokenize, KeepsQuotedTextsWhole) {
  EXPECT_EQ(Written("'it''s' \"a\"\"b\" E'a\\'b' x'FF'"), "'it''s'|\"a\"\"b\"|E'a\\'b'|x'FF'|");
  EXPECT_EQ(Written("$$a;b$$ $t$ $$ $t$"), "$$a;b$$|$t$ $$ $t$|");
  EXPECT_EQ(Written("'a\nb'"), "'a\nb'|");
}

TEST(Tokenize, SkipsComments) {
  EXPECT_EQ(Written("a -- b\nc /* d /* e */ f */ g"), "a|c|g|");
  EXPECT_EQ(Written("-- only"), "");
  EXPECT_EQ(Written(""), "");
}

TEST(Tokenize, KeepsParametersApart) { EXPECT_EQ(Written("$1 $name ?"), "$1|$name|?|"); }

TEST(Tokenize, TellsWhatIsNotClosed) {
  EXPECT_EQ(Written("a 'b"), "a|!text is not closed: a quote is missing");
  EXPECT_EQ(Written("a \"b"), "a|!quoted name is not closed: a quote is missing");
  EXPECT_EQ(Written("a /* b"), "a|!comment is not closed: */ is missing");
  EXPECT_EQ(Written("$x$ y"), "!text is not closed: a quote is missing");
}

TEST(StringOf, RemovesQuotesAndEscapes) {
  const auto value = [](const std::string& text) {
    return StringOf(text, Tokenize(text).tokens.at(0));
  };
  EXPECT_EQ(value("'it''s'"), "it's");
  EXPECT_EQ(value("E'a\\n\\'b''c'"), "a\n'b'c");
  EXPECT_EQ(value("$$a'b$$"), "a'b");
  EXPECT_EQ(value("$t$x$t$"), "x");
  EXPECT_EQ(value("''"), "");
}

TEST(IdentifierOf, RemovesQuotesAndKeepsCase) {
  const auto value = [](const std::string& text) {
    return IdentifierOf(text, Tokenize(text).tokens.at(0));
  };
  EXPECT_EQ(value("Abc"), "Abc");
  EXPECT_EQ(value("\"a\"\"B\""), "a\"B");
}

TEST(IsKeyword, IgnoresCaseButNotQuotes) {
  EXPECT_TRUE(IsKeyword("Select", Tokenize("Select").tokens[0], "select"));
  EXPECT_FALSE(IsKeyword("\"select\"", Tokenize("\"select\"").tokens[0], "select"));
  EXPECT_FALSE(IsKeyword("selects", Tokenize("selects").tokens[0], "select"));
}

}  // namespace
}  // namespace laminar::sql
