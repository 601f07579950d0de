#include "cli/run_progress.h"

#include <algorithm>
#include <cstdio>

#include <fmt/format.h>

#include "base/clock.h"
#include "base/environment.h"
#include "cli/error_report.h"
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

std::string StateText(const engine::JobProgress& progress) {
  return FormatBytes(progress.state_bytes) +
         (progress.state_spilled_bytes == 0
              ? ""
              : fmt::format(" ({} on disk)", FormatBytes(progress.state_spilled_bytes)));
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

void RunProgress::Restored(const control::RestorePoint& point) {
  if (!quiet_) {
    WriteMessage(fmt::format("going on from checkpoint {}\n", point.manifest.header.epoch.value));
  }
}

// A store that is away does not stop the job; the user is told once, and once it is back.
void RunProgress::TellTrouble(const control::CoordinatorProgress& checkpoints) {
  if (quiet_) {
    return;
  }
  Tell(checkpoints.last_error, "no checkpoint at the moment", "checkpoints are complete again",
       told_trouble_);
  if (checkpoints.last_error.ok()) {
    Tell(checkpoints.garbage_error, "old checkpoints are not removed at the moment",
         "old checkpoints are removed again", told_garbage_);
  }
}

void RunProgress::Tell(const absl::Status& status,
                       const char* trouble,
                       const char* over,
                       absl::StatusCode& told) const {
  if (status.code() == told) {
    return;
  }
  told = status.code();
  WriteMessage(fmt::format(
      "{}{}\n", terminal_ ? kClearLine : "",
      status.ok() ? over
                  : fmt::format("warning: {}: {}", trouble, base::FromAbsl(status.message()))));
}

void RunProgress::LastCheckpointWaits(const control::CoordinatorProgress& checkpoints,
                                      const absl::Status& trouble) {
  const std::string why = trouble.ok() ? checkpoints.waits_for : StatusText(trouble);
  WriteMessage(fmt::format(
      "{}waiting for the last checkpoint{}{}\nit is taken as soon as that is over; to end without "
      "it, press Ctrl-C or send SIGTERM: the next run {}\n",
      terminal_ ? kClearLine : "", why.empty() ? "" : ": ", why,
      checkpoints.complete.value > 0
          ? fmt::format("goes on from checkpoint {}", checkpoints.complete.value)
          : "begins anew"));
}

void RunProgress::Update(const engine::JobProgress& now,
                         const control::CoordinatorProgress* checkpoints) {
  if (checkpoints != nullptr) {
    TellTrouble(*checkpoints);
  }
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
                                 WatermarkText(now.watermark), StateText(now));
  if (checkpoints != nullptr && checkpoints->completed_at.has_value()) {
    const int64_t age = base::SystemClock().Now().nanos - checkpoints->completed_at->nanos;
    line += fmt::format(" · ckpt #{} {} s ago", checkpoints->complete.value, age / 1'000'000'000);
  }
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
  if (outcome.state_refused) {
    return;
  }
  if (outcome.finished_before) {
    WriteMessage(
        "nothing to do: an earlier run has read its sources to the end and published everything; "
        "--restore none --force runs the program again from the beginning\n");
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
  if (outcome.checkpoints.has_value() && outcome.checkpoints->complete.value > 0) {
    line += fmt::format(" · checkpoint {}", outcome.checkpoints->complete.value);
  }
  WriteMessage(fmt::format("{}{}\n", line, ReasonText(outcome.reason)));
}

}  // namespace laminar::cli
