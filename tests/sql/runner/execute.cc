#include "execute.h"

#include <algorithm>
#include <map>

#include <fmt/format.h>

#include "app/compile.h"
#include "base/diagnostic.h"
#include "batch.h"
#include "engine/worker/worker.h"

namespace laminar::sqltest {
namespace {

constexpr int kParallelisms[] = {1, 2, 4};
constexpr int64_t kBatchSizes[] = {1, 7, 2048};
constexpr int64_t kQuerySecondsMax = 60;

// Everything a query needs to be understood: DDL of the inputs and the statements above it.
struct Declarations {
  std::string sql;
};

std::string SourceDdl(const InputRecord& input) {
  const bool explicit_watermarks = std::any_of(input.steps.begin(), input.steps.end(),
                                               [](const auto& step) { return step.is_watermark; });
  std::string watermark;
  if (!input.event_time.empty()) {
    watermark = ", WATERMARK FOR " + input.event_time;
    if (!input.delay.empty()) {
      watermark += fmt::format(" AS {} - INTERVAL '{}'", input.event_time, input.delay);
    } else if (explicit_watermarks) {
      // Far enough behind for only the script's own watermarks to count.
      watermark += fmt::format(" AS {} - INTERVAL '36500 days'", input.event_time);
    }
  }
  return fmt::format("CREATE TABLE {} ({}{}) WITH (connector = 'rows', input = '{}');\n",
                     input.name, input.columns, watermark, input.name);
}

class ScriptRun {
 public:
  ScriptRun(Script& script, RunData& data, bool update)
      : script_(script), data_(data), update_(update) {}

  ScriptOutcome Run() {
    data_.inputs.clear();
    for (const Record& record : script_.records) {
      if (const auto* input = std::get_if<InputRecord>(&record.content)) {
        Declare(*input, record.line);
      } else if (const auto* statement = std::get_if<StatementRecord>(&record.content)) {
        Apply(*statement, record.line);
      } else if (const auto* error = std::get_if<ErrorRecord>(&record.content)) {
        Check(*error, record.line);
      } else if (const auto* failure = std::get_if<FailureRecord>(&record.content)) {
        Check(*failure, record.line);
      } else if (const auto* query = std::get_if<QueryRecord>(&record.content)) {
        Check(*query, record.line);
      }
    }
    // From the last to the first, so that line numbers stay true.
    for (auto edit = edits_.rbegin(); edit != edits_.rend(); ++edit) {
      const auto begin = script_.lines.begin() + static_cast<int64_t>(edit->begin);
      script_.lines.erase(begin, script_.lines.begin() + static_cast<int64_t>(edit->end));
      script_.lines.insert(script_.lines.begin() + static_cast<int64_t>(edit->begin),
                           edit->rows.begin(), edit->rows.end());
    }
    return std::move(outcome_);
  }

 private:
  struct Edit {
    size_t begin = 0;
    size_t end = 0;
    std::vector<std::string> rows;
  };

  void Fail(int line, std::string_view what) {
    outcome_.failures.push_back(fmt::format("{}:{}: {}", script_.path, line, what));
  }

  // DuckDB reads the rows: they may hold any expression.
  void Declare(const InputRecord& input, int line) {
    declarations_ += SourceDdl(input);
    if (const absl::Status made =
            batch_.Execute(fmt::format("CREATE TABLE {} ({})", input.name, input.columns));
        !made.ok()) {
      return Fail(line, made.ToString());
    }
    InputData data;
    for (const InputRecord::Step& step : input.steps) {
      InputData::Step next;
      if (step.is_watermark) {
        const auto value = batch_.Query(fmt::format("SELECT epoch_us(TIMESTAMP {})", step.text));
        if (!value.ok()) {
          return Fail(line, value.status().ToString());
        }
        next.watermark = data::EventTime{(*value)[0][0].GetValue<int64_t>()};
      } else {
        // Through a temporary table, so that values take the declared types.
        const auto inserted = batch_.Query(
            fmt::format("INSERT INTO {} VALUES ({}) RETURNING *", input.name, step.text));
        if (!inserted.ok()) {
          return Fail(line, inserted.status().ToString());
        }
        next.row = (*inserted)[0];
      }
      data.steps.push_back(std::move(next));
    }
    data_.inputs[input.name] = std::move(data);
  }

  void Apply(const StatementRecord& statement, int line) {
    declarations_ += statement.sql + ";\n";
    // Where batch cannot follow, the queries that need it say so.
    batch_.Execute(statement.sql).IgnoreError();
  }

  app::CompiledProgram Compile(const std::string& sql, int parallelism) const {
    app::CompileOptions options;
    options.default_sink.connector = "collect";
    options.parallelism = parallelism;
    return app::Compile(declarations_ + sql, options);
  }

  void Check(const ErrorRecord& error, int line) {
    const std::string text = declarations_ + error.sql;
    const app::CompiledProgram program = Compile(error.sql, 1);
    for (const base::Diagnostic& diagnostic : program.diagnostics) {
      const bool says_it =
          (diagnostic.message + " " + diagnostic.hint).find(error.text) != std::string::npos;
      const bool is_warning = diagnostic.severity == base::Severity::kWarning;
      if (diagnostic.code == error.code && says_it && is_warning == error.is_warning &&
          program.ok == error.is_warning) {
        if (!error.position.empty()) {
          const base::TextPosition at = base::FindPosition(
              error.sql, diagnostic.span.offset - static_cast<int64_t>(declarations_.size()));
          if (fmt::format("{}:{}", at.line, at.column) != error.position) {
            return Fail(line, fmt::format("error is at {}:{}, expected at {}", at.line, at.column,
                                          error.position));
          }
        }
        ++outcome_.num_passed;
        return;
      }
    }
    std::string got = program.diagnostics.empty() ? "no error" : "";
    for (const base::Diagnostic& diagnostic : program.diagnostics) {
      got += base::RenderDiagnostic(script_.path, text, diagnostic);
    }
    Fail(line, fmt::format("expected {} {} with: {}\ngot: {}",
                           error.is_warning ? "warning" : "error", error.code, error.text, got));
  }

  void Check(const FailureRecord& failure, int line) {
    for (const int parallelism : kParallelisms) {
      for (const int64_t batch_size : kBatchSizes) {
        const auto rows = Execute(failure.sql, parallelism, batch_size);
        const std::string got = rows.ok() ? "no failure" : rows.status().ToString();
        if (got.find(failure.text) == std::string::npos || got.find("not accepted") == 0) {
          return Fail(line,
                      fmt::format("parallelism {}, batch size {}: expected failure: {}\ngot: {}",
                                  parallelism, batch_size, failure.text, got));
        }
      }
    }
    ++outcome_.num_passed;
  }

  void Check(const QueryRecord& query, int line) {
    std::vector<std::string> expected = query.rows;
    std::sort(expected.begin(), expected.end());
    std::optional<Edit> edit;
    bool first = true;
    for (const int parallelism : kParallelisms) {
      if (query.single && parallelism > 1) {
        break;
      }
      for (const int64_t batch_size : kBatchSizes) {
        absl::StatusOr<std::vector<std::string>> rows = Execute(query.sql, parallelism, batch_size);
        const std::string setting =
            fmt::format("parallelism {}, batch size {}", parallelism, batch_size);
        if (!rows.ok()) {
          return Fail(line,
                      fmt::format("{}: {}", setting, base::FromAbsl(rows.status().message())));
        }
        std::sort(rows->begin(), rows->end());
        if (update_ && first && *rows != expected) {
          edit = Edit{query.expected_begin, query.expected_end, *rows};
          expected = *rows;
        }
        first = false;
        if (*rows != expected) {
          return Fail(line, fmt::format("{}:\n{}", setting, Difference(expected, *rows)));
        }
      }
    }
    if (!query.no_batch) {
      const absl::StatusOr<std::vector<std::string>> rows =
          batch_.SortedRows(query.batch.value_or(query.sql));
      if (!rows.ok()) {
        return Fail(line, "batch: " + std::string(base::FromAbsl(rows.status().message())));
      }
      if (*rows != expected) {
        return Fail(line, "batch (as expected) differs:\n" + Difference(*rows, expected));
      }
    }
    if (edit) {
      edits_.push_back(*std::move(edit));
    }
    ++outcome_.num_passed;
  }

  absl::StatusOr<std::vector<std::string>> Execute(const std::string& sql,
                                                   int parallelism,
                                                   int64_t batch_size) {
    const app::CompiledProgram program = Compile(sql, parallelism);
    if (!program.ok || program.graph == nullptr) {
      std::string text = "not accepted: ";
      for (const base::Diagnostic& diagnostic : program.diagnostics) {
        text += base::RenderDiagnostic(script_.path, declarations_ + sql, diagnostic);
      }
      return base::InvalidArgument(text);
    }
    data_.batch_size = batch_size;
    data_.TakeRows();
    engine::WorkerOptions options;
    options.num_threads = 2;
    engine::Worker worker(options);
    LAMINAR_ASSIGN_OR_RETURN(const auto job, worker.Start(program.graph));
    if (!job->Wait(kQuerySecondsMax * 1'000'000'000)) {
      job->StopNow();
      return base::Internal("the query did not end");
    }
    LAMINAR_RETURN_IF_ERROR(job->status());
    return data_.TakeRows();
  }

  static std::string Difference(const std::vector<std::string>& expected,
                                const std::vector<std::string>& got) {
    std::string text;
    std::vector<std::string> missing;
    std::vector<std::string> extra;
    std::set_difference(expected.begin(), expected.end(), got.begin(), got.end(),
                        std::back_inserter(missing));
    std::set_difference(got.begin(), got.end(), expected.begin(), expected.end(),
                        std::back_inserter(extra));
    for (const std::string& row : missing) {
      text += "  missing  " + row + "\n";
    }
    for (const std::string& row : extra) {
      text += "  extra    " + row + "\n";
    }
    return text;
  }

  Script& script_;
  RunData& data_;
  const bool update_;
  BatchDatabase batch_;
  std::string declarations_;
  std::vector<Edit> edits_;
  ScriptOutcome outcome_;
};

}  // namespace

ScriptOutcome RunScript(Script& script, RunData& data, bool update) {
  return ScriptRun(script, data, update).Run();
}

}  // namespace laminar::sqltest
