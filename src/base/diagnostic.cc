#include "base/diagnostic.h"

#include <algorithm>
#include <array>
#include <cctype>
#include <utility>

namespace laminar::base {
namespace {

constexpr size_t kLineWidthMax = 110;   // characters of a line shown around the span
constexpr size_t kWordLengthMax = 100;  // longer words are not misspelt names

bool IsContinuation(char byte) { return (static_cast<unsigned char>(byte) & 0xC0) == 0x80; }

const char* SeverityName(Severity severity) {
  switch (severity) {
    case Severity::kError:
      return "error";
    case Severity::kWarning:
      return "warning";
    case Severity::kNotice:
      return "notice";
  }
  return "error";
}

/// Bytes of the character that starts at `offset`: 1 for bytes that are not UTF-8.
size_t CharacterLength(std::string_view text, size_t offset) {
  const auto lead = static_cast<unsigned char>(text[offset]);
  const size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC2 ? 2 : 1;
  if (lead >= 0xF5 || offset + length > text.size()) {
    return 1;
  }
  for (size_t i = 1; i < length; ++i) {
    if (!IsContinuation(text[offset + i])) {
      return 1;
    }
  }
  return length;
}

/// One character of a line as it is shown: what to print, how many terminal columns it takes, and
/// where it came from.
struct Cell {
  std::string text;
  int width = 1;
  size_t offset = 0;
};

int DisplayWidth(std::string_view character) {
  if (character.size() < 3) {
    return 1;
  }
  const auto lead = static_cast<unsigned char>(character[0]);
  const auto second = static_cast<unsigned char>(character[1]);
  if (lead == 0xF0) {
    return second >= 0x9F ? 2 : 1;  // emoji and the like
  }
  const bool is_wide = (lead == 0xE1 && second >= 0x84 && second <= 0x85) ||
                       (lead == 0xE2 && second == 0xBA) || (lead >= 0xE3 && lead <= 0xED) ||
                       (lead == 0xEF && second >= 0xBC && second <= 0xBD);
  return is_wide ? 2 : 1;
}

std::vector<Cell> MakeCells(std::string_view line, size_t line_start) {
  std::vector<Cell> cells;
  for (size_t i = 0; i < line.size();) {
    const size_t length = CharacterLength(line, i);
    const auto lead = static_cast<unsigned char>(line[i]);
    Cell cell{std::string(line.substr(i, length)), 1, line_start + i};
    if (length == 1 && (lead < 0x20 || lead == 0x7F)) {
      cell.text = " ";
    } else if (length == 1 && lead >= 0x80) {
      cell.text = "?";
    } else {
      cell.width = DisplayWidth(cell.text);
    }
    cells.push_back(std::move(cell));
    i += length;
  }
  return cells;
}

/// The line that holds `offset`, without its end; start is its first byte.
std::pair<size_t, std::string_view> LineAt(std::string_view text, size_t offset) {
  const size_t before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  const size_t start = before == std::string_view::npos ? 0 : before + 1;
  const size_t end = std::min(text.find('\n', offset), text.size());
  std::string_view line = text.substr(start, end - start);
  if (line.ends_with('\r')) {
    line.remove_suffix(1);
  }
  return {start, line};
}

/// Cells [first, last) that are shown, and cells [mark_first, mark_last) that are underlined.
struct Excerpt {
  size_t first = 0;
  size_t last = 0;
  size_t mark_first = 0;
  size_t mark_last = 0;
};

Excerpt ChooseExcerpt(const std::vector<Cell>& cells, size_t span_start, size_t span_end) {
  Excerpt excerpt;
  while (excerpt.mark_first < cells.size() && cells[excerpt.mark_first].offset < span_start) {
    ++excerpt.mark_first;
  }
  excerpt.mark_last = excerpt.mark_first;
  while (excerpt.mark_last < cells.size() && cells[excerpt.mark_last].offset < span_end) {
    ++excerpt.mark_last;
  }
  excerpt.last = cells.size();
  if (cells.size() > kLineWidthMax) {
    const size_t lead = kLineWidthMax / 3;
    excerpt.first = excerpt.mark_first > lead ? excerpt.mark_first - lead : 0;
    excerpt.last = std::min(cells.size(), excerpt.first + kLineWidthMax);
  }
  excerpt.mark_last = std::min(excerpt.mark_last, excerpt.last);
  return excerpt;
}

/// The line with its number, and beneath it the underline with the hint.
std::string RenderExcerpt(std::string_view text,
                          const SourceSpan& span,
                          int64_t line_number,
                          const std::string& hint) {
  const size_t offset = std::min(static_cast<size_t>(span.offset), text.size());
  const auto [line_start, line] = LineAt(text, offset);
  const std::vector<Cell> cells = MakeCells(line, line_start);
  const Excerpt excerpt =
      ChooseExcerpt(cells, offset, offset + static_cast<size_t>(std::max<int64_t>(span.length, 0)));

  const std::string number = std::to_string(line_number);
  const std::string margin(number.size(), ' ');
  std::string shown = number + " │ ";
  std::string marks = margin + " │ ";
  if (excerpt.first > 0) {
    shown += "…";
    marks += " ";
  }
  int num_marks = 0;
  for (size_t i = excerpt.first; i < excerpt.last; ++i) {
    shown += cells[i].text;
    if (i < excerpt.mark_first) {
      marks.append(static_cast<size_t>(cells[i].width), ' ');
    } else if (i < excerpt.mark_last) {
      num_marks += cells[i].width;
    }
  }
  if (excerpt.last < cells.size()) {
    shown += "…";
  }
  marks.append(static_cast<size_t>(std::max(num_marks, 1)), '^');
  if (hint.empty()) {
    return shown + "\n" + marks + "\n";
  }
  if (hint.size() <= 60 && hint.find('\n') == std::string::npos) {
    return shown + "\n" + marks + " " + hint + "\n";
  }
  return shown + "\n" + marks + "\n" + margin + " = hint: " + hint + "\n";
}

char Fold(char byte) { return static_cast<char>(std::tolower(static_cast<unsigned char>(byte))); }

/// Edit distance with transpositions of neighbours, stopped beyond `limit`.
size_t EditDistance(std::string_view a, std::string_view b, size_t limit) {
  std::array<std::vector<size_t>, 3> rows;
  for (auto& row : rows) {
    row.resize(b.size() + 1);
  }
  for (size_t j = 0; j <= b.size(); ++j) {
    rows[0][j] = j;
  }
  for (size_t i = 1; i <= a.size(); ++i) {
    std::vector<size_t>& now = rows[i % 3];
    const std::vector<size_t>& before = rows[(i - 1) % 3];
    const std::vector<size_t>& two_before = rows[(i + 1) % 3];
    now[0] = i;
    size_t least = i;
    for (size_t j = 1; j <= b.size(); ++j) {
      const bool same = Fold(a[i - 1]) == Fold(b[j - 1]);
      now[j] = std::min({before[j] + 1, now[j - 1] + 1, before[j - 1] + (same ? 0 : 1)});
      if (i > 1 && j > 1 && Fold(a[i - 1]) == Fold(b[j - 2]) && Fold(a[i - 2]) == Fold(b[j - 1])) {
        now[j] = std::min(now[j], two_before[j - 2] + 1);
      }
      least = std::min(least, now[j]);
    }
    if (least > limit) {
      return limit + 1;
    }
  }
  return rows[a.size() % 3][b.size()];
}

}  // namespace

TextPosition FindPosition(std::string_view text, int64_t offset) {
  TextPosition position;
  const size_t end = std::min(text.size(), static_cast<size_t>(std::max<int64_t>(offset, 0)));
  for (size_t i = 0; i < end; ++i) {
    if (text[i] == '\n') {
      ++position.line;
      position.column = 1;
    } else if (!IsContinuation(text[i])) {
      ++position.column;
    }
  }
  return position;
}

std::string RenderDiagnostic(std::string_view name,
                             std::string_view text,
                             const Diagnostic& diagnostic) {
  std::string result(name);
  const bool placed = diagnostic.span.offset >= 0;
  TextPosition position;
  if (placed) {
    position = FindPosition(text, diagnostic.span.offset);
    result += ":" + std::to_string(position.line) + ":" + std::to_string(position.column);
  }
  result += std::string(": ") + SeverityName(diagnostic.severity) + "[" + diagnostic.code +
            "]: " + diagnostic.message + "\n";
  if (placed) {
    return result + RenderExcerpt(text, diagnostic.span, position.line, diagnostic.hint);
  }
  if (!diagnostic.hint.empty()) {
    result += "  = hint: " + diagnostic.hint + "\n";
  }
  return result;
}

std::string FindNearest(std::string_view word, const std::vector<std::string>& candidates) {
  if (word.empty() || word.size() > kWordLengthMax) {
    return "";
  }
  size_t best_distance = word.size() <= 2 ? 1 : std::max<size_t>(1, word.size() / 3);
  std::string best;
  for (const std::string& candidate : candidates) {
    if (candidate.empty() || candidate.size() > kWordLengthMax) {
      continue;
    }
    const size_t distance = EditDistance(word, candidate, best_distance);
    // A word that shares nothing with the candidate is not a misspelling of it.
    if (distance >= std::max(word.size(), candidate.size())) {
      continue;
    }
    if (distance < best_distance || (distance == best_distance && best.empty())) {
      best_distance = distance;
      best = candidate;
    }
  }
  return best;
}

}  // namespace laminar::base
