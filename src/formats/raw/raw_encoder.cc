#include "formats/raw/raw_encoder.h"

#include "formats/text/text_buffer.h"

namespace laminar::formats {

absl::Status RawEncoder::Encode(const data::Chunk& chunk, std::string& bytes) {
  // DuckDB's kernels take mutable vectors but only read them.
  auto& vector = const_cast<data::Vector&>(chunk.column(0));
  data::UnifiedVectorFormat format;
  vector.ToUnifiedFormat(chunk.num_rows(), format);
  const auto* const cells = data::UnifiedVectorFormat::GetData<duckdb::string_t>(format);
  TextBuffer out(bytes);
  for (data::idx_t row = 0; row < chunk.num_rows(); ++row) {
    const data::idx_t index = format.sel->get_index(row);
    if (format.validity.RowIsValid(index)) {
      out.Append({cells[index].GetData(), cells[index].GetSize()});
    }
    out.Append('\n');
  }
  out.Finish();
  return absl::OkStatus();
}

}  // namespace laminar::formats
