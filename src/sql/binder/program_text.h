// The text of a program with its variables replaced, as tokens and statements; what all parsers of
// the dialect read. Spans that it hands out are in the text as the user gave it. Immutable once
// made; lives through one Bind.
#ifndef LAMINAR_SQL_BINDER_PROGRAM_TEXT_H_
#define LAMINAR_SQL_BINDER_PROGRAM_TEXT_H_

#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/diagnostic.h"
#include "sql/binder/edited_text.h"
#include "sql/binder/token.h"

namespace laminar::sql {

/// Tokens [first, last) of a program.
struct TokenRange {
  size_t first = 0;
  size_t last = 0;
  bool empty() const { return first == last; }
};

class ProgramText {
 public:
  /// Checks size, encoding and nesting, replaces `${name}`, finds tokens and statements. Problems
  /// go to `diagnostics`; null when nothing of the text can be used.
  static std::unique_ptr<ProgramText> Read(std::string_view original,
                                           const std::map<std::string, std::string>& variables,
                                           std::vector<base::Diagnostic>& diagnostics);

  /// After replacing variables; tokens point into it.
  const std::string& text() const { return substituted_.text(); }
  const std::vector<Token>& tokens() const { return tokens_; }
  /// Whether a place of the original overlaps a variable that has no value.
  bool HasUnknownVariable(const base::SourceSpan& span) const;
  /// Without their semicolons; none is empty.
  const std::vector<TokenRange>& statements() const { return statements_; }

  std::string_view TextOf(const TokenRange& range) const;
  /// The place of a token, or of a range of tokens, in the original.
  base::SourceSpan SpanOf(const Token& token) const;
  base::SourceSpan SpanOf(const TokenRange& range) const;
  /// The place of a byte of text() in the original.
  int64_t ToOriginal(int64_t offset) const { return substituted_.ToOriginal(offset); }
  base::SourceSpan ToOriginal(const base::SourceSpan& span) const {
    return substituted_.ToOriginal(span);
  }

 private:
  ProgramText(EditedText substituted,
              std::vector<base::SourceSpan> unknown_variables,
              std::vector<Token> tokens);
  void SplitStatements();
  /// Refuses statements that would make DuckDB's parser run deep or long.
  bool CheckSize(const TokenRange& statement, std::vector<base::Diagnostic>& diagnostics) const;

  EditedText substituted_;
  std::vector<base::SourceSpan> unknown_variables_;  // in the original
  std::vector<Token> tokens_;
  std::vector<TokenRange> statements_;
};

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_PROGRAM_TEXT_H_
