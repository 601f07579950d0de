#include "sql/binder/ddl.h"

#include <set>

#include "duckdb.hpp"
#include "duckdb/common/string_util.hpp"

#include "base/limits.h"
#include "sql/binder/option_parser.h"
#include "sql/binder/token_reader.h"
#include "sql/binder/type_parser.h"

namespace laminar::sql {
namespace {

/// `metadata('key')`, the older way to write METADATA FROM.
std::optional<PlacedName> MetadataCall(const ProgramText& text, TokenRange range) {
  TokenReader reader(text, range);
  if (!reader.AcceptKeyword("metadata") || !reader.AcceptSymbol('(') ||
      !reader.SeesKind(TokenKind::kString)) {
    return std::nullopt;
  }
  PlacedName key;
  key.span = reader.NextSpan();
  key.name = reader.ExpectString("a key");
  if (!reader.AcceptSymbol(')') || !reader.AtEnd()) {
    return std::nullopt;
  }
  return key;
}

class Parser {
 public:
  Parser(const ProgramText& text, TokenRange statement, std::vector<base::Diagnostic>& diagnostics)
      : reader_(text, statement), diagnostics_(diagnostics) {
    table_.span = text.SpanOf(statement);
  }

  CreateTable Run() {
    ParseHead();
    if (reader_.SeesSymbol('(')) {
      ParseElements();
    }
    ParseTail();
    reader_.ExpectEnd();
    return std::move(table_);
  }

  bool is_usable() const { return is_usable_; }

 private:
  void ParseHead() {
    reader_.ExpectKeyword("create");
    table_.or_replace = reader_.AcceptKeywords({"or", "replace"});
    table_.temporary = reader_.AcceptKeyword("temporary") || reader_.AcceptKeyword("temp");
    reader_.ExpectKeyword("table");
    table_.if_not_exists = reader_.AcceptKeywords({"if", "not", "exists"});
    table_.name.span = reader_.NextSpan();
    table_.name.name = reader_.ExpectIdentifier("the name of a table");
    if (reader_.SeesSymbol('.')) {
      throw DiagnosticError("LM1104", reader_.NextSpan(),
                            "tables have no schema: write the name alone");
    }
  }

  void ParseElements() {
    reader_.ExpectSymbol('(');
    while (!reader_.AcceptSymbol(')')) {
      const size_t first = reader_.position();
      try {
        ParseElement();
      } catch (const DiagnosticError& error) {
        diagnostics_.push_back(error.diagnostic());
        is_usable_ = false;
        reader_.set_position(first);
        SkipElement();
        if (reader_.AtEnd()) {
          return;  // a parenthesis is missing, which would only be told again
        }
      }
      if (!reader_.AcceptSymbol(',') && !reader_.SeesSymbol(')')) {
        reader_.Fail("\",\" or \")\"");
      }
      if (table_.columns.size() > static_cast<size_t>(base::kColumnsMax)) {
        throw DiagnosticError(
            "LM1003", table_.name.span,
            "the table has too many columns: at most " + std::to_string(base::kColumnsMax));
      }
    }
  }

  /// Goes to the comma or parenthesis behind a column, over those in its type.
  void SkipElement() {
    std::string open;  // what waits to be closed
    while (!reader_.AtEnd()) {
      if (open.empty() && (reader_.SeesSymbol(',') || reader_.SeesSymbol(')'))) {
        return;
      }
      if (OpensType()) {
        reader_.Next();
        open += '>';
      } else if (reader_.SeesSymbol('(')) {
        open += ')';
      } else if (!open.empty() && reader_.SeesSymbol(open.back())) {
        open.pop_back();
      }
      reader_.Next();
    }
  }

  bool OpensType() const {
    return reader_.SeesSymbol('<', 1) &&
           (reader_.SeesKeyword("struct") || reader_.SeesKeyword("array") ||
            reader_.SeesKeyword("map") || reader_.SeesKeyword("list"));
  }

  void ParseElement() {
    if (reader_.SeesKeyword("watermark") && reader_.SeesKeyword("for", 1)) {
      ParseWatermark();
    } else if (reader_.SeesKeyword("primary") && reader_.SeesKeyword("key", 1)) {
      ParsePrimaryKey();
    } else if (IsTableConstraint()) {
      throw DiagnosticError("LM1104", reader_.NextSpan(), "this table constraint is not supported",
                            "only PRIMARY KEY and WATERMARK FOR are");
    } else {
      ParseColumn();
    }
  }

  bool IsTableConstraint() const {
    const bool named = reader_.SeesKeyword("constraint") && reader_.SeesKind(TokenKind::kWord, 1) &&
                       (reader_.SeesKeyword("unique", 2) || reader_.SeesKeyword("primary", 2) ||
                        reader_.SeesKeyword("check", 2) || reader_.SeesKeyword("foreign", 2));
    return named || (reader_.SeesKeyword("foreign") && reader_.SeesKeyword("key", 1)) ||
           (reader_.SeesKeyword("unique") && reader_.SeesSymbol('(', 1)) ||
           (reader_.SeesKeyword("check") && reader_.SeesSymbol('(', 1));
  }

  void ParseWatermark() {
    const size_t first = reader_.position();
    reader_.AcceptKeywords({"watermark", "for"});
    WatermarkDeclaration watermark;
    watermark.column.span = reader_.NextSpan();
    watermark.column.name = reader_.ExpectIdentifier("the name of the event-time column");
    if (reader_.AcceptKeyword("as")) {
      const TokenRange expression = reader_.TakeUntilComma();
      if (expression.empty()) {
        reader_.Fail("an expression");
      }
      watermark.expression = expression;
    }
    watermark.span = reader_.SpanSince(first);
    if (table_.watermark.has_value()) {
      throw DiagnosticError("LM1105", watermark.span, "a table has at most one WATERMARK FOR");
    }
    table_.watermark = std::move(watermark);
  }

  void ParsePrimaryKey() {
    reader_.AcceptKeywords({"primary", "key"});
    reader_.ExpectSymbol('(');
    do {
      const base::SourceSpan span = reader_.NextSpan();
      const std::string name = reader_.ExpectIdentifier("the name of a column");
      ColumnDeclaration* column = FindColumn(name);
      if (column == nullptr) {
        throw DiagnosticError("LM1203", span, "unknown column \"" + name + "\" in PRIMARY KEY",
                              "declare it before");
      }
      column->primary_key = true;
      column->not_null = true;
    } while (reader_.AcceptSymbol(','));
    reader_.ExpectSymbol(')');
  }

  ColumnDeclaration* FindColumn(const std::string& name) {
    for (ColumnDeclaration& column : table_.columns) {
      if (duckdb::StringUtil::CIEquals(column.name.name, name)) {
        return &column;
      }
    }
    return nullptr;
  }

  void ParseColumn() {
    ColumnDeclaration column;
    column.name.span = reader_.NextSpan();
    column.name.name = reader_.ExpectIdentifier("the name of a column");
    const size_t type_first = reader_.position();
    column.type = ParseType(reader_);
    column.type_span = reader_.SpanSince(type_first);
    while (!reader_.AtEnd() && !reader_.SeesSymbol(',') && !reader_.SeesSymbol(')')) {
      ParseColumnConstraint(column);
    }
    if (!names_.insert(duckdb::StringUtil::Lower(column.name.name)).second) {
      throw DiagnosticError("LM1103", column.name.span,
                            "column is declared twice: \"" + column.name.name + "\"");
    }
    table_.columns.push_back(std::move(column));
  }

  void ParseColumnConstraint(ColumnDeclaration& column) {
    if (reader_.AcceptKeywords({"not", "null"})) {
      column.not_null = true;
    } else if (reader_.AcceptKeyword("null")) {
      column.not_null = false;
    } else if (reader_.AcceptKeywords({"primary", "key"})) {
      column.primary_key = true;
      column.not_null = true;
    } else if (reader_.AcceptKeywords({"metadata", "from"})) {
      PlacedName key;
      key.span = reader_.NextSpan();
      key.name = reader_.ExpectString("the metadata key in single quotes");
      column.metadata = std::move(key);
    } else if (reader_.AcceptKeywords({"generated", "always", "as"}) ||
               reader_.AcceptKeyword("as")) {
      ParseGenerated(column);
    } else {
      reader_.Fail(
          "NOT NULL, PRIMARY KEY, GENERATED ALWAYS AS (...), METADATA FROM '...', \",\" or \")\"");
    }
  }

  void ParseGenerated(ColumnDeclaration& column) {
    if (!reader_.SeesSymbol('(')) {
      reader_.Fail("an expression in parentheses");
    }
    const base::SourceSpan span = reader_.NextSpan();
    const TokenRange expression = reader_.TakeParentheses();
    if (expression.empty()) {
      throw DiagnosticError("LM1107", span, "the expression of a generated column is empty");
    }
    reader_.AcceptKeyword("stored") || reader_.AcceptKeyword("virtual");
    column.metadata = MetadataCall(reader_.text(), expression);
    if (column.metadata.has_value()) {
      column.is_deprecated_metadata = true;
    } else {
      column.generated = expression;
    }
  }

  void ParseTail() {
    while (!reader_.AtEnd()) {
      if (reader_.AcceptKeyword("with")) {
        if (table_.has_options) {
          reader_.Fail("only one WITH");
        }
        table_.has_options = true;
        table_.options = ParseOptions(reader_);
      } else if (reader_.AcceptKeywords({"partitioned", "by"})) {
        ParsePartitioning();
      } else if (reader_.AcceptKeyword("as")) {
        table_.as_query = reader_.Rest();
        if (table_.as_query->empty()) {
          reader_.Fail("a query");
        }
        reader_.set_position(table_.as_query->last);
      } else {
        reader_.Fail("WITH, PARTITIONED BY or AS");
      }
    }
  }

  void ParsePartitioning() {
    reader_.ExpectSymbol('(');
    do {
      PlacedName column;
      column.span = reader_.NextSpan();
      column.name = reader_.ExpectIdentifier("the name of a column");
      if (reader_.SeesSymbol('(')) {
        throw DiagnosticError("LM1104", column.span,
                              "partition transforms are not supported here: " + column.name,
                              "name columns; a computed one can be added to the query");
      }
      table_.partitioned_by.push_back(std::move(column));
    } while (reader_.AcceptSymbol(','));
    reader_.ExpectSymbol(')');
  }

  TokenReader reader_;
  std::vector<base::Diagnostic>& diagnostics_;
  CreateTable table_;
  std::set<std::string> names_;
  bool is_usable_ = true;
};

}  // namespace

CreateTable ParseCreateTable(const ProgramText& text,
                             TokenRange statement,
                             std::vector<base::Diagnostic>& diagnostics,
                             bool& is_usable) {
  Parser parser(text, statement, diagnostics);
  CreateTable table = parser.Run();
  is_usable = parser.is_usable();
  return table;
}

}  // namespace laminar::sql
