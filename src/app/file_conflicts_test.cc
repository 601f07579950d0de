#include "app/file_conflicts.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "app/compile.h"
#include "app/register_connectors.h"
#include "app/register_formats.h"
#include "base/file.h"
#include "connectors/api/connector_factory.h"
#include "formats/format_registry.h"

namespace laminar::app {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

class FileConflicts : public ::testing::Test {
 protected:
  FileConflicts() {
    if (formats::FormatRegistry::Global().Names().empty()) {
      RegisterFormats();
    }
    if (connectors::ConnectorRegistry::Global().Names().empty()) {
      RegisterConnectors();
    }
    folder_ = *base::MakeTemporaryFolder("conflicts");
    EXPECT_TRUE(base::MakeFolders(folder_ + "/in").ok());
    EXPECT_TRUE(base::WriteWholeFile(folder_ + "/in/a.json", "{\"a\":1}\n").ok());
  }
  ~FileConflicts() override { EXPECT_TRUE(base::RemoveAll(folder_).ok()); }

  static std::string Table(const std::string& name,
                           const std::string& type,
                           const std::string& connector,
                           const std::string& path,
                           const std::string& more = "") {
    return "CREATE TABLE " + name + " (a BIGINT) WITH (connector = '" + connector + "', type = '" +
           type + "', format = 'json', path = '" + path + "'" + more + ");\n";
  }

  // Messages with the folder cut out; each points at a table's name.
  std::vector<std::string> Errors(const std::string& text) {
    CompileOptions options;
    options.default_sink.connector = "blackhole";
    std::vector<std::string> errors;
    for (const base::Diagnostic& diagnostic : Compile(text, options).diagnostics) {
      EXPECT_EQ(diagnostic.code, "LM1505") << diagnostic.message;
      std::string message = diagnostic.message;
      if (const size_t at = message.find(folder_); at != std::string::npos) {
        message.replace(at, folder_.size(), "F");
      }
      if (diagnostic.span.offset < 0) {
        ADD_FAILURE() << "no place: " << message;
        continue;
      }
      errors.push_back(text.substr(static_cast<size_t>(diagnostic.span.offset),
                                   static_cast<size_t>(diagnostic.span.length)) +
                       ": " + message);
    }
    return errors;
  }

  std::string folder_;
};

TEST_F(FileConflicts, RefuseASinkThatWritesOverWhatIsRead) {
  const std::string copy = "INSERT INTO o SELECT a FROM i";
  const std::string source = Table("i", "source", "single_file", folder_ + "/in/a.json");
  EXPECT_THAT(
      Errors(source + Table("o", "sink", "single_file", folder_ + "/in/../in/a.json") + copy),
      ElementsAre("o: table \"o\" writes over a file that table \"i\" reads: F/in/../in/a.json"));
  EXPECT_THAT(Errors(source + Table("o", "sink", "single_file", folder_ + "/in/b.json") + copy),
              IsEmpty());
  // Nobody reads i.
  EXPECT_THAT(Errors(source + Table("o", "sink", "single_file", folder_ + "/in/a.json") +
                     "INSERT INTO o SELECT counter FROM impulse(message_count => 1)"),
              IsEmpty());
}

TEST_F(FileConflicts, SeeThroughFoldersAndPatterns) {
  const std::string copy = "INSERT INTO o SELECT a FROM i";
  const std::string folder = Table("i", "source", "filesystem", folder_ + "/in");
  const std::string pattern = Table("i", "source", "filesystem", folder_ + "/*/*.json");
  const std::string existing = Table("o", "sink", "single_file", folder_ + "/in/a.json");
  const std::string message =
      "o: table \"o\" writes over a file that table \"i\" reads: F/in/a.json";
  EXPECT_THAT(Errors(folder + existing + copy), ElementsAre(message));
  EXPECT_THAT(Errors(pattern + existing + copy), ElementsAre(message));
  EXPECT_THAT(Errors(folder + Table("o", "sink", "single_file", folder_ + "/in/k=1/new") + copy),
              ElementsAre(HasSubstr("F/in/k=1/new")));
  EXPECT_THAT(Errors(folder + Table("o", "sink", "single_file", folder_ + "/in/_out/new") + copy),
              IsEmpty());
  EXPECT_THAT(Errors(folder + Table("o", "sink", "single_file", folder_ + "/inner") + copy),
              IsEmpty());
}

TEST_F(FileConflicts, RefuseTwoSinksOfOneFile) {
  const std::string both =
      "INSERT INTO o SELECT counter FROM impulse(message_count => 1);"
      "INSERT INTO p SELECT counter FROM impulse(message_count => 1)";
  EXPECT_THAT(Errors(Table("o", "sink", "single_file", folder_ + "/new") +
                     Table("p", "sink", "single_file", folder_ + "/./new") + both),
              ElementsAre("p: table \"p\" writes over a file that table \"o\" writes: F/./new"));
  EXPECT_THAT(Errors(Table("o", "sink", "single_file", "/dev/null") +
                     Table("p", "sink", "single_file", "/dev/null") + both),
              IsEmpty());
}

TEST_F(FileConflicts, RefuseBadRecordsInAFileThatIsReadOrWrittenOver) {
  const std::string letters = ", bad_data = 'dead_letter', dead_letter_path = '" + folder_;
  const std::string copy = "INSERT INTO o SELECT a FROM i";
  const std::string sink = Table("o", "sink", "single_file", folder_ + "/new");
  const std::string path = folder_ + "/in/a.json";
  EXPECT_THAT(
      Errors(Table("i", "source", "single_file", path, letters + "/in/a.json'") + sink + copy),
      ElementsAre(
          "i: bad records of table \"i\" go to a file that table \"i\" reads: F/in/a.json"));
  EXPECT_THAT(
      Errors(Table("i", "source", "single_file", path, letters + "/new'") + sink + copy),
      ElementsAre("i: bad records of table \"i\" go to a file that table \"o\" writes over: "
                  "F/new"));
  EXPECT_THAT(Errors(Table("i", "source", "single_file", path, letters + "/bad'") + sink + copy),
              IsEmpty());
}

}  // namespace
}  // namespace laminar::app
