#include "script.h"

#include <fmt/format.h>

namespace laminar::sqltest {
namespace {

std::string Trim(std::string_view text) {
  const size_t begin = text.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) {
    return "";
  }
  return std::string(text.substr(begin, text.find_last_not_of(" \t\r") - begin + 1));
}

// Reads the lines of one record after another.
class Reader {
 public:
  explicit Reader(Script& script) : script_(script) {}

  absl::Status Read() {
    while (at_ < script_.lines.size()) {
      const std::string line = Trim(script_.lines[at_]);
      if (line.empty() || line[0] == '#') {
        ++at_;
        continue;
      }
      LAMINAR_RETURN_IF_ERROR(ReadRecord(line));
    }
    return absl::OkStatus();
  }

 private:
  absl::Status ReadRecord(const std::string& header) {
    Record record;
    record.line = static_cast<int>(at_) + 1;
    ++at_;
    if (header.starts_with("input ")) {
      LAMINAR_ASSIGN_OR_RETURN(record.content, ReadInput(header, record.line));
    } else if (header == "statement ok") {
      record.content = StatementRecord{ReadSql()};
    } else if (header.starts_with("error ") || header.starts_with("warning ")) {
      LAMINAR_ASSIGN_OR_RETURN(record.content, ReadError(header, record.line));
    } else if (header == "failure") {
      FailureRecord failure;
      failure.sql = ReadSql();
      LAMINAR_ASSIGN_OR_RETURN(failure.text, ReadMessage(record.line));
      record.content = std::move(failure);
    } else if (header == "query" || header == "query single") {
      LAMINAR_ASSIGN_OR_RETURN(record.content, ReadQuery(header == "query single", record.line));
    } else {
      return base::InvalidArgument(
          fmt::format("{}:{}: unknown record: {}", script_.path, record.line, header));
    }
    script_.records.push_back(std::move(record));
    return absl::OkStatus();
  }

  bool AtBlank() const { return at_ >= script_.lines.size() || Trim(script_.lines[at_]).empty(); }

  std::string ReadSql() {
    std::string sql;
    while (!AtBlank() && Trim(script_.lines[at_]) != "----" &&
           Trim(script_.lines[at_]) != "batch" && !script_.lines[at_].starts_with("no batch:")) {
      sql += script_.lines[at_++] + "\n";
    }
    return sql;
  }

  absl::StatusOr<InputRecord> ReadInput(const std::string& header, int line) {
    InputRecord input;
    const size_t open = header.find('(');
    const size_t close = header.rfind(')');
    if (open == std::string::npos || close == std::string::npos || close < open) {
      return base::InvalidArgument(
          fmt::format("{}:{}: expected input NAME (COLUMNS)", script_.path, line));
    }
    input.name = Trim(header.substr(6, open - 6));
    input.columns = header.substr(open + 1, close - open - 1);
    std::string rest = Trim(header.substr(close + 1));
    if (rest.starts_with("event_time ")) {
      const size_t delay = rest.find(" delay ");
      input.event_time = Trim(rest.substr(11, delay == std::string::npos ? delay : delay - 11));
      input.delay = delay == std::string::npos ? "" : Trim(rest.substr(delay + 7));
    }
    while (!AtBlank()) {
      const std::string text = Trim(script_.lines[at_++]);
      const bool is_watermark = text.starts_with("watermark ");
      input.steps.push_back({is_watermark, is_watermark ? Trim(text.substr(10)) : text});
    }
    return input;
  }

  absl::StatusOr<ErrorRecord> ReadError(const std::string& header, int line) {
    ErrorRecord error;
    error.is_warning = header.starts_with("warning ");
    const std::string rest = Trim(header.substr(header.find(' ')));
    const size_t at = rest.find(" at ");
    error.code = Trim(rest.substr(0, at));
    error.position = at == std::string::npos ? "" : Trim(rest.substr(at + 4));
    error.sql = ReadSql();
    LAMINAR_ASSIGN_OR_RETURN(error.text, ReadMessage(line));
    return error;
  }

  absl::StatusOr<std::string> ReadMessage(int line) {
    if (AtBlank() || Trim(script_.lines[at_]) != "----") {
      return base::InvalidArgument(
          fmt::format("{}:{}: expected ---- and a part of the message", script_.path, line));
    }
    ++at_;
    std::string text;
    while (!AtBlank()) {
      text += (text.empty() ? "" : " ") + Trim(script_.lines[at_++]);
    }
    return text;
  }

  absl::StatusOr<QueryRecord> ReadQuery(bool single, int line) {
    QueryRecord query;
    query.single = single;
    query.sql = ReadSql();
    if (!AtBlank() && Trim(script_.lines[at_]) == "batch") {
      ++at_;
      query.batch = ReadSql();
    } else if (!AtBlank() && script_.lines[at_].starts_with("no batch:")) {
      query.no_batch = Trim(script_.lines[at_++].substr(9));
    }
    if (AtBlank() || Trim(script_.lines[at_]) != "----") {
      return base::InvalidArgument(
          fmt::format("{}:{}: expected ---- and the rows", script_.path, line));
    }
    ++at_;
    query.expected_begin = at_;
    while (!AtBlank()) {
      query.rows.push_back(script_.lines[at_++]);  // spaces count
    }
    query.expected_end = at_;
    return query;
  }

  Script& script_;
  size_t at_ = 0;
};

}  // namespace

absl::StatusOr<Script> ParseScript(std::string path, std::string_view text) {
  Script script;
  script.path = std::move(path);
  size_t begin = 0;
  while (begin <= text.size()) {
    size_t end = text.find('\n', begin);
    end = end == std::string_view::npos ? text.size() : end;
    script.lines.emplace_back(text.substr(begin, end - begin));
    begin = end + 1;
  }
  LAMINAR_RETURN_IF_ERROR(Reader(script).Read());
  return script;
}

}  // namespace laminar::sqltest
