#include "formats/json/json_encoder.h"

#include <algorithm>
#include <exception>

#include "formats/json/connect_schema.h"
#include "formats/text/base64.h"
#include "formats/text/json_string.h"

namespace laminar::formats {
namespace {

using data::idx_t;

constexpr TimestampStyle kStyle{'T', "Z", "Z"};

enum class Shape { kScalar, kText, kBlob, kJson, kStruct, kList, kArray, kMap };

Shape ShapeOf(const data::LogicalType& type) {
  if (type.IsJSONType()) {
    return Shape::kJson;
  }
  switch (type.id()) {
    case data::LogicalTypeId::VARCHAR:
      return Shape::kText;
    case data::LogicalTypeId::BLOB:
      return Shape::kBlob;
    case data::LogicalTypeId::STRUCT:
      return Shape::kStruct;
    case data::LogicalTypeId::LIST:
      return Shape::kList;
    case data::LogicalTypeId::ARRAY:
      return Shape::kArray;
    case data::LogicalTypeId::MAP:
      return Shape::kMap;
    default:
      return Shape::kScalar;
  }
}

void AppendQuoted(std::string_view text, TextBuffer& out) {
  out.Advance(WriteJsonString(out.Reserve(JsonStringLengthMax(text.size()) + 16), text));
}

// JSON text as it is, but on one line: outside of strings line ends are mere blanks, inside they
// cannot be.
void AppendJson(std::string_view json, TextBuffer& out) {
  char* const begin = out.Reserve(json.size());
  char* p = begin;
  for (const char c : json) {
    *p++ = c == '\n' || c == '\r' ? ' ' : c;
  }
  out.Advance(p);
}

}  // namespace

// One value of the tree of columns; `format` is that of the chunk being encoded.
struct JsonEncoder::Column {
  Column(const std::string& column_name,
         const data::LogicalType& type,
         const CellFormat& cell_format,
         bool is_first)
      : shape(ShapeOf(type)), cell(type, cell_format, kStyle) {
    prefix = is_first ? "" : ",";
    AppendJsonString(column_name, prefix);
    prefix += ':';
    const auto add_child = [&](const std::string& child_name, const data::LogicalType& child) {
      children.push_back(
          std::make_unique<Column>(child_name, child, cell_format, children.empty()));
    };
    switch (shape) {
      case Shape::kStruct:
        for (const auto& [child_name, child] : duckdb::StructType::GetChildTypes(type)) {
          add_child(child_name, child);
        }
        break;
      case Shape::kList:
        add_child("element", duckdb::ListType::GetChildType(type));
        break;
      case Shape::kArray:
        add_child("element", duckdb::ArrayType::GetChildType(type));
        array_size = duckdb::ArrayType::GetSize(type);
        break;
      case Shape::kMap:
        add_child("key", duckdb::MapType::KeyType(type));
        add_child("value", duckdb::MapType::ValueType(type));
        break;
      default:
        break;
    }
  }

  // Of a top column. Nested vectors are flattened into a copy: their parts may be shared with other
  // threads, and flattening in place would change those.
  void AttachColumn(data::Vector& vector, idx_t num_rows) {
    data::Vector* flat = &vector;
    if (!children.empty()) {
      copy = std::make_unique<data::Vector>(vector.GetType(), std::max<idx_t>(num_rows, 1));
      duckdb::VectorOperations::Copy(vector, *copy, num_rows, 0, 0);
      flat = copy.get();
    }
    vector_format = duckdb::RecursiveUnifiedVectorFormat();
    data::Vector::RecursiveToUnifiedFormat(*flat, num_rows, vector_format);
    Attach(vector_format);
  }

  void Attach(duckdb::RecursiveUnifiedVectorFormat& nested) {
    format = &nested.unified;
    if (shape == Shape::kMap) {
      auto& pair = nested.children[0];
      pairs = &pair.unified;
      children[0]->Attach(pair.children[0]);
      children[1]->Attach(pair.children[1]);
      return;
    }
    for (size_t i = 0; i < children.size(); ++i) {
      children[i]->Attach(nested.children[i]);
    }
  }

  Shape shape;
  CellText cell;
  std::string prefix;  // `,"name":`
  idx_t array_size = 0;
  std::vector<std::unique_ptr<Column>> children;
  data::UnifiedVectorFormat* format = nullptr;
  data::UnifiedVectorFormat* pairs = nullptr;  // of kMap
  // Of a top column only.
  duckdb::RecursiveUnifiedVectorFormat vector_format;
  std::unique_ptr<data::Vector> copy;
};

JsonEncoder::JsonEncoder(const data::Schema& schema, const JsonOptions& options)
    : options_(options) {
  for (size_t i = 0; i < schema.num_visible_columns(); ++i) {
    const data::Field& field = schema.fields[i];
    columns_.push_back(
        std::make_unique<Column>(field.name, field.type, options.cell, columns_.empty()));
  }
  if (options_.include_schema) {
    before_row_ = R"({"schema":)" + ConnectSchema(schema, options.cell) + R"(,"payload":)";
    after_row_ = "}";
  }
  after_row_ += '\n';
}

JsonEncoder::~JsonEncoder() = default;

absl::Status JsonEncoder::Encode(const data::Chunk& chunk, std::string& bytes) {
  const idx_t num_rows = chunk.num_rows();
  // DuckDB's kernels take mutable vectors but only read them.
  auto& data = const_cast<duckdb::DataChunk&>(chunk.columns());
  for (size_t i = 0; i < columns_.size(); ++i) {
    columns_[i]->AttachColumn(data.data[i], num_rows);
  }
  TextBuffer out(bytes);
  size_t whole = out.size();
  try {
    for (idx_t row = 0; row < num_rows; ++row) {
      out.Append(before_row_);
      if (options_.unstructured) {
        AppendValue(*columns_[0], row, out);
      } else {
        AppendObject(columns_, row, out);
      }
      out.Append(after_row_);
      whole = out.size();
    }
  } catch (const std::exception& error) {
    out.CutTo(whole);
    out.Finish();
    return base::Internal(std::string("a row could not be written as JSON: ") + error.what());
  }
  out.Finish();
  return absl::OkStatus();
}

void JsonEncoder::AppendObject(const std::vector<std::unique_ptr<Column>>& columns,
                               idx_t row,
                               TextBuffer& out) {
  out.Append('{');
  for (const auto& column : columns) {
    out.Append(column->prefix);
    AppendValue(*column, row, out);
  }
  out.Append('}');
}

void JsonEncoder::AppendValue(Column& column, idx_t row, TextBuffer& out) {
  const idx_t index = column.format->sel->get_index(row);
  if (!column.format->validity.RowIsValid(index)) {
    return out.Append("null");
  }
  switch (column.shape) {
    case Shape::kScalar:
      return AppendScalar(column, index, out);
    case Shape::kText:
    case Shape::kBlob:
    case Shape::kJson: {
      const auto& text =
          data::UnifiedVectorFormat::GetData<duckdb::string_t>(*column.format)[index];
      const std::string_view view(text.GetData(), text.GetSize());
      if (column.shape == Shape::kText) {
        return AppendQuoted(view, out);
      }
      if (column.shape == Shape::kJson) {
        return AppendJson(view, out);
      }
      char* p = out.Reserve(Base64Length(view.size()) + 2);
      *p++ = '"';
      p = WriteBase64(p, view);
      *p++ = '"';
      return out.Advance(p);
    }
    case Shape::kStruct:
      return AppendObject(column.children, index, out);
    case Shape::kArray:
      return AppendElements(*column.children[0], index * column.array_size, column.array_size, out);
    case Shape::kList:
    case Shape::kMap: {
      const auto& entry =
          data::UnifiedVectorFormat::GetData<duckdb::list_entry_t>(*column.format)[index];
      return column.shape == Shape::kList
                 ? AppendElements(*column.children[0], entry.offset, entry.length, out)
                 : AppendMap(column, entry.offset, entry.length, out);
    }
  }
}

void JsonEncoder::AppendScalar(Column& column, idx_t index, TextBuffer& out) {
  const void* const cells = column.format->data;
  const CellKind kind = column.cell.kind();
  if (kind == CellKind::kBoolean) {
    return column.cell.Append(cells, index, out);
  }
  if (column.cell.is_number()) {
    if ((kind == CellKind::kDouble || kind == CellKind::kFloat) &&
        column.cell.IsNotFinite(cells, index)) {
      return out.Append("null");
    }
    return column.cell.Append(cells, index, out);
  }
  if (kind != CellKind::kEnum && kind != CellKind::kOther) {
    // Such text needs no escapes.
    out.Append('"');
    column.cell.Append(cells, index, out);
    return out.Append('"');
  }
  const size_t begin = out.size();
  column.cell.Append(cells, index, out);
  const std::string text(out.From(begin));
  out.CutTo(begin);
  AppendQuoted(text, out);
}

void JsonEncoder::AppendElements(Column& element, idx_t begin, idx_t length, TextBuffer& out) {
  out.Append('[');
  for (idx_t i = 0; i < length; ++i) {
    if (i > 0) {
      out.Append(',');
    }
    AppendValue(element, begin + i, out);
  }
  out.Append(']');
}

void JsonEncoder::AppendMap(Column& column, idx_t begin, idx_t length, TextBuffer& out) {
  out.Append('{');
  for (idx_t i = 0; i < length; ++i) {
    if (i > 0) {
      out.Append(',');
    }
    const idx_t pair = column.pairs->sel->get_index(begin + i);
    const size_t key_begin = out.size();
    AppendValue(*column.children[0], pair, out);
    // Keys are strings in JSON: other values become their text.
    if (!out.From(key_begin).starts_with('"')) {
      const std::string key(out.From(key_begin));
      out.CutTo(key_begin);
      AppendQuoted(key, out);
    }
    out.Append(':');
    AppendValue(*column.children[1], pair, out);
  }
  out.Append('}');
}

}  // namespace laminar::formats
