#include "formats/clf/clf_line.h"

#include <algorithm>

namespace laminar::formats {
namespace {

constexpr std::array<std::string_view, kClfFields> kNames = {
    "host",     "ident",  "user",  "timestamp", "method",    "path",
    "protocol", "status", "bytes", "referer",   "user_agent"};
constexpr std::array<std::string_view, 12> kMonths = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                                      "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};

std::optional<std::string_view> UnlessDash(std::string_view text) {
  return text == "-" || text.empty() ? std::nullopt : std::optional<std::string_view>(text);
}

// Cuts the front of the text up to a blank.
std::string_view TakeWord(std::string_view& text) {
  const size_t end = std::min(text.find(' '), text.size());
  const std::string_view word = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return word;
}

// Cuts `"..."` off the front; a backslash keeps the next character from ending it.
bool TakeQuoted(std::string_view& text, std::string_view& quoted) {
  if (!text.starts_with('"')) {
    return false;
  }
  for (size_t i = 1; i < text.size(); ++i) {
    if (text[i] == '\\') {
      ++i;
    } else if (text[i] == '"') {
      quoted = text.substr(1, i - 1);
      text.remove_prefix(i + 1);
      if (text.starts_with(' ')) {
        text.remove_prefix(1);
      }
      return true;
    }
  }
  return false;
}

// Reads 10/Oct/2000:13:55:36 -0700 by way of the same in RFC 3339.
bool ParseTime(std::string_view text, Instant& time) {
  if (text.size() != 26 || text[2] != '/' || text[6] != '/' || text[11] != ':' || text[20] != ' ') {
    return false;
  }
  for (size_t month = 0; month < kMonths.size(); ++month) {
    if (text.substr(3, 3) == kMonths[month]) {
      char standard[32];
      char* p = standard;
      const auto append = [&](std::string_view part) { p += part.copy(p, part.size()); };
      append(text.substr(7, 4));
      *p++ = '-';
      p = WritePadded(p, static_cast<uint32_t>(month + 1), 2);
      *p++ = '-';
      append(text.substr(0, 2));
      *p++ = 'T';
      append(text.substr(12, 8));
      append(text.substr(21, 5));
      return ParseRfc3339({standard, static_cast<size_t>(p - standard)}, time);
    }
  }
  return false;
}

bool IsNumber(std::string_view text) {
  return !text.empty() && text.find_first_not_of("0123456789") == std::string_view::npos;
}

}  // namespace

std::string_view ClfFieldName(ClfField field) { return kNames[static_cast<size_t>(field)]; }

bool ParseClfLine(std::string_view text, ClfLine& line, std::string& reason) {
  const auto field = [&](ClfField name) -> std::optional<std::string_view>& {
    return line.fields[static_cast<size_t>(name)];
  };
  line = {};
  field(ClfField::kHost) = UnlessDash(TakeWord(text));
  field(ClfField::kIdent) = UnlessDash(TakeWord(text));
  field(ClfField::kUser) = UnlessDash(TakeWord(text));
  const size_t time_end = text.find(']');
  if (!text.starts_with('[') || time_end == std::string_view::npos ||
      !ParseTime(text.substr(1, time_end - 1), line.time)) {
    reason = "field 'timestamp': expected [day/month/year:hour:minute:second zone]";
    return false;
  }
  field(ClfField::kTimestamp) = text.substr(1, time_end - 1);
  text.remove_prefix(std::min(time_end + 2, text.size()));

  std::string_view request;
  if (!TakeQuoted(text, request)) {
    reason = "expected the request in quotes behind the time";
    return false;
  }
  // Of an attack's or a probe's request there may be no more than one word: the path then.
  const size_t first_blank = request.find(' ');
  const size_t last_blank = request.rfind(' ');
  if (first_blank == std::string_view::npos) {
    field(ClfField::kPath) = UnlessDash(request);
  } else {
    field(ClfField::kMethod) = request.substr(0, first_blank);
    const bool has_protocol = last_blank > first_blank;
    field(ClfField::kPath) = UnlessDash(request.substr(
        first_blank + 1, (has_protocol ? last_blank : request.size()) - first_blank - 1));
    if (has_protocol) {
      field(ClfField::kProtocol) = UnlessDash(request.substr(last_blank + 1));
    }
  }

  const std::string_view status = TakeWord(text);
  const std::string_view bytes = TakeWord(text);
  if (!IsNumber(status) && status != "-") {
    reason = "field 'status': expected a number behind the request";
    return false;
  }
  if (!IsNumber(bytes) && bytes != "-") {
    reason = "field 'bytes': expected a number or '-' behind the status";
    return false;
  }
  field(ClfField::kStatus) = UnlessDash(status);
  field(ClfField::kBytes) = UnlessDash(bytes);
  for (const ClfField name : {ClfField::kReferer, ClfField::kUserAgent}) {
    std::string_view quoted;
    if (text.empty()) {
      return true;
    }
    if (!TakeQuoted(text, quoted)) {
      reason = "field '" + std::string(ClfFieldName(name)) + "': expected a text in quotes";
      return false;
    }
    field(name) = UnlessDash(quoted);
  }
  // Servers add fields of their own behind; they are left alone.
  return true;
}

}  // namespace laminar::formats
