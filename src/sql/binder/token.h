// Tokens of a program's text, with byte positions: enough of SQL's lexical rules to find
// statements, to parse the dialect's own statements and to rewrite queries, never to judge them.
// Plain data.
#ifndef LAMINAR_SQL_BINDER_TOKEN_H_
#define LAMINAR_SQL_BINDER_TOKEN_H_

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"

namespace laminar::sql {

enum class TokenKind : uint8_t {
  kWord,        // unquoted identifier or keyword
  kQuotedWord,  // "identifier"
  kString,      // 'text', E'text', $$text$$
  kNumber,
  kParameter,  // $1, $name, ?
  kSymbol,     // one byte of punctuation or of an operator
};

struct Token {
  TokenKind kind;
  int32_t offset;
  int32_t length;
  int32_t end() const { return offset + length; }
};

struct TokenizedText {
  std::vector<Token> tokens;
  /// A string, quoted identifier or comment that never ends; the tokens before it are whole.
  std::optional<base::Diagnostic> error;
};

/// Comments and spaces separate tokens and are left out. REQUIRES: text.size() fits into int32_t.
TokenizedText Tokenize(std::string_view text);

/// True when the token is this keyword (given in lower case), unquoted.
bool IsKeyword(std::string_view text, const Token& token, std::string_view keyword);
/// True when the token is this byte of punctuation.
bool IsSymbol(std::string_view text, const Token& token, char symbol);

/// The identifier that a word or quoted word names: case kept, quotes removed.
std::string IdentifierOf(std::string_view text, const Token& token);
/// The text that a string token stands for: quotes removed, escapes replaced.
std::string StringOf(std::string_view text, const Token& token);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_TOKEN_H_
