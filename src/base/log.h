// The program's log: on stderr, so that stdout carries data only; as text, JSON or logfmt. Never
// call it under a lock. Any thread.
#ifndef LAMINAR_BASE_LOG_H_
#define LAMINAR_BASE_LOG_H_

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace laminar::base {

enum class LogLevel { kDebug, kInfo, kWarning, kError, kOff };
enum class LogFormat { kText, kJson, kLogfmt };

/// A name and a value that go with a message; names are words, values anything.
using LogFields = std::vector<std::pair<std::string_view, std::string>>;

/// Sets what is logged and how; kWarning and kText before the first call.
void InitLog(LogLevel level, LogFormat format);
bool LogEnabled(LogLevel level);

void Log(LogLevel level, std::string_view message, const LogFields& fields = {});
inline void LogDebug(std::string_view message, const LogFields& fields = {}) {
  Log(LogLevel::kDebug, message, fields);
}
inline void LogInfo(std::string_view message, const LogFields& fields = {}) {
  Log(LogLevel::kInfo, message, fields);
}
inline void LogWarning(std::string_view message, const LogFields& fields = {}) {
  Log(LogLevel::kWarning, message, fields);
}
inline void LogError(std::string_view message, const LogFields& fields = {}) {
  Log(LogLevel::kError, message, fields);
}

/// One line without its end, as Log prints it. `wall_micros` since 1970-01-01 UTC.
std::string FormatLogLine(LogFormat format,
                          int64_t wall_micros,
                          LogLevel level,
                          std::string_view message,
                          const LogFields& fields);

}  // namespace laminar::base

#endif  // LAMINAR_BASE_LOG_H_
