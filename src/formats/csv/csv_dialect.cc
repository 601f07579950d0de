#include "formats/csv/csv_dialect.h"

#include "formats/framing.h"

namespace laminar::formats {
namespace {

data::OptionSpec Text(const char* name,
                      std::optional<std::string> default_value,
                      const char* description) {
  data::OptionSpec spec;
  spec.name = name;
  spec.default_value = std::move(default_value);
  spec.description = description;
  return spec;
}

// One character; also written \t or tab. Empty: none.
absl::StatusOr<std::optional<char>> OneCharacter(const data::Options& options,
                                                 const char* name,
                                                 std::optional<char> fallback) {
  if (!options.Has(name)) {
    return fallback;
  }
  const std::string& text = options.GetString(name);
  if (text == "\\t" || text == "tab") {
    return '\t';
  }
  if (text.empty()) {
    return std::nullopt;
  }
  if (text.size() != 1 || text[0] == '\n' || text[0] == '\r' ||
      (static_cast<unsigned char>(text[0]) & 0x80) != 0) {
    return base::InvalidArgument(std::string(name) + " must be one ASCII character, not '" + text +
                                 "'");
  }
  return text[0];
}

}  // namespace

std::vector<data::OptionSpec> CsvDialect::Specs() {
  data::OptionSpec header;
  header.name = "csv.header";
  header.type = data::OptionType::kEnum;
  header.values = {"auto", "true", "false"};
  header.default_value = "auto";
  header.description =
      "Whether the first record holds the names of the columns. auto: when reading, if most of "
      "its fields are names of columns of the table; when writing, yes.";
  std::vector<data::OptionSpec> specs = {
      Text("csv.delimiter", ",", "The character between fields; \\t or tab for a tabulator."),
      Text("csv.quote", "\"", "The character around fields that hold special ones; empty: none."),
      Text("csv.escape", std::nullopt,
           "The character in front of a quote inside quotes; unset, the quote is doubled."),
      header,
      Text("csv.null", "", "What an unquoted field holds that is NULL."),
      Text("csv.comment", "", "Lines that begin with this character are left out; empty: none."),
  };
  for (data::OptionSpec& spec : FramingOptions()) {
    specs.push_back(std::move(spec));
  }
  return specs;
}

absl::StatusOr<CsvDialect> CsvDialect::From(const data::Options& format_options) {
  CsvDialect dialect;
  LAMINAR_ASSIGN_OR_RETURN(const std::optional<char> delimiter,
                           OneCharacter(format_options, "csv.delimiter", ','));
  LAMINAR_ASSIGN_OR_RETURN(dialect.quote, OneCharacter(format_options, "csv.quote", '"'));
  LAMINAR_ASSIGN_OR_RETURN(dialect.escape,
                           OneCharacter(format_options, "csv.escape", dialect.quote));
  LAMINAR_ASSIGN_OR_RETURN(dialect.comment,
                           OneCharacter(format_options, "csv.comment", std::nullopt));
  if (!delimiter.has_value()) {
    return base::InvalidArgument("csv.delimiter must be one ASCII character, not empty");
  }
  dialect.delimiter = *delimiter;
  if (!dialect.quote.has_value()) {
    dialect.escape.reset();
  } else if (!dialect.escape.has_value()) {
    dialect.escape = dialect.quote;
  }
  if (dialect.quote == dialect.delimiter || dialect.escape == dialect.delimiter) {
    return base::InvalidArgument(
        "csv.delimiter must differ from csv.quote and csv.escape; all are '" +
        std::string(1, dialect.delimiter) + "'");
  }
  dialect.null_text = format_options.GetStringOr("csv.null", "");
  const std::string header = format_options.GetStringOr("csv.header", "auto");
  dialect.header = header == "true"    ? Header::kYes
                   : header == "false" ? Header::kNo
                                       : Header::kAuto;
  return dialect;
}

}  // namespace laminar::formats
