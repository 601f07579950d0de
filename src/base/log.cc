#include "base/log.h"

#include <atomic>
#include <ctime>
#include <memory>

#include <fmt/format.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include "base/clock.h"

namespace laminar::base {
namespace {

std::atomic<LogLevel> log_level{LogLevel::kWarning};
std::atomic<LogFormat> log_format{LogFormat::kText};

spdlog::logger& Logger() {
  // Never destroyed: threads that end late may still log.
  static spdlog::logger* const logger = [] {
    auto made = std::make_unique<spdlog::logger>("laminar",
                                                 std::make_shared<spdlog::sinks::stderr_sink_mt>());
    made->set_pattern("%v");
    made->set_level(spdlog::level::trace);
    made->flush_on(spdlog::level::trace);
    return made.release();
  }();
  return *logger;
}

const char* LevelName(LogLevel level) {
  switch (level) {
    case LogLevel::kDebug:
      return "debug";
    case LogLevel::kInfo:
      return "info";
    case LogLevel::kWarning:
      return "warning";
    case LogLevel::kError:
      return "error";
    case LogLevel::kOff:
      break;
  }
  return "off";
}

std::string FormatTime(int64_t wall_micros) {
  const time_t seconds = static_cast<time_t>(wall_micros / 1'000'000);
  std::tm parts = {};
  gmtime_r(&seconds, &parts);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", parts.tm_year + 1900,
                     parts.tm_mon + 1, parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec,
                     wall_micros % 1'000'000 / 1000);
}

// Quotes as JSON does; control characters must not break the line or the terminal.
void AppendQuoted(std::string& line, std::string_view text) {
  line += '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') {
      line += '\\';
      line += c;
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      line += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
    } else {
      line += c;
    }
  }
  line += '"';
}

void AppendLogfmtValue(std::string& line, std::string_view text) {
  const bool plain = !text.empty() && text.find_first_of(" \"=\\") == std::string_view::npos &&
                     std::all_of(text.begin(), text.end(), [](char c) {
                       return static_cast<unsigned char>(c) > 0x20 && c != 0x7f;
                     });
  if (plain) {
    line += text;
  } else {
    AppendQuoted(line, text);
  }
}

// A message or value on a text line: what would end the line or steer the terminal becomes a space.
void AppendVisible(std::string& line, std::string_view text) {
  for (const char c : text) {
    line += static_cast<unsigned char>(c) < 0x20 || c == 0x7f ? ' ' : c;
  }
}

}  // namespace

void InitLog(LogLevel level, LogFormat format) {
  log_level.store(level);
  log_format.store(format);
}

bool LogEnabled(LogLevel level) { return level >= log_level.load(); }

void Log(LogLevel level, std::string_view message, const LogFields& fields) {
  if (level == LogLevel::kOff || !LogEnabled(level)) {
    return;
  }
  Logger().info(
      "{}", FormatLogLine(log_format.load(), SystemClock().Wall().micros, level, message, fields));
}

std::string FormatLogLine(LogFormat format,
                          int64_t wall_micros,
                          LogLevel level,
                          std::string_view message,
                          const LogFields& fields) {
  const std::string time = FormatTime(wall_micros);
  std::string line;
  switch (format) {
    case LogFormat::kText:
      line = fmt::format("{} {:<7} ", time, LevelName(level));
      AppendVisible(line, message);
      for (const auto& [name, value] : fields) {
        line += fmt::format(" {}=", name);
        AppendLogfmtValue(line, value);
      }
      break;
    case LogFormat::kJson:
      line = fmt::format("{{\"time\":\"{}\",\"level\":\"{}\",\"message\":", time, LevelName(level));
      AppendQuoted(line, message);
      for (const auto& [name, value] : fields) {
        line += ',';
        AppendQuoted(line, name);
        line += ':';
        AppendQuoted(line, value);
      }
      line += '}';
      break;
    case LogFormat::kLogfmt:
      line = fmt::format("time={} level={} message=", time, LevelName(level));
      AppendLogfmtValue(line, message);
      for (const auto& [name, value] : fields) {
        line += fmt::format(" {}=", name);
        AppendLogfmtValue(line, value);
      }
      break;
  }
  return line;
}

}  // namespace laminar::base
