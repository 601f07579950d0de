// TokenReader: a cursor over the tokens of one statement, for the hand-written parsers. What it
// expects and does not find is a DiagnosticError at that token.
#ifndef LAMINAR_SQL_BINDER_TOKEN_READER_H_
#define LAMINAR_SQL_BINDER_TOKEN_READER_H_

#include <initializer_list>
#include <string>
#include <string_view>

#include "sql/binder/diagnostic_error.h"
#include "sql/binder/program_text.h"

namespace laminar::sql {

class TokenReader {
 public:
  /// `text` outlives the reader.
  TokenReader(const ProgramText& text, TokenRange range)
      : text_(text), at_(range.first), last_(range.last) {}

  const ProgramText& text() const { return text_; }
  bool AtEnd() const { return at_ == last_; }
  size_t position() const { return at_; }
  void set_position(size_t position) { at_ = position; }
  TokenRange Rest() const { return {at_, last_}; }
  /// REQUIRES: the tokens exist.
  const Token& Peek() const { return text_.tokens()[at_]; }
  const Token& Next() { return text_.tokens()[at_++]; }

  bool SeesKeyword(std::string_view keyword, size_t ahead = 0) const;
  bool SeesSymbol(char symbol, size_t ahead = 0) const;
  bool SeesKind(TokenKind kind, size_t ahead = 0) const;

  bool AcceptKeyword(std::string_view keyword);
  /// All of them in this order, or none.
  bool AcceptKeywords(std::initializer_list<std::string_view> keywords);
  bool AcceptSymbol(char symbol);
  void ExpectKeyword(std::string_view keyword);
  void ExpectSymbol(char symbol);
  /// A word or a quoted word.
  std::string ExpectIdentifier(const std::string& what);
  std::string ExpectString(const std::string& what);
  void ExpectEnd();

  /// REQUIRES: the next token is an opening parenthesis. Takes it, what is inside, and the closing
  /// one; returns the inside.
  TokenRange TakeParentheses();
  /// Takes everything up to a comma or a closing parenthesis of this level, or the end.
  TokenRange TakeUntilComma();

  /// The place of the next token; of the statement's end when there is none.
  base::SourceSpan NextSpan() const;
  base::SourceSpan SpanSince(size_t position) const {
    return text_.SpanOf(TokenRange{position, at_});
  }
  /// "syntax error at or near ...".
  [[noreturn]] void Fail(const std::string& expected) const;

  /// Counts how deep a recursive parser is; throws LM1003 beyond `limit`.
  class NestingGuard {
   public:
    NestingGuard(TokenReader& reader, int limit);
    ~NestingGuard() { --reader_.depth_; }
    NestingGuard(const NestingGuard&) = delete;
    NestingGuard& operator=(const NestingGuard&) = delete;

   private:
    TokenReader& reader_;
  };

 private:
  const ProgramText& text_;
  int depth_ = 0;
  size_t at_;
  size_t last_;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_TOKEN_READER_H_
