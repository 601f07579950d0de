#include "app/file_conflicts.h"

#include <algorithm>
#include <string>
#include <string_view>
#include <utility>
#include <variant>

#include <fmt/format.h>

#include "base/file.h"
#include "connectors/api/connector_factory.h"

namespace laminar::app {
namespace {

// A path that a table reads or writes.
struct Use {
  std::string table;
  std::string path;  // as the program has it
  std::string real_path;
  base::SourceSpan span;
};

bool IsStream(const std::string& path) {
  const absl::StatusOr<base::FileInfo> info = base::GetFileInfo(path);
  return info.ok() && info->kind == base::FileKind::kStream;
}

void AddUse(const data::ConnectorTable& table,
            const std::string& path,
            base::SourceSpan span,
            std::vector<Use>& uses) {
  if (!IsStream(path)) {
    uses.push_back({table.name, path, base::RealPath(path), span});
  }
}

// Whether a source that reads `folder` takes the file: as base::ListFilesBelow, it leaves out
// hidden names.
bool IsReadFrom(const std::string& folder, std::string_view file) {
  if (!file.starts_with(folder + "/")) {
    return false;
  }
  std::string_view rest = file.substr(folder.size() + 1);
  while (!rest.empty()) {
    const std::string_view name = rest.substr(0, rest.find('/'));
    if (base::IsHiddenName(name)) {
      return false;
    }
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
  }
  return true;
}

const Use* FindReader(const std::vector<Use>& inputs, const Use& output) {
  for (const Use& input : inputs) {
    if (input.real_path == output.real_path || IsReadFrom(input.real_path, output.real_path)) {
      return &input;
    }
  }
  return nullptr;
}

base::Diagnostic Conflict(const Use& output, std::string message) {
  return {"LM1505", base::Severity::kError, output.span, std::move(message),
          "write to another file, and move it when the run has ended"};
}

// What the tables of a graph do with files. A file of bad records is not replaced but written
// behind its end, so that several tables may share one.
class FileUses {
 public:
  FileUses(const sql::BoundProgram& program, const plan::JobGraph& graph) {
    for (const plan::Node& node : graph.nodes) {
      if (const auto* sink = std::get_if<plan::SinkSpec>(&node.spec)) {
        AddSink(program, *sink, node.sql_offset);
      }
    }
    std::vector<const data::ConnectorTable*> sources;
    for (const plan::Node& node : graph.nodes) {
      if (const auto* source = std::get_if<plan::SourceSpec>(&node.spec)) {
        sources.push_back(&source->table);
        AddDeadLetters(program, source->table);
      }
    }
    if (outputs_.empty() && dead_letters_.empty()) {
      return;  // nothing is written: folders need not be listed
    }
    for (const data::ConnectorTable* table : sources) {
      AddSource(*table);
    }
  }

  std::vector<base::Diagnostic> Conflicts() const {
    std::vector<base::Diagnostic> found;
    for (size_t i = 0; i < outputs_.size(); ++i) {
      const Use& output = outputs_[i];
      const auto same =
          std::find_if(outputs_.begin(), outputs_.begin() + static_cast<ptrdiff_t>(i),
                       [&](const Use& other) { return other.real_path == output.real_path; });
      if (const Use* reader = FindReader(inputs_, output)) {
        found.push_back(Conflict(
            output, fmt::format("table \"{}\" writes over a file that table \"{}\" reads: {}",
                                output.table, reader->table, output.path)));
      } else if (same != outputs_.begin() + static_cast<ptrdiff_t>(i)) {
        found.push_back(Conflict(
            output, fmt::format("table \"{}\" writes over a file that table \"{}\" writes: {}",
                                output.table, same->table, output.path)));
      }
    }
    for (const Use& letters : dead_letters_) {
      const auto same = std::ranges::find(outputs_, letters.real_path, &Use::real_path);
      if (same != outputs_.end()) {
        found.push_back(Conflict(
            letters, fmt::format("bad records of table \"{}\" go to a file that table \"{}\" "
                                 "writes over: {}",
                                 letters.table, same->table, letters.path)));
      } else if (const Use* reader = FindReader(inputs_, letters)) {
        found.push_back(Conflict(
            letters, fmt::format("bad records of table \"{}\" go to a file that table \"{}\" "
                                 "reads: {}",
                                 letters.table, reader->table, letters.path)));
      }
    }
    return found;
  }

 private:
  void AddSink(const sql::BoundProgram& program, const plan::SinkSpec& sink, int64_t offset) {
    const auto declared = std::ranges::find(
        program.sinks, offset, [](const sql::SinkTable& table) { return table.span.offset; });
    const base::SourceSpan span =
        declared == program.sinks.end() ? base::SourceSpan{offset, 0} : declared->span;
    const auto* factory = connectors::ConnectorRegistry::Global().Find(sink.table.connector);
    for (const std::string& path : factory->OutputFiles(sink.table)) {
      AddUse(sink.table, path, span, outputs_);
    }
  }

  void AddDeadLetters(const sql::BoundProgram& program, const data::ConnectorTable& table) {
    if (table.bad_data != data::BadDataPolicy::kDeadLetter) {
      return;
    }
    base::SourceSpan span;
    for (const auto& source : program.sources) {
      if (source->table.name == table.name) {
        span = source->span;
      }
    }
    AddUse(table, table.dead_letter_path, span, dead_letters_);
  }

  void AddSource(const data::ConnectorTable& table) {
    const auto* factory = connectors::ConnectorRegistry::Global().Find(table.connector);
    for (const std::string& path : factory->InputFiles(table)) {
      AddUse(table, path, {}, inputs_);
    }
  }

  std::vector<Use> inputs_;
  std::vector<Use> outputs_;
  std::vector<Use> dead_letters_;
};

}  // namespace

std::vector<base::Diagnostic> FindFileConflicts(const sql::BoundProgram& program,
                                                const plan::JobGraph& graph) {
  return FileUses(program, graph).Conflicts();
}

}  // namespace laminar::app
