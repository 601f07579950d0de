#include "sql/binder/query_text.h"

#include <array>
#include <string_view>

#include "duckdb/parser/keyword_helper.hpp"

#include "sql/binder/diagnostic_error.h"

namespace laminar::sql {
namespace {

constexpr std::array<std::string_view, 4> kWindowFunctions = {"tumble", "hop", "session",
                                                              "cumulate"};

struct UnsignedType {
  std::string_view word;
  const char* replacement;
};
constexpr std::array<UnsignedType, 8> kUnsignedTypes = {{{"tinyint", "UTINYINT"},
                                                         {"smallint", "USMALLINT"},
                                                         {"int2", "USMALLINT"},
                                                         {"int", "UINTEGER"},
                                                         {"integer", "UINTEGER"},
                                                         {"int4", "UINTEGER"},
                                                         {"bigint", "UBIGINT"},
                                                         {"int8", "UBIGINT"}}};

/// Words after which an expression must follow, so that a name there is a name.
constexpr std::array<std::string_view, 18> kExpressionLeads = {
    "select", "distinct", "where",  "and", "or", "not",  "then",    "else",    "when",
    "case",   "by",       "having", "on",  "in", "like", "between", "qualify", "all"};

class Rewriter {
 public:
  Rewriter(const ProgramText& text, TokenRange range)
      : text_(text),
        tokens_(text.tokens()),
        range_(range),
        base_(range.empty() ? 0 : tokens_[range.first].offset) {}

  std::vector<TextEdit> Run() {
    for (size_t i = range_.first; i < range_.last; ++i) {
      if (tokens_[i].kind == TokenKind::kWord) {
        RewriteWord(i);
      } else if (tokens_[i].kind == TokenKind::kSymbol) {
        TrackParentheses(i);
      } else if (tokens_[i].kind == TokenKind::kParameter) {
        throw DiagnosticError("LM1006", text_.SpanOf(tokens_[i]),
                              "parameters are not supported in a program",
                              "use ${name} and -D name=value");
      }
    }
    return std::move(edits_);
  }

 private:
  bool Sees(size_t i, std::string_view keyword) const {
    return i >= range_.first && i < range_.last && IsKeyword(text_.text(), tokens_[i], keyword);
  }
  bool SeesSymbol(size_t i, char symbol) const {
    return i >= range_.first && i < range_.last && IsSymbol(text_.text(), tokens_[i], symbol);
  }
  bool IsName(size_t i) const {
    return i < range_.last &&
           (tokens_[i].kind == TokenKind::kWord || tokens_[i].kind == TokenKind::kQuotedWord);
  }
  template <size_t N>
  bool SeesAny(size_t i, const std::array<std::string_view, N>& keywords) const {
    for (const std::string_view keyword : keywords) {
      if (Sees(i, keyword)) {
        return true;
      }
    }
    return false;
  }

  void Replace(size_t first, size_t last, const std::string& replacement) {
    const int64_t start = tokens_[first].offset;
    edits_.push_back({start - base_, tokens_[last].end() - start, replacement});
  }
  void Quote(size_t i) { Replace(i, i, "\"" + IdentifierOf(text_.text(), tokens_[i]) + "\""); }

  void RewriteWord(size_t i) {
    const bool is_member = i > range_.first && SeesSymbol(i - 1, '.');
    if (IsArgumentName(i)) {
      RewriteArgumentName(i);
      return;
    }
    if (Sees(i, "window")) {
      if (!is_member && !IsWindowClause(i)) {
        Quote(i);
      }
    } else if (Sees(i, "at") && !is_member && !IsAtClause(i)) {
      Quote(i);
    } else if (Sees(i, "case") && !is_member) {
      ++case_depth_;
    } else if (Sees(i, "end") && !is_member) {
      RewriteEnd(i);
    } else if (Sees(i, "table")) {
      RewriteTable(i);
    } else if (Sees(i, "unsigned")) {
      RewriteUnsigned(i);
    } else if (Sees(i, "partition") && Sees(i + 1, "by")) {
      RefusePartition(i);
    } else if (Sees(i, "approx_percentile_cont") || Sees(i, "approx_median")) {
      RewriteApproximate(i);
    } else if (Sees(i, "emit") && parentheses_.empty()) {
      RefuseEmit(i);
    }
  }

  /// `name => value`.
  bool IsArgumentName(size_t i) const {
    return SeesSymbol(i + 1, '=') && SeesSymbol(i + 2, '>') &&
           tokens_[i + 1].end() == tokens_[i + 2].offset &&
           (SeesSymbol(i - 1, '(') || SeesSymbol(i - 1, ','));
  }

  /// Names of options are any words, DuckDB's keywords among them.
  void RewriteArgumentName(size_t i) {
    const duckdb::KeywordCategory category =
        duckdb::KeywordHelper::KeywordCategoryType(IdentifierOf(text_.text(), tokens_[i]));
    if (category != duckdb::KeywordCategory::KEYWORD_NONE &&
        category != duckdb::KeywordCategory::KEYWORD_UNRESERVED) {
      Quote(i);
    }
  }

  /// `WINDOW w AS (...)`.
  bool IsWindowClause(size_t i) const {
    return IsName(i + 1) && Sees(i + 2, "as") && SeesSymbol(i + 3, '(');
  }

  /// `time AT TIME ZONE 'zone'`, `table AT (VERSION => 1)`.
  bool IsAtClause(size_t i) const {
    return (Sees(i + 1, "time") && Sees(i + 2, "zone")) ||
           (SeesSymbol(i + 1, '(') && !OperandIsDue(i));
  }

  /// `END` closes a CASE, unless no CASE is open or an operand is due here.
  void RewriteEnd(size_t i) {
    if (case_depth_ > 0 && !OperandIsDue(i)) {
      --case_depth_;
      return;
    }
    Quote(i);
  }

  bool OperandIsDue(size_t i) const {
    if (i == range_.first) {
      return true;
    }
    if (tokens_[i - 1].kind == TokenKind::kSymbol) {
      const char symbol = text_.text()[static_cast<size_t>(tokens_[i - 1].offset)];
      return symbol != ')' && symbol != ']' && symbol != '}';
    }
    return SeesAny(i - 1, kExpressionLeads);
  }

  /// `FROM TABLE(TUMBLE(TABLE t, ...))`: without the first TABLE and its parentheses, and without
  /// the second.
  void RewriteTable(size_t i) {
    const bool is_argument =
        i > range_.first + 1 &&
        (SeesSymbol(i - 1, '(') || SeesSymbol(i - 1, ',') || SeesSymbol(i - 1, '>'));
    if (is_argument && IsName(i + 1) && !parentheses_.empty() && parentheses_.back().is_window) {
      Replace(i, i, " ");
      return;
    }
    const bool is_source = Sees(i - 1, "from") || Sees(i - 1, "join") || SeesSymbol(i - 1, ',') ||
                           Sees(i - 1, "lateral");
    if (i > range_.first && is_source && SeesSymbol(i + 1, '(') &&
        SeesAny(i + 2, kWindowFunctions)) {
      Replace(i, i, " ");
      drop_parenthesis_at_ = i + 1;
    }
  }

  void RewriteUnsigned(size_t i) {
    if (i == range_.first || tokens_[i - 1].kind != TokenKind::kWord) {
      return;
    }
    for (const UnsignedType& type : kUnsignedTypes) {
      if (Sees(i - 1, type.word)) {
        Replace(i - 1, i, type.replacement);
        return;
      }
    }
  }

  /// Ordered-set aggregates are grammar in DuckDB: only names it lists may stand before WITHIN
  /// GROUP.
  void RewriteApproximate(size_t i) {
    if (!SeesSymbol(i + 1, '(')) {
      return;
    }
    int depth = 0;
    for (size_t k = i + 1; k < range_.last; ++k) {
      depth += SeesSymbol(k, '(') ? 1 : SeesSymbol(k, ')') ? -1 : 0;
      if (depth == 0) {
        if (Sees(k + 1, "within")) {
          Replace(i, i, "percentile_cont");
        }
        return;
      }
    }
  }

  /// `SESSION(TABLE t PARTITION BY k, ...)`.
  void RefusePartition(size_t i) const {
    if (!parentheses_.empty() && parentheses_.back().is_window) {
      throw DiagnosticError(
          "LM1006", text_.SpanOf(TokenRange{i, i + 2}),
          "PARTITION BY is not supported in a window table function",
          "sessions by key are written SELECT k, ... FROM t GROUP BY k, session(INTERVAL '...')");
    }
  }

  void RefuseEmit(size_t i) const {
    if (Sees(i + 1, "changes") || Sees(i + 1, "every") || Sees(i + 1, "on") ||
        Sees(i + 1, "after") || Sees(i + 1, "periodic")) {
      throw DiagnosticError("LM1006", text_.SpanOf(TokenRange{i, i + 2}),
                            "EMIT is not supported yet",
                            "leave it out: windows are emitted once, when they close");
    }
  }

  void TrackParentheses(size_t i) {
    if (SeesSymbol(i, '(')) {
      const bool is_dropped = drop_parenthesis_at_ == i;
      parentheses_.push_back(
          {is_dropped, i > range_.first && SeesAny(i - 1, kWindowFunctions), case_depth_});
      case_depth_ = 0;
      if (is_dropped) {
        Replace(i, i, " ");
      }
    } else if (SeesSymbol(i, ')') && !parentheses_.empty()) {
      if (parentheses_.back().is_dropped) {
        Replace(i, i, " ");
      }
      case_depth_ = parentheses_.back().case_depth;
      parentheses_.pop_back();
    }
  }

  struct Parenthesis {
    bool is_dropped;
    bool is_window;  // opens the arguments of a window function
    int case_depth;  // around it
  };

  const ProgramText& text_;
  const std::vector<Token>& tokens_;
  TokenRange range_;
  int64_t base_;
  std::vector<TextEdit> edits_;
  std::vector<Parenthesis> parentheses_;
  int case_depth_ = 0;
  size_t drop_parenthesis_at_ = static_cast<size_t>(-1);
};

}  // namespace

std::vector<TextEdit> QueryEdits(const ProgramText& text, TokenRange range) {
  return Rewriter(text, range).Run();
}

}  // namespace laminar::sql
