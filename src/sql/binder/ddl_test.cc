#include "sql/binder/ddl.h"

#include <gtest/gtest.h>

#include "sql/binder/diagnostic_error.h"
#include "sql/binder/type_parser.h"

namespace laminar::sql {
namespace {

struct Parsed {
  std::unique_ptr<ProgramText> text;
  std::vector<base::Diagnostic> diagnostics;
  CreateTable table;
  bool is_usable = true;
};

Parsed Parse(const std::string& statement) {
  Parsed parsed;
  parsed.text = ProgramText::Read(statement, {}, parsed.diagnostics);
  parsed.table = ParseCreateTable(*parsed.text, parsed.text->statements().at(0), parsed.diagnostics,
                                  parsed.is_usable);
  return parsed;
}

/// The message of the error that parsing throws or reports.
std::string ErrorOf(const std::string& statement) {
  try {
    const Parsed parsed = Parse(statement);
    return parsed.diagnostics.empty()
               ? ""
               : parsed.diagnostics[0].code + " " + parsed.diagnostics[0].message;
  } catch (const DiagnosticError& error) {
    return error.diagnostic().code + " " + error.diagnostic().message;
  }
}

std::string TypeOf(const std::string& type) {
  try {
    const Parsed parsed = Parse("CREATE TABLE t (c " + type + ")");
    return parsed.is_usable ? parsed.table.columns.at(0).type.ToString()
                            : parsed.diagnostics.at(0).message;
  } catch (const DiagnosticError& error) {
    return error.diagnostic().message;
  }
}

TEST(ParseType, TakesTheSpellingsOfOtherSystems) {
  const std::pair<const char*, const char*> types[] = {
      {"INT", "INTEGER"},
      {"int4", "INTEGER"},
      {"BIGINT UNSIGNED", "UBIGINT"},
      {"tinyint unsigned", "UTINYINT"},
      {"STRING", "VARCHAR"},
      {"CHAR(10)", "VARCHAR"},
      {"character varying(5)", "VARCHAR"},
      {"BYTEA", "BLOB"},
      {"FLOAT", "FLOAT"},
      {"FLOAT8", "DOUBLE"},
      {"DOUBLE PRECISION", "DOUBLE"},
      {"DECIMAL", "DECIMAL(38,10)"},
      {"NUMERIC(10, 2)", "DECIMAL(10,2)"},
      {"DECIMAL(5)", "DECIMAL(5,0)"},
      {"TIMESTAMP", "TIMESTAMP"},
      {"DATETIME", "TIMESTAMP"},
      {"TIMESTAMP(0)", "TIMESTAMP_S"},
      {"TIMESTAMP(3)", "TIMESTAMP_MS"},
      {"TIMESTAMP(9)", "TIMESTAMP_NS"},
      {"TIMESTAMP WITH TIME ZONE", "TIMESTAMP WITH TIME ZONE"},
      {"TIMESTAMP WITHOUT TIME ZONE", "TIMESTAMP"},
      {"TIMESTAMPTZ", "TIMESTAMP WITH TIME ZONE"},
      {"TIME", "TIME"},
      {"DATE", "DATE"},
      {"INTERVAL", "INTERVAL"},
      {"UUID", "UUID"},
      {"JSON", "JSON"},
      {"HUGEINT", "HUGEINT"},
      {"STRUCT<a INT, b STRUCT<c TEXT[]>>", "STRUCT(a INTEGER, b STRUCT(c VARCHAR[]))"},
      {"STRUCT<a: INT NOT NULL>", "STRUCT(a INTEGER)"},
      {"STRUCT(\"end\" INT)", "STRUCT(\"end\" INTEGER)"},
      {"ROW(a INT)", "STRUCT(a INTEGER)"},
      {"ARRAY<BIGINT>", "BIGINT[]"},
      {"INT[][]", "INTEGER[][]"},
      {"FLOAT[3]", "FLOAT[3]"},
      {"MAP<TEXT, INT>", "MAP(VARCHAR, INTEGER)"},
      {"MAP(TEXT, ARRAY<INT>)", "MAP(VARCHAR, INTEGER[])"},
      {"ENUM('a', 'b')", "ENUM('a', 'b')"},
  };
  for (const auto& [written, expected] : types) {
    EXPECT_EQ(TypeOf(written), expected) << written;
  }
}

TEST(ParseType, RefusesWhatIsNoType) {
  EXPECT_EQ(TypeOf("BIGIN"), "unknown type \"bigin\"");
  EXPECT_EQ(TypeOf("TEXT UNSIGNED"), "only integer types can be UNSIGNED, not VARCHAR");
  EXPECT_EQ(TypeOf("DECIMAL(39, 2)"),
            "DECIMAL takes 1 to 38 digits, of which at most all stand behind the point");
  EXPECT_EQ(TypeOf("TIMESTAMP(5)"), "TIMESTAMP takes 0, 3, 6 or 9 digits of a second");
  EXPECT_EQ(TypeOf("STRUCT<a INT, A TEXT>"), "field is declared twice: \"A\"");
  EXPECT_EQ(TypeOf("ENUM('a', 'a')"), "value of an ENUM is given twice: 'a'");
  EXPECT_EQ(TypeOf("INT[0]"), "the size of an array must be from 1 to 100000");
  EXPECT_NE(TypeOf("STRUCT<"), "");
  EXPECT_NE(TypeOf("MAP<INT>").find("expected \",\""), std::string::npos);
}

TEST(ParseType, RefusesDepth) {
  std::string deep;
  for (int i = 0; i < 100'000; ++i) {
    deep += "ARRAY<";
  }
  EXPECT_EQ(TypeOf(deep + "INT"), "nested too deeply: at most 64 levels");
  std::string dimensions = "INT";
  for (int i = 0; i < 100'000; ++i) {
    dimensions += "[]";
  }
  EXPECT_NE(TypeOf(dimensions), "");
}

TEST(ParseCreateTable, ReadsEveryPart) {
  const Parsed parsed = Parse(
      "CREATE OR REPLACE TEMPORARY TABLE IF NOT EXISTS \"My Table\" (\n"
      "  id BIGINT NOT NULL, end TEXT PRIMARY KEY, timestamp TIMESTAMP, window INT,\n"
      "  f TEXT METADATA FROM 'filename',\n"
      "  g INT GENERATED ALWAYS AS (id * (2 + 1)) STORED,\n"
      "  WATERMARK FOR timestamp AS timestamp - INTERVAL '1' SECOND,\n"
      "  PRIMARY KEY (id)\n"
      ") WITH (connector = 'file', 'a.b' = 1, c.d = -2.5, e = true, f = INTERVAL '5' SECONDS, g = "
      "[x, 'y', 3], h = ts,)\n"
      "PARTITIONED BY (id, end)");
  EXPECT_TRUE(parsed.is_usable);
  EXPECT_TRUE(parsed.diagnostics.empty());
  const CreateTable& table = parsed.table;
  EXPECT_EQ(table.name.name, "My Table");
  EXPECT_TRUE(table.or_replace && table.temporary && table.if_not_exists);
  ASSERT_EQ(table.columns.size(), 6u);
  EXPECT_TRUE(table.columns[0].not_null && table.columns[0].primary_key);
  EXPECT_EQ(table.columns[1].name.name, "end");
  EXPECT_TRUE(table.columns[1].primary_key);
  EXPECT_EQ(table.columns[4].metadata->name, "filename");
  EXPECT_EQ(parsed.text->TextOf(*table.columns[5].generated), "id * (2 + 1)");
  EXPECT_EQ(table.watermark->column.name, "timestamp");
  EXPECT_EQ(parsed.text->TextOf(*table.watermark->expression), "timestamp - INTERVAL '1' SECOND");
  EXPECT_EQ(std::get<std::string>(table.options.at("connector").value), "file");
  EXPECT_EQ(std::get<int64_t>(table.options.at("a.b").value), 1);
  EXPECT_EQ(std::get<double>(table.options.at("c.d").value), -2.5);
  EXPECT_EQ(std::get<bool>(table.options.at("e").value), true);
  EXPECT_EQ(std::get<data::Duration>(table.options.at("f").value).micros, 5'000'000);
  EXPECT_EQ(std::get<std::vector<std::string>>(table.options.at("g").value),
            (std::vector<std::string>{"x", "y", "3"}));
  EXPECT_EQ(std::get<data::Identifier>(table.options.at("h").value).name, "ts");
  ASSERT_EQ(table.partitioned_by.size(), 2u);
  EXPECT_EQ(table.partitioned_by[1].name, "end");
}

TEST(ParseCreateTable, ReadsMetadataInItsOlderForm) {
  const Parsed parsed = Parse("CREATE TABLE t (f TEXT GENERATED ALWAYS AS (metadata('filename')))");
  EXPECT_EQ(parsed.table.columns.at(0).metadata->name, "filename");
  EXPECT_TRUE(parsed.table.columns.at(0).is_deprecated_metadata);
  EXPECT_FALSE(parsed.table.columns.at(0).generated.has_value());
}

TEST(ParseCreateTable, ReadsCreateTableAs) {
  const Parsed parsed = Parse("CREATE TABLE t WITH (connector = 'x') AS SELECT 1");
  EXPECT_EQ(parsed.text->TextOf(*parsed.table.as_query), "SELECT 1");
}

TEST(ParseCreateTable, GoesOnBehindABadColumn) {
  const Parsed parsed = Parse("CREATE TABLE t (a BIGIN, b INT, b TEXT, c INT FOO, d TEXTT)");
  EXPECT_FALSE(parsed.is_usable);
  ASSERT_EQ(parsed.diagnostics.size(), 4u);
  EXPECT_EQ(parsed.diagnostics[0].code, "LM1102");
  EXPECT_EQ(parsed.diagnostics[0].hint, "did you mean BIGINT?");
  EXPECT_EQ(parsed.diagnostics[1].code, "LM1103");
  EXPECT_EQ(parsed.diagnostics[2].code, "LM1001");
  EXPECT_EQ(parsed.diagnostics[3].span.offset, 53);
}

TEST(ParseCreateTable, SkipsTypesWithCommas) {
  const Parsed parsed =
      Parse("CREATE TABLE t (a STRUCT<x INTT, y MAP<INT, INT>>, b DECIMAL(99, 1), c INT, d TEXTT)");
  ASSERT_EQ(parsed.diagnostics.size(), 3u);
  EXPECT_EQ(parsed.table.columns.size(), 1u);
}

TEST(ParseCreateTable, RefusesWrongForms) {
  const std::pair<const char*, const char*> bad[] = {
      {"CREATE TABLE", "LM1001 syntax error: the statement ends, expected the name of a table"},
      {"CREATE TABLE t (a INT", "LM1001 syntax error: the statement ends, expected \",\" or \")\""},
      {"CREATE TABLE t (a INT) FOO",
       "LM1001 syntax error at or near \"FOO\", expected WITH, PARTITIONED BY or AS"},
      {"CREATE TABLE s.t (a INT)", "LM1104 tables have no schema: write the name alone"},
      {"CREATE TABLE t (a INT, CHECK (a > 1))", "LM1104 this table constraint is not supported"},
      {"CREATE TABLE t (a INT, UNIQUE (a))", "LM1104 this table constraint is not supported"},
      {"CREATE TABLE t (a INT, PRIMARY KEY (b))", "LM1203 unknown column \"b\" in PRIMARY KEY"},
      {"CREATE TABLE t (a INT, WATERMARK FOR a, WATERMARK FOR a)",
       "LM1105 a table has at most one WATERMARK FOR"},
      {"CREATE TABLE t (a INT, WATERMARK FOR a AS)",
       "LM1001 syntax error at or near \")\", expected an expression"},
      {"CREATE TABLE t (a INT GENERATED ALWAYS AS ())",
       "LM1107 the expression of a generated column is empty"},
      {"CREATE TABLE t (a INT GENERATED ALWAYS AS 1)",
       "LM1001 syntax error at or near \"1\", expected an expression in parentheses"},
      {"CREATE TABLE t (a INT) WITH (x 1)", "LM1001 syntax error at or near \"1\", expected \"=\""},
      {"CREATE TABLE t (a INT) WITH (x = )",
       "LM1001 syntax error at or near \")\", expected a value"},
      {"CREATE TABLE t (a INT) WITH (x = 1, X = 2)", "LM1111 option is given twice: 'x'"},
      {"CREATE TABLE t (a INT) WITH (x = 1 y = 2)",
       "LM1001 syntax error at or near \"y\", expected \",\" or \")\""},
      {"CREATE TABLE t (a INT) WITH (x = 1) WITH (y = 2)",
       "LM1001 syntax error at or near \"(\", expected only one WITH"},
      {"CREATE TABLE t (a INT) WITH (x = [1)",
       "LM1001 syntax error at or near \")\", expected \",\" or \"]\""},
      {"CREATE TABLE t (a INT) WITH (x = INTERVAL '1 month')",
       "LM1112 months and years have no fixed length: '1 month'; write for example '10 seconds', "
       "'500ms' or '1 hour 30 "
       "minutes'"},
      {"CREATE TABLE t (a INT) PARTITIONED BY (day(a))",
       "LM1104 partition transforms are not supported here: day"},
      {"CREATE TABLE t AS", "LM1001 syntax error: the statement ends, expected a query"},
  };
  for (const auto& [statement, expected] : bad) {
    EXPECT_EQ(ErrorOf(statement), expected) << statement;
  }
}

}  // namespace
}  // namespace laminar::sql
