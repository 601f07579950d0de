#include "cli/run_progress.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/environment.h"
#include "cli/human_format.h"
#include "cli/output.h"

namespace laminar::cli {
namespace {

constexpr const char* kClearLine = "\r\x1b[K";

std::string WatermarkText(data::EventTime watermark) {
  if (watermark == data::EventTime::Min() || watermark == data::EventTime::Max()) {
    return "";
  }
  const int64_t behind = base::SystemClock().Wall().micros - watermark.micros;
  return fmt::format(" · watermark {:+.1f} s", -static_cast<double>(behind) / 1e6);
}

const char* ReasonText(app::EndReason reason) {
  switch (reason) {
    case app::EndReason::kTimeElapsed:
      return " · ended by --for";
    case app::EndReason::kIdle:
      return " · ended by --until-idle";
    case app::EndReason::kInterrupted:
      return " · interrupted";
    case app::EndReason::kTerminated:
      return " · terminated";
    case app::EndReason::kFailed:
      return " · failed";
    default:
      return "";
  }
}

}  // namespace

RunProgress::RunProgress(const GlobalOptions& global)
    : quiet_(global.quiet), terminal_(base::IsTerminal(2) && !global.quiet) {}

void RunProgress::Update(const engine::JobProgress& now) {
  if (!terminal_) {
    return;
  }
  const double seconds = static_cast<double>(now.elapsed_nanos - last_nanos_) / 1e9;
  if (seconds < 0.5) {
    return;
  }
  const double in = static_cast<double>(now.rows_in - last_rows_in_) / seconds;
  const double out = static_cast<double>(now.rows_out - last_rows_out_) / seconds;
  last_nanos_ = now.elapsed_nanos;
  last_rows_in_ = now.rows_in;
  last_rows_out_ = now.rows_out;
  std::string line = fmt::format("▸ {} in · {} out{} · state {}", FormatRate(in), FormatRate(out),
                                 WatermarkText(now.watermark), FormatBytes(now.state_bytes));
  if (now.bottleneck) {
    line += fmt::format(" · held back by {}", now.bottleneck->name);
  }
  WriteMessage(fmt::format("{}{}", kClearLine, line));
  std::fflush(stderr);
}

void RunProgress::Finish(const app::LocalJobOutcome& outcome) {
  if (terminal_) {
    WriteMessage(kClearLine);
  }
  if (quiet_) {
    return;
  }
  const engine::JobProgress& progress = outcome.progress;
  const double seconds = static_cast<double>(outcome.elapsed_nanos) / 1e9;
  std::string line =
      fmt::format("{} rows · {} events in · {} · {}", FormatCount(progress.rows_out),
                  FormatCount(progress.rows_in), FormatSeconds(seconds),
                  FormatRate(static_cast<double>(progress.rows_in) / std::max(seconds, 1e-9)));
  if (progress.latency_nanos.count() > 0) {
    line += fmt::format(" · p99 latency {}", FormatMillis(progress.latency_nanos.Quantile(0.99)));
  }
  if (progress.late_rows > 0) {
    line += fmt::format(" · {} late", FormatCount(progress.late_rows));
  }
  if (progress.bad_records > 0) {
    line += fmt::format(" · {} bad ({} dropped, {} to dead letter)",
                        FormatCount(progress.bad_records), FormatCount(progress.dropped_records),
                        FormatCount(progress.dead_letter_records));
  }
  WriteMessage(fmt::format("{}{}\n", line, ReasonText(outcome.reason)));
}

}  // namespace laminar::cli
