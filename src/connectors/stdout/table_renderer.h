// TableRenderer: draws rows as a table for people. It holds the first rows back until there are
// enough to choose column widths, or until told that it has waited long enough, and draws later
// rows into the same columns, which it widens, below a line, when a row does not fit. One thread.
#ifndef LAMINAR_CONNECTORS_STDOUT_TABLE_RENDERER_H_
#define LAMINAR_CONNECTORS_STDOUT_TABLE_RENDERER_H_

#include <string>
#include <string_view>
#include <vector>

#include "base/status.h"
#include "data/chunk.h"
#include "data/schema.h"

namespace laminar::connectors {

class TableRenderer {
 public:
  /// Draws the visible columns of `schema`; lines of at most `width_max` characters where that is
  /// possible, 0: without limit.
  TableRenderer(const data::Schema& schema, int width_max);

  /// Takes all rows and appends to `out` what can be drawn.
  absl::Status Add(const data::Chunk& chunk, std::string& out);
  /// Rows are held back.
  bool waiting() const { return !held_.empty(); }
  /// Chooses widths by the rows there are, and appends them to `out`.
  void Settle(std::string& out);
  /// Appends what is held back and the bottom line.
  void Finish(std::string& out);

 private:
  struct Column {
    std::string name;
    bool align_right = false;
    bool may_cut = false;  // text; numbers and times are never cut
    int width = 0;
  };
  using Row = std::vector<std::string>;

  void Begin(bool with_row_kinds);
  void ChooseWidths();
  /// Makes columns wider that later rows do not fit into; whether there was one.
  bool Widen(const std::vector<Row>& rows);
  int WidthWanted(size_t column, const std::vector<Row>& rows) const;
  int LineWidth() const;
  void DrawRow(const Row& row, std::string& out) const;
  void DrawLine(std::string_view left,
                std::string_view middle,
                std::string_view right,
                std::string& out) const;

  const data::Schema schema_;
  const int width_max_;
  bool begun_ = false;
  bool with_row_kinds_ = false;
  bool settled_ = false;
  std::vector<Column> columns_;
  std::vector<Row> held_;
};

}  // namespace laminar::connectors

#endif  // LAMINAR_CONNECTORS_STDOUT_TABLE_RENDERER_H_
