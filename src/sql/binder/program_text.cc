#include "sql/binder/program_text.h"

#include <algorithm>
#include <cctype>
#include <utility>

#include "base/limits.h"

namespace laminar::sql {
namespace {

using base::Diagnostic;
using base::Severity;

/// AND and OR of one statement: DuckDB's parser takes time by the square of them.
constexpr int kConditionsMax = 10'000;

int DepthChange(char symbol) {
  switch (symbol) {
    case '(':
    case '[':
    case '{':
      return 1;
    case ')':
    case ']':
    case '}':
      return -1;
    default:
      return 0;
  }
}

/// Offset of the first byte that is not UTF-8, or npos.
size_t FindInvalidUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const size_t length = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    if ((lead >= 0x80 && lead < 0xC2) || lead > 0xF4 || i + length > text.size()) {
      return i;
    }
    for (size_t k = 1; k < length; ++k) {
      if ((static_cast<unsigned char>(text[i + k]) & 0xC0) != 0x80) {
        return i;
      }
    }
    const auto second = length > 1 ? static_cast<unsigned char>(text[i + 1]) : 0;
    const bool bad = (lead == 0xE0 && second < 0xA0) || (lead == 0xED && second > 0x9F) ||
                     (lead == 0xF0 && second < 0x90) || (lead == 0xF4 && second > 0x8F);
    if (bad) {
      return i;
    }
    i += length;
  }
  return std::string_view::npos;
}

/// The text with `${name}` replaced outside comments.
EditedText ReplaceVariables(std::string_view text,
                            const std::map<std::string, std::string>& variables,
                            std::vector<base::SourceSpan>& unknown_variables,
                            std::vector<Diagnostic>& diagnostics) {
  std::vector<TextEdit> edits;
  bool in_comment = false;
  bool in_quotes = false;
  for (size_t i = 0; i + 1 < text.size(); ++i) {
    if (in_comment) {
      in_comment = text[i] != '\n';
      continue;
    }
    in_quotes = in_quotes != (text[i] == '\'');
    if (!in_quotes && text[i] == '-' && text[i + 1] == '-') {
      in_comment = true;
      continue;
    }
    if (text[i] != '$' || text[i + 1] != '{') {
      continue;
    }
    const size_t close = text.find('}', i);
    const base::SourceSpan span{
        static_cast<int64_t>(i),
        static_cast<int64_t>((close == std::string_view::npos ? i + 1 : close) - i + 1)};
    if (close == std::string_view::npos || close - i > 200) {
      diagnostics.push_back({"LM1004",
                             Severity::kError,
                             {span.offset, 2},
                             "variable is not closed: } is missing",
                             ""});
      continue;
    }
    const std::string name(text.substr(i + 2, close - i - 2));
    const auto found = variables.find(name);
    if (found == variables.end()) {
      std::vector<std::string> names;
      for (const auto& [known, value] : variables) {
        names.push_back(known);
      }
      const std::string nearest = base::FindNearest(name, names);
      diagnostics.push_back({"LM1004", Severity::kError, span, "unknown variable \"" + name + "\"",
                             nearest.empty() ? "set it with -D " + name + "=VALUE"
                                             : "did you mean \"" + nearest + "\"?"});
      // NULL keeps the statement readable, so that further errors are still found.
      edits.push_back({span.offset, span.length, "NULL"});
      unknown_variables.push_back(span);
    } else {
      edits.push_back({span.offset, span.length, found->second});
    }
    i = close;
  }
  return EditedText(text, edits);
}

}  // namespace

std::unique_ptr<ProgramText> ProgramText::Read(std::string_view original,
                                               const std::map<std::string, std::string>& variables,
                                               std::vector<Diagnostic>& diagnostics) {
  const auto refuse = [&diagnostics](base::SourceSpan span, const std::string& message) {
    diagnostics.push_back({"LM1003", Severity::kError, span, message, ""});
    return nullptr;
  };
  if (static_cast<int64_t>(original.size()) > base::kProgramBytesMax) {
    return refuse({}, "the program is too large: " + std::to_string(original.size()) +
                          " bytes, at most " + std::to_string(base::kProgramBytesMax));
  }
  if (const size_t bad = FindInvalidUtf8(original); bad != std::string_view::npos) {
    diagnostics.push_back({"LM1009",
                           Severity::kError,
                           {static_cast<int64_t>(bad), 1},
                           "the text is not valid UTF-8 here",
                           ""});
    return nullptr;
  }
  if (const size_t zero = original.find('\0'); zero != std::string_view::npos) {
    diagnostics.push_back({"LM1009",
                           Severity::kError,
                           {static_cast<int64_t>(zero), 1},
                           "the text contains a zero byte",
                           ""});
    return nullptr;
  }
  std::vector<base::SourceSpan> unknown_variables;
  EditedText substituted = ReplaceVariables(original, variables, unknown_variables, diagnostics);
  if (static_cast<int64_t>(substituted.text().size()) > base::kProgramBytesMax ||
      FindInvalidUtf8(substituted.text()) != std::string_view::npos ||
      substituted.text().find('\0') != std::string::npos) {
    return refuse({},
                  "the values of the variables make the program too large, or are not valid UTF-8");
  }
  TokenizedText tokenized = Tokenize(substituted.text());
  const bool is_cut = tokenized.error.has_value();
  if (is_cut) {
    tokenized.error->span = substituted.ToOriginal(tokenized.error->span);
    diagnostics.push_back(*std::move(tokenized.error));
  }
  std::unique_ptr<ProgramText> program(new ProgramText(
      std::move(substituted), std::move(unknown_variables), std::move(tokenized.tokens)));
  if (is_cut && !program->statements_.empty() &&
      program->statements_.back().last == program->tokens_.size()) {
    program->statements_.pop_back();  // the part of it before the error would only be misread
  }
  for (const TokenRange& statement : program->statements_) {
    if (!program->CheckSize(statement, diagnostics)) {
      return nullptr;
    }
  }
  return program;
}

ProgramText::ProgramText(EditedText substituted,
                         std::vector<base::SourceSpan> unknown_variables,
                         std::vector<Token> tokens)
    : substituted_(std::move(substituted)),
      unknown_variables_(std::move(unknown_variables)),
      tokens_(std::move(tokens)) {
  SplitStatements();
}

bool ProgramText::HasUnknownVariable(const base::SourceSpan& span) const {
  return std::ranges::any_of(unknown_variables_, [&](const base::SourceSpan& variable) {
    return variable.offset < span.offset + span.length &&
           span.offset < variable.offset + variable.length;
  });
}

void ProgramText::SplitStatements() {
  TokenRange range;
  for (size_t i = 0; i <= tokens_.size(); ++i) {
    if (i < tokens_.size() && !IsSymbol(text(), tokens_[i], ';')) {
      continue;
    }
    range.last = i;
    if (!range.empty()) {
      statements_.push_back(range);
    }
    range.first = i + 1;
  }
}

bool ProgramText::CheckSize(const TokenRange& statement,
                            std::vector<Diagnostic>& diagnostics) const {
  int depth = 0;
  int num_conditions = 0;
  for (size_t i = statement.first; i < statement.last; ++i) {
    const Token& token = tokens_[i];
    if (token.kind == TokenKind::kSymbol) {
      depth += DepthChange(text()[static_cast<size_t>(token.offset)]);
    } else if (IsKeyword(text(), token, "and") || IsKeyword(text(), token, "or")) {
      ++num_conditions;
    }
    if (depth > base::kNestingDepthMax) {
      diagnostics.push_back({"LM1003", Severity::kError, SpanOf(token),
                             "parentheses are nested too deeply: at most " +
                                 std::to_string(base::kNestingDepthMax) + " levels",
                             ""});
      return false;
    }
    if (num_conditions > kConditionsMax) {
      diagnostics.push_back(
          {"LM1003", Severity::kError, SpanOf(token),
           "the statement has too many conditions: at most " + std::to_string(kConditionsMax),
           "a list of values is written as IN (...)"});
      return false;
    }
  }
  return true;
}

std::string_view ProgramText::TextOf(const TokenRange& range) const {
  if (range.empty()) {
    return {};
  }
  const auto start = static_cast<size_t>(tokens_[range.first].offset);
  return std::string_view(text()).substr(
      start, static_cast<size_t>(tokens_[range.last - 1].end()) - start);
}

base::SourceSpan ProgramText::SpanOf(const Token& token) const {
  return substituted_.ToOriginal(base::SourceSpan{token.offset, token.length});
}

base::SourceSpan ProgramText::SpanOf(const TokenRange& range) const {
  if (range.empty()) {
    const int64_t at = range.first < tokens_.size() ? tokens_[range.first].offset
                                                    : static_cast<int64_t>(text().size());
    return {ToOriginal(at), 0};
  }
  const int64_t start = tokens_[range.first].offset;
  return substituted_.ToOriginal(base::SourceSpan{start, tokens_[range.last - 1].end() - start});
}

}  // namespace laminar::sql
