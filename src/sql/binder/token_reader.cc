#include "sql/binder/token_reader.h"

namespace laminar::sql {

bool TokenReader::SeesKeyword(std::string_view keyword, size_t ahead) const {
  return at_ + ahead < last_ && IsKeyword(text_.text(), text_.tokens()[at_ + ahead], keyword);
}

bool TokenReader::SeesSymbol(char symbol, size_t ahead) const {
  return at_ + ahead < last_ && IsSymbol(text_.text(), text_.tokens()[at_ + ahead], symbol);
}

bool TokenReader::SeesKind(TokenKind kind, size_t ahead) const {
  return at_ + ahead < last_ && text_.tokens()[at_ + ahead].kind == kind;
}

bool TokenReader::AcceptKeyword(std::string_view keyword) {
  const bool accepted = SeesKeyword(keyword);
  at_ += accepted ? 1 : 0;
  return accepted;
}

bool TokenReader::AcceptKeywords(std::initializer_list<std::string_view> keywords) {
  size_t ahead = 0;
  for (const std::string_view keyword : keywords) {
    if (!SeesKeyword(keyword, ahead++)) {
      return false;
    }
  }
  at_ += ahead;
  return true;
}

bool TokenReader::AcceptSymbol(char symbol) {
  const bool accepted = SeesSymbol(symbol);
  at_ += accepted ? 1 : 0;
  return accepted;
}

void TokenReader::ExpectKeyword(std::string_view keyword) {
  if (!AcceptKeyword(keyword)) {
    std::string upper(keyword);
    for (char& c : upper) {
      c = static_cast<char>(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
    }
    Fail(upper);
  }
}

void TokenReader::ExpectSymbol(char symbol) {
  if (!AcceptSymbol(symbol)) {
    Fail(std::string("\"") + symbol + "\"");
  }
}

std::string TokenReader::ExpectIdentifier(const std::string& what) {
  if (!SeesKind(TokenKind::kWord) && !SeesKind(TokenKind::kQuotedWord)) {
    Fail(what);
  }
  return IdentifierOf(text_.text(), Next());
}

std::string TokenReader::ExpectString(const std::string& what) {
  if (!SeesKind(TokenKind::kString)) {
    Fail(what);
  }
  return StringOf(text_.text(), Next());
}

void TokenReader::ExpectEnd() {
  if (!AtEnd()) {
    Fail("the end of the statement");
  }
}

TokenRange TokenReader::TakeParentheses() {
  const size_t open = at_++;
  int depth = 1;
  const TokenRange inside{at_, at_};
  while (!AtEnd()) {
    if (SeesSymbol('(')) {
      ++depth;
    } else if (SeesSymbol(')') && --depth == 0) {
      ++at_;
      return {inside.first, at_ - 1};
    }
    ++at_;
  }
  throw DiagnosticError("LM1001", text_.SpanOf(text_.tokens()[open]),
                        "parenthesis is not closed: ) is missing");
}

TokenRange TokenReader::TakeUntilComma() {
  const size_t first = at_;
  int depth = 0;
  while (!AtEnd()) {
    if (depth == 0 && (SeesSymbol(',') || SeesSymbol(')'))) {
      break;
    }
    if (SeesSymbol('(') || SeesSymbol('[') || SeesSymbol('{')) {
      ++depth;
    } else if (SeesSymbol(')') || SeesSymbol(']') || SeesSymbol('}')) {
      --depth;
    }
    ++at_;
  }
  return {first, at_};
}

base::SourceSpan TokenReader::NextSpan() const {
  if (!AtEnd()) {
    return text_.SpanOf(Peek());
  }
  if (at_ > 0) {
    const base::SourceSpan before = text_.SpanOf(text_.tokens()[at_ - 1]);
    return {before.offset + before.length, 0};
  }
  return {0, 0};
}

TokenReader::NestingGuard::NestingGuard(TokenReader& reader, int limit) : reader_(reader) {
  if (reader_.depth_ >= limit) {
    throw DiagnosticError("LM1003", reader_.NextSpan(),
                          "nested too deeply: at most " + std::to_string(limit) + " levels");
  }
  ++reader_.depth_;
}

void TokenReader::Fail(const std::string& expected) const {
  if (AtEnd()) {
    throw DiagnosticError("LM1001", NextSpan(),
                          "syntax error: the statement ends, expected " + expected);
  }
  throw DiagnosticError("LM1001", NextSpan(),
                        "syntax error at or near \"" + std::string(text_.TextOf({at_, at_ + 1})) +
                            "\", expected " + expected);
}

}  // namespace laminar::sql
