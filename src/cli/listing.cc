#include "cli/listing.h"

#include <algorithm>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

#include "base/diagnostic.h"
#include "data/ascii.h"

namespace laminar::cli {
namespace {

size_t DisplayWidth(std::string_view text) {
  return static_cast<size_t>(
      std::count_if(text.begin(), text.end(), [](unsigned char c) { return (c & 0xC0) != 0x80; }));
}

std::string RenderTable(const GlobalOptions& global, const Listing& listing) {
  std::vector<size_t> widths;
  for (const std::string& column : listing.columns) {
    widths.push_back(DisplayWidth(column));
  }
  for (const auto& row : listing.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      widths[i] = std::max(widths[i], DisplayWidth(row[i]));
    }
  }
  std::string text;
  auto add_row = [&](const std::vector<std::string>& row) {
    std::string line;
    for (size_t i = 0; i < row.size(); ++i) {
      line += row[i];
      if (i + 1 < row.size()) {
        line += std::string(widths[i] - DisplayWidth(row[i]) + 2, ' ');
      }
    }
    text += line.substr(0, line.find_last_not_of(' ') + 1) + "\n";
  };
  if (!global.no_header) {
    add_row(listing.columns);
  }
  for (const auto& row : listing.rows) {
    add_row(row);
  }
  return text;
}

nlohmann::ordered_json RowObject(const Listing& listing, const std::vector<std::string>& row) {
  nlohmann::ordered_json object;
  for (size_t i = 0; i < row.size(); ++i) {
    object[data::AsciiLower(listing.columns[i])] = row[i];
  }
  return object;
}

std::string Dump(const nlohmann::ordered_json& value, int indent) {
  return value.dump(indent, ' ', false, nlohmann::json::error_handler_t::replace);
}

std::string RenderJson(const Listing& listing, bool lines) {
  nlohmann::ordered_json array = nlohmann::ordered_json::array();
  std::string text;
  for (const auto& row : listing.rows) {
    if (lines) {
      text += Dump(RowObject(listing, row), -1) + "\n";
    } else {
      array.push_back(RowObject(listing, row));
    }
  }
  return lines ? text : Dump(array, 2) + "\n";
}

std::string RenderYaml(const Listing& listing) {
  std::string text;
  for (const auto& row : listing.rows) {
    for (size_t i = 0; i < row.size(); ++i) {
      // A JSON string is a YAML double-quoted scalar.
      text += fmt::format("{}{}: {}\n", i == 0 ? "- " : "  ", data::AsciiLower(listing.columns[i]),
                          Dump(row[i], -1));
    }
  }
  return text;
}

std::string CsvField(const std::string& value) {
  if (value.find_first_of(",\"\n\r") == std::string::npos) {
    return value;
  }
  std::string quoted = "\"";
  for (char c : value) {
    quoted += c == '"' ? "\"\"" : std::string(1, c);
  }
  return quoted + "\"";
}

std::string RenderCsv(const GlobalOptions& global, const Listing& listing) {
  std::string text;
  auto add_row = [&](const std::vector<std::string>& row) {
    for (size_t i = 0; i < row.size(); ++i) {
      text += (i == 0 ? "" : ",") + CsvField(row[i]);
    }
    text += "\n";
  };
  if (!global.no_header) {
    add_row(listing.columns);
  }
  for (const auto& row : listing.rows) {
    add_row(row);
  }
  return text;
}

absl::StatusOr<Listing> ChooseColumns(const GlobalOptions& global, const Listing& listing) {
  if (global.columns.empty()) {
    return listing;
  }
  std::vector<size_t> positions;
  std::vector<std::string> names;
  for (const std::string& column : listing.columns) {
    names.push_back(data::AsciiLower(column));
  }
  for (const std::string& wanted : global.columns) {
    const auto found = std::find(names.begin(), names.end(), data::AsciiLower(wanted));
    if (found == names.end()) {
      return base::InvalidArgument(
          fmt::format("unknown column {}; columns: {}", wanted, fmt::join(names, ", ")));
    }
    positions.push_back(static_cast<size_t>(found - names.begin()));
  }
  Listing chosen;
  auto pick = [&](const std::vector<std::string>& row) {
    std::vector<std::string> picked;
    for (size_t position : positions) {
      picked.push_back(row[position]);
    }
    return picked;
  };
  chosen.columns = pick(listing.columns);
  for (const auto& row : listing.rows) {
    chosen.rows.push_back(pick(row));
  }
  return chosen;
}

}  // namespace

absl::StatusOr<std::string> RenderListing(const GlobalOptions& global, const Listing& listing) {
  LAMINAR_ASSIGN_OR_RETURN(const Listing chosen, ChooseColumns(global, listing));
  const std::string& format = global.output;
  if (format.empty() || format == "table" || format == "wide") {
    return RenderTable(global, chosen);
  }
  if (format == "json" || format == "jsonl") {
    return RenderJson(chosen, /*lines=*/format == "jsonl");
  }
  if (format == "yaml") {
    return RenderYaml(chosen);
  }
  if (format == "csv") {
    return RenderCsv(global, chosen);
  }
  if (format == "name") {
    std::string text;
    for (const auto& row : chosen.rows) {
      text += row.empty() ? "" : row[0] + "\n";
    }
    return text;
  }
  return base::InvalidArgument(fmt::format(
      "unknown output format {}; one of table, wide, json, jsonl, yaml, csv, name", format));
}

}  // namespace laminar::cli
