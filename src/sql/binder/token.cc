#include "sql/binder/token.h"

#include <cctype>

namespace laminar::sql {
namespace {

bool IsWordStart(unsigned char c) { return std::isalpha(c) != 0 || c == '_' || c >= 0x80; }
bool IsWordPart(unsigned char c) { return IsWordStart(c) || std::isdigit(c) != 0 || c == '$'; }
char Fold(char c) { return static_cast<char>(std::tolower(static_cast<unsigned char>(c))); }

/// Scans one text; every Skip function takes the offset of a token's first byte and returns the one
/// behind it, or npos when the token never ends.
class Scanner {
 public:
  explicit Scanner(std::string_view text) : text_(text) {}

  TokenizedText Run() {
    size_t at = 0;
    while ((at = SkipSpaceAndComments(at)) < text_.size()) {
      const TokenKind kind = KindAt(at);
      const size_t end = SkipToken(kind, at);
      if (end == std::string_view::npos) {
        Fail(at, kind == TokenKind::kString ? "text is not closed: a quote is missing"
                                            : "quoted name is not closed: a quote is missing");
        break;
      }
      result_.tokens.push_back({kind, static_cast<int32_t>(at), static_cast<int32_t>(end - at)});
      at = end;
    }
    return std::move(result_);
  }

 private:
  unsigned char At(size_t i) const {
    return i < text_.size() ? static_cast<unsigned char>(text_[i]) : 0;
  }

  void Fail(size_t at, const char* message) {
    result_.error = base::Diagnostic{
        "LM1002", base::Severity::kError, {static_cast<int64_t>(at), 1}, message, ""};
  }

  size_t SkipSpaceAndComments(size_t at) {
    while (at < text_.size()) {
      if (std::isspace(At(at)) != 0) {
        ++at;
      } else if (At(at) == 0xC2 && At(at + 1) == 0xA0) {
        at += 2;  // no-break space, as copied from web pages
      } else if (At(at) == '-' && At(at + 1) == '-') {
        at = std::min(text_.find('\n', at), text_.size());
      } else if (At(at) == '/' && At(at + 1) == '*') {
        const size_t end = SkipBlockComment(at);
        if (end == std::string_view::npos) {
          Fail(at, "comment is not closed: */ is missing");
          return text_.size();
        }
        at = end;
      } else {
        break;
      }
    }
    return at;
  }

  size_t SkipBlockComment(size_t at) const {
    int depth = 0;
    while (at + 1 < text_.size()) {
      if (text_[at] == '/' && text_[at + 1] == '*') {
        ++depth;
        at += 2;
      } else if (text_[at] == '*' && text_[at + 1] == '/') {
        at += 2;
        if (--depth == 0) {
          return at;
        }
      } else {
        ++at;
      }
    }
    return std::string_view::npos;
  }

  /// The length of a dollar quote's tag, both dollars included; 0 when there is none.
  size_t DollarTag(size_t at) const {
    size_t i = at + 1;
    if (std::isdigit(At(i)) != 0) {
      return 0;
    }
    while (IsWordPart(At(i)) && At(i) != '$') {
      ++i;
    }
    return At(i) == '$' ? i + 1 - at : 0;
  }

  bool IsPrefixedString(size_t at) const {
    const char prefix = Fold(static_cast<char>(At(at)));
    return (prefix == 'e' || prefix == 'x' || prefix == 'b' || prefix == 'n') && At(at + 1) == '\'';
  }

  TokenKind KindAt(size_t at) const {
    const unsigned char c = At(at);
    if (c == '\'' || IsPrefixedString(at) || (c == '$' && DollarTag(at) > 0)) {
      return TokenKind::kString;
    }
    if (c == '"') {
      return TokenKind::kQuotedWord;
    }
    if (c == '?' || (c == '$' && IsWordPart(At(at + 1)))) {
      return TokenKind::kParameter;
    }
    if (std::isdigit(c) != 0 || (c == '.' && std::isdigit(At(at + 1)) != 0 && !FollowsName(at))) {
      return TokenKind::kNumber;
    }
    return IsWordStart(c) ? TokenKind::kWord : TokenKind::kSymbol;
  }

  /// True when the byte before is part of a name or closes something, so that a point is an access
  /// and no fraction.
  bool FollowsName(size_t at) const {
    return at > 0 &&
           (IsWordPart(At(at - 1)) || At(at - 1) == ')' || At(at - 1) == ']' || At(at - 1) == '"');
  }

  size_t SkipToken(TokenKind kind, size_t at) const {
    switch (kind) {
      case TokenKind::kWord:
        return SkipWhile(at, IsWordPart);
      case TokenKind::kQuotedWord:
        return SkipQuoted(at, '"', false);
      case TokenKind::kString:
        return SkipString(at);
      case TokenKind::kNumber:
        return SkipNumber(at);
      case TokenKind::kParameter:
        return SkipWhile(at + 1, IsWordPart);
      case TokenKind::kSymbol:
        return at + 1;
    }
    return at + 1;
  }

  size_t SkipWhile(size_t at, bool (*accept)(unsigned char)) const {
    while (at < text_.size() && accept(At(at))) {
      ++at;
    }
    return at;
  }

  size_t SkipQuoted(size_t at, char quote, bool backslash) const {
    for (size_t i = at + 1; i < text_.size(); ++i) {
      if (backslash && text_[i] == '\\') {
        ++i;
      } else if (text_[i] == quote) {
        if (At(i + 1) != static_cast<unsigned char>(quote)) {
          return i + 1;
        }
        ++i;
      }
    }
    return std::string_view::npos;
  }

  size_t SkipString(size_t at) const {
    if (At(at) == '$') {
      const size_t tag = DollarTag(at);
      const size_t close = text_.find(text_.substr(at, tag), at + tag);
      return close == std::string_view::npos ? close : close + tag;
    }
    if (At(at) == '\'') {
      return SkipQuoted(at, '\'', false);
    }
    return SkipQuoted(at + 1, '\'', Fold(static_cast<char>(At(at))) == 'e');
  }

  size_t SkipNumber(size_t at) const {
    if (At(at) == '0' && (At(at + 1) == 'x' || At(at + 1) == 'X')) {
      return SkipWhile(at + 2, IsWordPart);
    }
    const auto is_digit = +[](unsigned char c) { return std::isdigit(c) != 0 || c == '_'; };
    at = SkipWhile(at, is_digit);
    if (At(at) == '.' && At(at + 1) != '.') {
      at = SkipWhile(at + 1, is_digit);
    }
    if (At(at) == 'e' || At(at) == 'E') {
      const size_t sign = At(at + 1) == '+' || At(at + 1) == '-' ? 1 : 0;
      if (std::isdigit(At(at + 1 + sign)) != 0) {
        at = SkipWhile(at + 1 + sign, is_digit);
      }
    }
    return at;
  }

  std::string_view text_;
  TokenizedText result_;
};

std::string Undouble(std::string_view body, char quote) {
  std::string result;
  for (size_t i = 0; i < body.size(); ++i) {
    result += body[i];
    if (body[i] == quote) {
      ++i;
    }
  }
  return result;
}

std::string Unescape(std::string_view body) {
  std::string result;
  for (size_t i = 0; i < body.size(); ++i) {
    if (body[i] == '\'' && i + 1 < body.size()) {
      ++i;  // a doubled quote
      result += '\'';
    } else if (body[i] == '\\' && i + 1 < body.size()) {
      const char escaped = body[++i];
      result += escaped == 'n'   ? '\n'
                : escaped == 't' ? '\t'
                : escaped == 'r' ? '\r'
                : escaped == 'b' ? '\b'
                : escaped == 'f' ? '\f'
                                 : escaped;
    } else {
      result += body[i];
    }
  }
  return result;
}

}  // namespace

TokenizedText Tokenize(std::string_view text) { return Scanner(text).Run(); }

bool IsKeyword(std::string_view text, const Token& token, std::string_view keyword) {
  if (token.kind != TokenKind::kWord || static_cast<size_t>(token.length) != keyword.size()) {
    return false;
  }
  for (size_t i = 0; i < keyword.size(); ++i) {
    if (Fold(text[static_cast<size_t>(token.offset) + i]) != keyword[i]) {
      return false;
    }
  }
  return true;
}

bool IsSymbol(std::string_view text, const Token& token, char symbol) {
  return token.kind == TokenKind::kSymbol && text[static_cast<size_t>(token.offset)] == symbol;
}

std::string IdentifierOf(std::string_view text, const Token& token) {
  const std::string_view written =
      text.substr(static_cast<size_t>(token.offset), static_cast<size_t>(token.length));
  if (token.kind == TokenKind::kQuotedWord) {
    return Undouble(written.substr(1, written.size() - 2), '"');
  }
  return std::string(written);
}

std::string StringOf(std::string_view text, const Token& token) {
  const std::string_view written =
      text.substr(static_cast<size_t>(token.offset), static_cast<size_t>(token.length));
  if (written[0] == '$') {
    const size_t tag = written.find('$', 1) + 1;
    return std::string(written.substr(tag, written.size() - 2 * tag));
  }
  if (written[0] == '\'') {
    return Undouble(written.substr(1, written.size() - 2), '\'');
  }
  const std::string_view body = written.substr(2, written.size() - 3);
  return Fold(written[0]) == 'e' ? Unescape(body) : Undouble(body, '\'');
}

}  // namespace laminar::sql
