// ProgramBuilder: takes the statements of a program one by one, keeps its tables, and collects what
// is bound. Lives through one Bind; binding thread. Tables are here by lower-case name; those that
// can be read are also temporary views of the program's connection, so that DuckDB's binder finds
// them.
#ifndef LAMINAR_SQL_BINDER_PROGRAM_BUILDER_H_
#define LAMINAR_SQL_BINDER_PROGRAM_BUILDER_H_

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "duckdb/parser/statement/insert_statement.hpp"
#include "duckdb/parser/statement/select_statement.hpp"

#include "sql/binder/ddl.h"
#include "sql/binder/plan_binding.h"
#include "sql/binder/program.h"
#include "sql/binder/program_text.h"
#include "sql/binder/query_rewrite.h"
#include "sql/binder/table_resolver.h"

namespace laminar::sql {

class ProgramBuilder final : public QueryEnvironment {
 public:
  ProgramBuilder(const ProgramText& text,
                 std::string_view original,
                 const BindOptions& options,
                 std::vector<base::Diagnostic>& diagnostics);
  ~ProgramBuilder() override;

  /// Binds every statement; goes on behind those with errors.
  void Run();
  /// REQUIRES: Run, and no error among the diagnostics.
  BoundProgram Take();

  // QueryEnvironment: what the rewriting of the current query asks.
  TableStatus StatusOf(const std::string& table) const override;
  std::vector<std::string> ReadableTables() const override;
  bool IsConnector(const std::string& name) const override;
  std::vector<std::string> SourceConnectors() const override;
  std::string DeclareConnectorCall(
      const std::string& connector,
      duckdb::vector<duckdb::unique_ptr<duckdb::ParsedExpression>>& arguments,
      base::SourceSpan span) override;
  bool IsAggregate(const std::string& function) const override;
  void UseMacro(const std::string& function) override;
  int64_t ToOriginal(int64_t offset) const override;
  base::SourceSpan WordAt(int64_t original_offset) const override;

 private:
  enum class TableKind { kSource, kSink, kView, kMemory, kBroken };

  struct Table {
    TableKind kind = TableKind::kBroken;
    PlacedName name;
    CreateTable declaration;                // of tables
    std::shared_ptr<SourceTable> source;    // of kSource
    std::optional<ResolvedTable> resolved;  // of kSource and kSink
    std::optional<size_t> sink;             // of kSink: index in program_.sinks once it is written
    bool has_schema = false;                // of kSink: declared, or taken from the first INSERT
    bool is_written = false;                // of kMemory
    std::vector<std::string> names;         // columns of what can be read
    std::vector<data::LogicalType> types;
  };

  // program_builder.cc: statements and queries.
  void RunStatement(TokenRange statement);
  void Dispatch(TokenRange statement);
  void RefuseStatement(TokenRange statement) const;
  void Report(base::Diagnostic diagnostic);
  void Warn(const std::string& code,
            base::SourceSpan span,
            const std::string& message,
            const std::string& hint);
  void CollectInsertTargets();
  /// `prefix` is put before the text.
  duckdb::unique_ptr<duckdb::SQLStatement> Parse(TokenRange range, const std::string& prefix = "");
  duckdb::unique_ptr<duckdb::SelectStatement> ParseSelect(TokenRange range,
                                                          const std::string& prefix = "");
  /// Rewrites for binding; false when its errors are reported or not worth a report.
  bool Rewrite(duckdb::SelectStatement& select);
  std::optional<BoundSelect> BindSelect(const duckdb::SelectStatement& select,
                                        base::SourceSpan fallback);
  void RunQuery(TokenRange range, base::SourceSpan span);
  void AddQuery(BoundSelect bound, size_t sink, base::SourceSpan span);
  Table* FindTable(const std::string& name);
  const Table* FindTable(const std::string& name) const;
  std::string UniqueSourceName(const std::string& wanted);

  // statement_simple.cc: SET, EXPLAIN, SHOW, DESCRIBE.
  void RunSet(TokenRange statement);
  void RunExplain(TokenRange statement);
  void RunShow(TokenRange statement);
  void RunDescribe(TokenRange statement);

  // statement_create.cc: tables and views.
  void RunCreate(TokenRange statement);
  void CreateObject(TokenRange statement);
  void RunCreateTable(TokenRange statement);
  void RunCreateView(TokenRange statement);
  void DeclareTable(CreateTable declaration);
  bool MayDeclare(const PlacedName& name, bool or_replace, bool if_not_exists);
  void CreateFromQuery(CreateTable declaration);
  void CreateConnectorTable(CreateTable declaration);
  void CreateMemoryTable(CreateTable declaration);
  void CreateSource(Table& table);
  void CreateSink(Table& table);
  void AddPhysicalColumns(Table& table) const;
  void CheckMetadata(const ColumnDeclaration& column, const ResolvedTable& resolved) const;
  /// SELECT of the declared columns, computed ones included, from the scan.
  duckdb::unique_ptr<duckdb::SelectStatement> ScanSelect(const Table& table,
                                                         const std::string& source);
  duckdb::unique_ptr<duckdb::ParsedExpression> ParseExpression(TokenRange range);
  void BindEventTime(Table& table);
  void BindTimeExpressions(Table& table,
                           const std::string& column,
                           base::SourceSpan span,
                           duckdb::unique_ptr<duckdb::ParsedExpression> watermark,
                           base::SourceSpan watermark_span);
  void CreateView(Table& table,
                  duckdb::unique_ptr<duckdb::SelectStatement> select,
                  std::vector<std::string> names,
                  std::vector<data::LogicalType> types);

  // statement_insert.cc: sinks and memory tables.
  void RunInsert(TokenRange statement);
  /// Where an INSERT and its target stand.
  struct InsertPlace {
    base::SourceSpan statement;
    base::SourceSpan target;
  };
  void InsertIntoSink(Table& table,
                      BoundSelect bound,
                      const duckdb::InsertStatement& insert,
                      const InsertPlace& place);
  void InsertIntoMemory(Table& table,
                        duckdb::unique_ptr<duckdb::SelectStatement> select,
                        const BoundSelect& bound,
                        const duckdb::InsertStatement& insert,
                        const InsertPlace& place);
  /// For each column of the target, which column of the query fills it; nullopt: NULL.
  std::vector<std::optional<size_t>> MatchColumns(const std::vector<std::string>& target,
                                                  const BoundSelect& bound,
                                                  const duckdb::InsertStatement& insert,
                                                  const InsertPlace& place) const;
  void CastToSink(BoundSelect& bound,
                  const data::Schema& schema,
                  const std::vector<std::optional<size_t>>& sources,
                  base::SourceSpan span);
  size_t SinkOf(Table& table, const BoundSelect& bound);
  size_t AddDefaultSink(const BoundSelect& bound, base::SourceSpan span);

  /// What DuckDB's parser was given last: where its offsets are in the program.
  struct ParsedText {
    std::unique_ptr<EditedText> edited;
    int64_t base = 0;
  };

  const ProgramText& text_;
  std::string_view original_;
  const BindOptions& options_;
  std::vector<base::Diagnostic>& diagnostics_;
  TableResolver resolver_;
  BoundProgram program_;
  duckdb::ClientContext& context_;
  PlanBinding binding_;
  ParsedText parsed_;
  std::map<std::string, Table> tables_;
  std::set<std::string> insert_targets_;
  std::map<std::string, std::string>
      connector_calls_;  // connector and arguments -> name of the source
  std::set<std::string> source_names_;
  std::set<std::string> macros_;
  std::optional<ExplainKind> explain_;
  ProgramSettings settings_;
  int num_default_sinks_ = 0;
};

/// True for INSERT INTO, also behind WITH. REQUIRES: not empty.
bool IsInsert(const ProgramText& text, TokenRange statement);

/// Names that differ without regard to case, by adding numbers.
std::vector<std::string> MakeUnique(const std::vector<std::string>& names);

}  // namespace laminar::sql

#endif  // LAMINAR_SQL_BINDER_PROGRAM_BUILDER_H_
