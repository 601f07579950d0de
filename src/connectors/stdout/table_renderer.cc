#include "connectors/stdout/table_renderer.h"

#include <algorithm>

#include "connectors/stdout/display_width.h"

namespace laminar::connectors {
namespace {

// Rows that are looked at before widths are chosen.
constexpr size_t kSampleRows = 100;
// A column of text begins no wider than this.
constexpr int kTextWidthMax = 64;
// A column of text is not made narrower than this to fit into a line.
constexpr int kTextWidthMin = 8;
constexpr std::string_view kEllipsis = "…";

bool IsNumber(const data::LogicalType& type) { return type.IsNumeric(); }

bool IsText(const data::LogicalType& type) {
  return type.id() == data::LogicalTypeId::VARCHAR || type.id() == data::LogicalTypeId::BLOB ||
         type.IsNested();
}

}  // namespace

TableRenderer::TableRenderer(const data::Schema& schema, int width_max)
    : schema_(schema), width_max_(width_max) {}

void TableRenderer::Begin(bool with_row_kinds) {
  begun_ = true;
  with_row_kinds_ = with_row_kinds;
  if (with_row_kinds) {
    columns_.push_back({"op"});
  }
  for (size_t i = 0; i < schema_.num_visible_columns(); ++i) {
    const data::Field& field = schema_.fields[i];
    columns_.push_back({EscapeControls(field.name), IsNumber(field.type), IsText(field.type)});
  }
}

absl::Status TableRenderer::Add(const data::Chunk& chunk, std::string& out) {
  if (!begun_) {
    Begin(!chunk.row_kinds().empty());
  }
  const data::idx_t num_rows = chunk.num_rows();
  std::vector<Row> rows(num_rows);
  if (with_row_kinds_) {
    for (data::idx_t i = 0; i < num_rows; ++i) {
      rows[i].emplace_back(data::RowKindName(chunk.row_kind(i)));
    }
  }
  const size_t num_columns = std::min<size_t>(schema_.num_visible_columns(), chunk.num_columns());
  for (size_t column = 0; column < num_columns; ++column) {
    data::Vector source(chunk.column(column).GetType(), nullptr);
    source.Reference(chunk.column(column));
    data::Vector text(data::LogicalType::VARCHAR, std::max<data::idx_t>(num_rows, 1));
    duckdb::VectorOperations::DefaultCast(source, text, num_rows);
    data::UnifiedVectorFormat format;
    text.ToUnifiedFormat(num_rows, format);
    const auto* values = data::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
    for (data::idx_t i = 0; i < num_rows; ++i) {
      const data::idx_t index = format.sel->get_index(i);
      rows[i].push_back(format.validity.RowIsValid(index)
                            ? EscapeControls({values[index].GetData(), values[index].GetSize()})
                            : "NULL");
    }
  }
  if (settled_) {
    if (Widen(rows)) {
      DrawLine("├", "┼", "┤", out);
    }
    for (const Row& row : rows) {
      DrawRow(row, out);
    }
    return absl::OkStatus();
  }
  held_.insert(held_.end(), std::make_move_iterator(rows.begin()),
               std::make_move_iterator(rows.end()));
  if (held_.size() >= kSampleRows) {
    Settle(out);
  }
  return absl::OkStatus();
}

int TableRenderer::WidthWanted(size_t column, const std::vector<Row>& rows) const {
  int width = columns_[column].width;
  for (const Row& row : rows) {
    const int wanted = DisplayWidth(row[column]);
    width = std::max(width, columns_[column].may_cut ? std::min(wanted, kTextWidthMax) : wanted);
  }
  return width;
}

int TableRenderer::LineWidth() const {
  int total = 1;
  for (const Column& column : columns_) {
    total += column.width + 3;
  }
  return total;
}

bool TableRenderer::Widen(const std::vector<Row>& rows) {
  bool widened = false;
  for (size_t i = 0; i < columns_.size(); ++i) {
    Column& column = columns_[i];
    int more = WidthWanted(i, rows) - column.width;
    if (column.may_cut && width_max_ > 0) {
      more = std::clamp(width_max_ - LineWidth(), 0, more);
    }
    column.width += more;
    widened |= more > 0;
  }
  return widened;
}

void TableRenderer::ChooseWidths() {
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i].width = DisplayWidth(columns_[i].name);
    columns_[i].width = WidthWanted(i, held_);
  }
  if (width_max_ == 0) {
    return;
  }
  // Take the excess from the widest columns of text, one cell at a time.
  int total = LineWidth();
  while (total > width_max_) {
    Column* widest = nullptr;
    for (Column& column : columns_) {
      if (column.may_cut && column.width > kTextWidthMin &&
          (widest == nullptr || column.width > widest->width)) {
        widest = &column;
      }
    }
    if (widest == nullptr) {
      return;
    }
    --widest->width;
    --total;
  }
}

void TableRenderer::Settle(std::string& out) {
  if (settled_) {
    return;
  }
  if (!begun_) {
    Begin(false);
  }
  settled_ = true;
  ChooseWidths();
  DrawLine("╭", "┬", "╮", out);
  Row names;
  for (const Column& column : columns_) {
    names.push_back(column.name);
  }
  DrawRow(names, out);
  DrawLine("├", "┼", "┤", out);
  for (const Row& row : held_) {
    DrawRow(row, out);
  }
  held_.clear();
}

void TableRenderer::Finish(std::string& out) {
  Settle(out);
  DrawLine("╰", "┴", "╯", out);
}

void TableRenderer::DrawRow(const Row& row, std::string& out) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    const Column& column = columns_[i];
    out += "│ ";
    const int width = DisplayWidth(row[i]);
    if (width > column.width && column.may_cut) {
      const std::string_view cut = CutToWidth(row[i], column.width - 1);
      out += cut;
      out += kEllipsis;
      out.append(static_cast<size_t>(column.width - 1 - DisplayWidth(cut)), ' ');
    } else {
      const auto padding = static_cast<size_t>(std::max(column.width - width, 0));
      out.append(column.align_right ? padding : 0, ' ');
      out += row[i];
      out.append(column.align_right ? 0 : padding, ' ');
    }
    out += ' ';
  }
  out += "│\n";
}

void TableRenderer::DrawLine(std::string_view left,
                             std::string_view middle,
                             std::string_view right,
                             std::string& out) const {
  for (size_t i = 0; i < columns_.size(); ++i) {
    out += i == 0 ? left : middle;
    for (int k = 0; k < columns_[i].width + 2; ++k) {
      out += "─";
    }
  }
  out += right;
  out += '\n';
}

}  // namespace laminar::connectors
